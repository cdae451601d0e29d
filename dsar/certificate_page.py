"""What a certificate says in words, once for the page to read and for the PDF.

A certificate holds facts; here they become sentences, in Italian or English. `reading` returns them
as plain blocks, which `templates/dsar/certificate.html` and `certificate.typ` set out.
"""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from html import unescape
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.verifier.certificate import digest
from dsar import labels
from dsar.certificate import Certificate
from retention.plans import ERASED, KEPT


@dataclass(frozen=True)
class Block:
    """A piece of a section: a text, a card with a title and lines, pairs, or text of fixed width.

    Arguments
    ---------
    kind : `text`, `note`, `list`, `card`, `pairs` or `code`
    """

    kind: str
    text: str = ""
    lines: list[str] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Section:
    """A title and what stands under it."""

    title: str
    blocks: list[Block]


@dataclass(frozen=True)
class Reading:
    """A certificate in words of one language."""

    language: str
    sender: str
    title: str
    intro: str
    sections: list[Section]
    closing: str

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, which the setting of the PDF reads."""
        return asdict(self)


@dataclass(frozen=True)
class Later:
    """What is known of a certificate by now and does not stand in it.

    Attributes
    ----------
    proof : that its entry is in the log; "" while that is not signed
    gone_at : when the last bytes of the keys were gone; None while that is not true, or not told
        by the log
    gone_receipt : of the entry that says so
    """

    proof: str = ""
    gone_at: datetime | None = None
    gone_receipt: str = ""


def page(issued: Certificate, later: Later, *, language: str) -> str:
    """Return a certificate as a page that stands alone."""
    with translation.override(language):
        context = {"c": reading(issued, later), "proof": later.proof}
        return render_to_string("dsar/certificate.html", context)


def reading(issued: Certificate, later: Later) -> Reading:
    """Return a certificate in the language that is active: Italian, or English for any other."""
    said = issued.body
    italian = (translation.get_language() or "it").startswith("it")
    intro = _(
        "Request %(reference)s of %(received)s, under Article 17 of Regulation (EU) 2016/679 "
        "(GDPR). Carried out, verified and certified on %(done)s."
    ) % {
        "reference": said["reference"],
        "received": _day(said["received_on"]),
        "done": _moment(said["certified_at"]),
    }
    return Reading(
        language="it" if italian else "en",
        sender=said["controller"],
        title=_("Certificate of erasure"),
        intro=f"{intro} {_again(said)}".strip(),
        sections=[
            *_records(said, "title_it" if italian else "title_en"),
            Section(_("Keys and backups"), _keys(said, later)),
            *_recipients(said),
            Section(_("Verification"), _verification(said, issued)),
            *_log(issued, later),
            *_limits(said),
        ],
        closing=unescape(render_to_string("dsar/remedies.txt")).strip(),
    )


def _again(said: dict[str, Any]) -> str:
    if said.get("round", 1) == 1:
        return ""
    return _(
        "This is certificate number %(round)s of this erasure: the reason to keep some records "
        "has ended, and they were erased too."
    ) % {"round": said["round"]}


# What went and what stays


def _records(said: dict[str, Any], title: str) -> list[Section]:
    erased = [r for r in said["records"] if r["result"] == ERASED]
    kept = [r for r in said["records"] if r["result"] == KEPT]
    sections = [
        Section(
            _("Erased"),
            [_card(record, title, []) for record in erased]
            or [Block("text", _("There was nothing to erase."))],
        ),
        Section(
            _("Kept, and why"),
            [_card(record, title, _why(record)) for record in kept]
            or [Block("text", _("Nothing."))],
        ),
    ]
    if said["not_held"]:
        names = ", ".join(entry[title] for entry in said["not_held"])
        sections.append(Section(_("Not held"), [Block("text", names)]))
    return sections


def _card(record: dict[str, Any], title: str, before: list[str]) -> Block:
    lines = list(before)
    if held := _names(record, {ERASED, KEPT}):
        lines.append(held)
    if empty := _names(record, {"not_held"}):
        lines.append(f"{_('Not held:')} {empty}")
    return Block("card", f"{record[title]} ({record['count']})", lines)


def _why(record: dict[str, Any]) -> list[str]:
    """Return last day, ground and law of what is kept: the ground in words, then as it is cited."""
    ground, law = record.get("ground", ""), record.get("law", "")
    until = (
        _("Until %(until)s.") % {"until": _day(record["until"])}
        if record["until"]
        else _("Until the reason ends.")
    )
    cited = law if ground in law else f"Art. {ground}, {law}"
    clause = "18" if ground.startswith("18(") else ground
    words = capfirst(str(labels.KEPT_BECAUSE.get(clause, _("another reason of the law"))))
    return [until, f"{words}: {cited}" if cited else words]


def _names(record: dict[str, Any], results: set[str]) -> str:
    names = [f["name"] for f in record["fields"] if f["result"] in results]
    return ", ".join(labels.word(labels.FIELDS, name) for name in names)


# Keys, recipients, verification


def _keys(said: dict[str, Any], later: Later) -> list[Block]:
    blocks = [
        Block(
            "text",
            _(
                "What was erased had been sealed under keys of this person alone, and those keys "
                "were destroyed. Sealed copies may remain in backups of the database until these "
                "are replaced; without the keys they cannot be read. Backups of the keys are kept "
                "apart and replaced on a schedule of their own."
            ),
        ),
        *_times(said, later),
        *[Block("text", text) for text in _backups(said)],
        Block("list", lines=_scopes(said)),
    ]
    return [*blocks, *_memory(said["memory"])]


def _memory(memory: dict[str, Any]) -> list[Block]:
    number = memory["addresses"]
    if not number:
        return []
    text = ngettext(
        "%(number)s address was put, as a keyed hash that cannot be read back, into the memory of "
        "deletions, so that no import or mailing uses it again.",
        "%(number)s addresses were put, as keyed hashes that cannot be read back, into the memory "
        "of deletions, so that no import or mailing uses them again.",
        number,
    ) % {"number": number}
    end = ""
    if memory.get("until"):
        end = _("That memory ends on %(until)s, and before, if you ask for it.") % {
            "until": _day(memory["until"])
        }
    elif "until" in memory:
        end = _("That memory ends if you ask for it.")
    return [Block("text", f"{text} {end}".strip())]


def _times(said: dict[str, Any], later: Later) -> list[Block]:
    """Return when the keys ended: logically, which is certified, and physically, once it is."""
    texts = []
    if said.get("logical_at"):
        texts.append(
            _("Since %(at)s nobody, and no program, gets these keys any more.")
            % {"at": _moment(said["logical_at"])}
        )
    if later.gone_at:
        texts.append(
            _(
                "The last traces of them were removed from the tables of the store of keys on "
                "%(gone)s. Its server keeps a log of changes for some time longer, which holds "
                "them until it is overwritten."
            )
            % {"gone": _when(later.gone_at)}
        )
        texts.append(_("Receipt of the entry that says so:"))
    elif said.get("physical_by"):
        texts.append(
            _(
                "Their last bytes are to be gone from the store of keys and its copies by "
                "%(day)s. This is not proved yet: when it is true, an entry of its own in the log "
                "says so."
            )
            % {"day": _day(said["physical_by"])}
        )
    else:
        texts.append(
            _(
                "In the store of keys itself traces of them may remain until it is next written "
                "anew, which happens every day: download the certificate again to have the time "
                "in it."
            )
        )
    receipt = [Block("code", later.gone_receipt)] if later.gone_at else []
    return [*[Block("text", text) for text in texts], *receipt]


def _backups(said: dict[str, Any]) -> list[str]:
    backups = said.get("backups", {})
    texts = []
    if backups.get("opens_until"):
        texts.append(
            _(
                "Until %(day)s a backup still opens records that had been removed, or waited to "
                "be taken in, before this erasure."
            )
            % {"day": _day(backups["opens_until"])}
        )
    if backups.get("holds_kept") is True:
        texts.append(_("A backup holds what is kept."))
    if backups.get("holds_kept") is False:
        texts.append(_("No backup holds what is kept yet."))
    return texts


def _scopes(said: dict[str, Any]) -> list[str]:
    lines = []
    for scope in said["scopes"]:
        name = labels.word(labels.KEYS, scope["scope"])
        if scope["until"]:
            until = {"name": name, "until": _day(scope["until"])}
            lines.append(_("The key for %(name)s survives until %(until)s.") % until)
        else:
            text = _("The key for %(name)s survives as long as something is kept.")
            lines.append(text % {"name": name})
    return lines or [_("No key survives.")]


def _recipients(said: dict[str, Any]) -> list[Section]:
    if "recipients" not in said:
        return []
    told = [f"{told['name']} ({told['number']})" for told in said["recipients"]]
    text = (
        Block("list", lines=told)
        if told
        else Block("text", _("No disclosure of what was erased to anybody is on record."))
    )
    return [Section(_("Recipients who are told of the erasure (Art. 19)"), [text])]


def _verification(said: dict[str, Any], issued: Certificate) -> list[Block]:
    approved = said["approved_by"]
    roles = [approved] if isinstance(approved, str) else approved
    pairs = [
        (_("Plan"), f"SHA-256 {said['plan_hash']}"),
        (_("Approved by"), ", ".join(labels.word(labels.ROLES, role) for role in roles)),
        (_("Certificate"), said["erasure"]),
    ]
    if said["version"] > 1:
        pairs.append((_("Digest of this certificate"), f"SHA-256 {digest(issued.body)}"))
    if said.get("former"):
        pairs.append((_("Certificate before this one"), f"SHA-256 {said['former']}"))
    if said.get("commitment"):
        pairs.append((_("Whose it is (commitment)"), said["commitment"]["c"]))
    gone = sum(store["number"] for store in said.get("stores", []))
    counted = _("Deleted from the stores: %(number)s rows and files.") % {"number": gone}
    return [
        Block(
            "text",
            _(
                "Every table of personal data was searched again afterwards. What was found is "
                "what is listed as kept, and nothing else."
            )
            if said["version"] == 1
            else _(
                "Every table of personal data was searched again afterwards. Nothing was found "
                "that should be gone."
            ),
        ),
        *([Block("text", counted)] if "stores" in said else []),
        Block("pairs", pairs=pairs),
    ]


def _log(issued: Certificate, later: Later) -> list[Section]:
    if not issued.receipt:
        return []
    blocks = [
        Block(
            "text",
            _(
                "The erasure has an entry in the audit log that nobody can change. This is its "
                "receipt; the proof shows, with the public keys of the log and without us, that "
                "the entry is there."
            ),
        ),
        Block("code", issued.receipt),
    ]
    if issued.body["version"] > 1:
        text = _(
            "The entry names the digest of this certificate, so that its proof is the signature of "
            "every word of it. The file certificate.json with its proof is what a program checks."
        )
        blocks.append(Block("text", text))
    if not later.proof:
        text = _(
            "The entry is not signed yet: download the certificate again in a minute to have "
            "the proof in it."
        )
        blocks.append(Block("note", text))
    return [Section(_("Proof in the audit log"), blocks)]


def _limits(said: dict[str, Any]) -> list[Section]:
    lines = [str(labels.LIMITS[word]) for word in said.get("limits", []) if word in labels.LIMITS]
    return [Section(_("What this does not reach"), [Block("list", lines=lines)])] if lines else []


def _day(text: str) -> str:
    return date_format(date.fromisoformat(text), "j F Y")


def _moment(text: str) -> str:
    return _when(datetime.fromisoformat(text))


def _when(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j F Y, H:i")
