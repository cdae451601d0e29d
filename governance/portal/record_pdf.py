"""The Art. 30 record as a PDF to be read, filed and signed (PDF/UA-1), made when asked."""

import json
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

TEMPLATE = Path(__file__).parents[1] / "templates" / "portal" / "record.typ"
Pair = tuple[str, str]


def pdf(record: dict[str, Any]) -> bytes:
    """Return a record of `registry.record.export` as a tagged PDF in its language (ISO 14289-1).

    The same record gives the same bytes. At its end there is room for two signatures.
    """
    import typst

    with translation.override(record["language"]):
        said = json.dumps(reading(record), ensure_ascii=False)
    return typst.compile(
        TEMPLATE, root=TEMPLATE.parent, format="pdf", ignore_system_fonts=True,
        sys_inputs={"reading": said}, pdf_standards="ua-1", timestamp=0,
    )  # fmt: skip


def reading(record: dict[str, Any]) -> dict[str, Any]:
    """Return what is printed: titles, and pairs of a label and a text."""
    sections = [(_title(a), _activity(a)) for a in record["activities"]]
    if record.get("on_behalf"):
        sections.append((_("What we do for other controllers"), _on_behalf(record["on_behalf"])))
    return {
        "language": record["language"],
        "title": _("Record of processing activities"),
        "sender": record["controller"]["name"],
        "intro": _("Art. 30 GDPR, as the system executes it on %(day)s.")
        % {"day": record["made_at"][:10]},
        "company": _filled(_company(record)),
        "sections": [{"title": title, "pairs": _filled(pairs)} for title, pairs in sections],
        "signatures": [_("For the controller"), _("The data protection officer")],
        "signed": _("Date and signature"),
    }


def _filled(pairs: list[Pair]) -> list[Pair]:
    return [(label, text) for label, text in pairs if text]


def _title(activity: dict[str, Any]) -> str:
    return f"{activity['title']} ({activity['reference']})"


def _company(record: dict[str, Any]) -> list[Pair]:
    said = record["controller"]
    joint = "; ".join(_joined(j["name"], j["address"], j["contact"])
                      for j in record.get("joint_controllers", []))  # fmt: skip
    return [
        (_("Registered office"), _joined(said["address"], said["country"])),
        (_("Privacy mailbox"), said["email"]),
        (_("DPO contact"), said["dpo_contact"]),
        (_("Representative"), said["representative"]),
        (_("Joint controller"), joint),
        (_("Applicable law"), said["law"]),
    ]


def _activity(said: dict[str, Any]) -> list[Pair]:
    basis, transfers = said["basis"], said["transfers"]
    return [
        (f"(b) {_('Purpose')}", said["purpose"]["text"]),
        (_("Lawful basis"), _joined(f"{basis['text']} (art. {basis['article']})",
                                    basis["reference"])),
        (_("Context"), said["context"]),
        (f"(c) {_('Data subjects')}", _texts(said["data_subjects"])),
        (f"(c) {_('Categories of data held')}", _texts(said["categories"]) or _("none yet")),
        (_("Ground for special categories"), said["special_ground"]),
        (_("Sources"), ", ".join(said["sources"])),
        (f"(d) {_('Recipients')}", "; ".join(_recipient(r) for r in said["recipients"])
         or _("none")),
        (f"(e) {_('Transfers to third countries')}", _joined(transfers["text"], *(
            f"{t['name']}: {t['safeguard']}" for t in transfers["recipients"])) or _("none")),
        (f"(f) {_('Time limits')}", "\n".join(map(_rule, said["retention"]))
         or said["no_time_limits_because"]),
        (f"(g) {_('Security measures')}", _joined(said["measures"], _texts(said["measure_kinds"]))
         or said["no_measures_because"]),
        (_("First recorded"), said["first_recorded_on"]),
        (_("Last reviewed"), said["reviewed_on"]),
    ]  # fmt: skip


def _on_behalf(rows: list[dict[str, Any]]) -> list[Pair]:
    return [
        (row["controller"], _joined(
            row["processing"], row["contact"], row["representative"], row["dpo"],
            *(t["safeguard"] for t in row["third_country_transfers"]), row["transfers"],
            row["measures"], _texts(row["measure_kinds"]),
        ))
        for row in rows
    ]  # fmt: skip


def _recipient(said: dict[str, Any]) -> str:
    return f"{said['category']} ({said['name']}, {said['country']})"


def _rule(said: dict[str, Any]) -> str:
    return f"{said['records']['text']}: {said['text']} ({said['legal_reference']})"


def _texts(words: list[dict[str, Any]]) -> str:
    return ", ".join(word["text"] for word in words)


def _joined(*texts: str) -> str:
    return "; ".join(text for text in texts if text)
