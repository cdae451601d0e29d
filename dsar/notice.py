"""The privacy notice of Art. 13 and 14, written by the register in force.

Only approved activities that concern people outside the company are told here; those about
staff are told to staff. The text is plain: one statement a line, `#` before a heading and `-`
before an item, so that two versions differ by lines that a person can read. A version is that
text, kept for good with its hash (`registry.notices`); the public page is the same text, as the
register says it today.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import ndiff
from itertools import groupby

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from dsar import labels
from dsar.errors import NoticeNotFoundError
from governance.policy.categories import Category
from governance.policy.periods import Period
from governance.policy.vocabulary import Anchor, LawfulBasis, SubjectKind
from registry import activities, notices
from registry.models import (
    ActivityVersion,
    Controller,
    PrivacyNotice,
    Recipient,
    RetentionRule,
    Staff,
)

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
OUTSIDERS = frozenset(
    {
        SubjectKind.CUSTOMER,
        SubjectKind.PROSPECT,
        SubjectKind.COMPANY_CONTACT,
        SubjectKind.REQUESTER,
    }
)
FROM: dict[str, Promise] = {
    Anchor.COLLECTED: _("from the day they were collected"),
    Anchor.LAST_CONTACT: _("from your last contact"),
    Anchor.LAST_ORDER: _("from your last order"),
    Anchor.DOCUMENT_DATE: _("from the date of the document"),
    Anchor.REQUEST_CLOSED: _("from our answer"),
    Anchor.EMPLOYMENT_END: _("from the end of the employment"),
}
FREE = _("You are free not to give them; nothing else depends on it.")
NEED: dict[str, Promise] = {
    LawfulBasis.CONTRACT: _("The contract needs them; without them we cannot perform it."),
    LawfulBasis.LEGAL_OBLIGATION: _("A law requires them; without them we cannot deal with you."),
}
"""Whether giving the data is a duty, and what follows from not giving them (Art. 13(2)(e))."""


# What it says


@dataclass(frozen=True)
class Use:
    """One purpose (Art. 13(1)(c)-(f), 13(2)(a), (e), 14(1)(d), 14(2)(f))."""

    purpose: str
    basis: str
    reference: str
    categories: list[str]
    need: str
    recipients: list[str]
    transfers: list[str]
    periods: list[str]
    sources: list[str]
    is_consent: bool
    is_interest: bool
    is_marketing: bool
    is_profiling: bool
    logic: str
    significance: str


@dataclass(frozen=True)
class Notice:
    """What the notice of one company says at one moment, in the active language."""

    uses: list[Use]

    @property
    def has_transfers(self) -> bool:
        """Whether data leave the European Economic Area (Art. 13(1)(f))."""
        return any(use.transfers for use in self.uses)

    @property
    def decides(self) -> bool:
        """Whether some purpose builds profiles, or lets a machine decide (Art. 13(2)(f))."""
        return any(use.is_profiling or use.logic for use in self.uses)

    @property
    def has_marketing(self) -> bool:
        """Whether Art. 21(4) asks to bring the right to object to attention apart."""
        return any(use.is_marketing for use in self.uses)


def text(controller: Controller, *, now: datetime) -> str:
    """Return the notice that the register in force yields, in the active language."""
    versions = activities.all_in_force(controller.pk, at=now)
    uses = [_use(version) for version in versions if OUTSIDERS & set(version.subject_kinds)]
    context = {"company": controller, "notice": Notice(uses)}
    written = render_to_string("dsar/notice.txt", context)
    lines = (" ".join(line.split()) for line in written.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def texts(controller: Controller, *, now: datetime) -> dict[str, str]:
    """Return the notice in each language of the pages."""
    found = {}
    for language in LANGUAGES:
        with translation.override(language):
            found[language] = text(controller, now=now)
    return found


def _use(version: ActivityVersion) -> Use:
    purpose = version.activity.purpose
    recipients = list(version.recipients.all())
    return Use(
        purpose=purpose.text_it if _is_italian() else purpose.text_en,
        basis=labels.word(labels.BASES, version.basis),
        reference=". ".join(
            said.rstrip(".") for said in (version.basis_reference, version.interest) if said
        ),
        categories=[
            labels.word(labels.CATEGORIES, c) for c in Category if c in set(version.categories)
        ],
        need=str(NEED.get(version.basis, FREE)),
        recipients=[_recipient(recipient) for recipient in recipients],
        transfers=[
            *([version.transfers] if version.transfers else []),
            *(f"{r.name} ({r.country}): {r.safeguard}" for r in recipients if r.is_outside),
        ],
        periods=[_period(rule) for rule in version.retention_rules.all()],
        sources=sorted(
            str(_("from you")) if source.from_subject else source.name
            for source in version.sources.all()
        ),
        is_consent=version.basis == LawfulBasis.CONSENT,
        is_interest=version.basis == LawfulBasis.LEGITIMATE_INTEREST,
        is_marketing=purpose.is_marketing,
        is_profiling=version.profiling,
        logic=version.decision_logic if version.automated_decisions else "",
        significance=version.decision_significance,
    )


def _recipient(recipient: Recipient) -> str:
    return recipient.category_it if _is_italian() else recipient.category_en


def _period(rule: RetentionRule) -> str:
    """Return a rule in words: which records, how long, from when, and why."""
    records = labels.word(labels.RECORDS, rule.record_class)
    since = labels.word(FROM, rule.anchor)
    after = ""
    if rule.archive_period:
        after = _(", then in an archive that nobody works with: %(length)s") % {
            "length": length(Period.parse(rule.archive_period))
        }
    return f"{records}: {length(Period.parse(rule.period))} {since}{after} – {rule.legal_reference}"


def length(period: Period) -> str:
    """Return a period in words: twenty-four months are two years."""
    years, months = divmod(period.total_months, 12)
    parts = [
        ngettext("%(n)d year", "%(n)d years", years) % {"n": years} if years else "",
        ngettext("%(n)d month", "%(n)d months", months) % {"n": months} if months else "",
        ngettext("%(n)d day", "%(n)d days", period.total_days) % {"n": period.total_days}
        if period.total_days
        else "",
    ]
    return " ".join(part for part in parts if part)


def _is_italian() -> bool:
    return (get_language() or "it").startswith("it")


# How a page shows it


@dataclass(frozen=True)
class Block:
    """One heading, paragraph or list of a text."""

    kind: str
    text: str = ""
    items: tuple[str, ...] = ()


MARKS = {"# ": "h1", "## ": "h2", "### ": "h3", "- ": "list"}


def blocks(written: str) -> Iterator[Block]:
    """Yield the blocks of a text; items that follow one another are one list."""
    for kind, lines in groupby(map(_marked, written.splitlines()), key=lambda line: line[0]):
        if kind == "list":
            yield Block(kind, items=tuple(said for _kind, said in lines))
        else:
            yield from (Block(kind, said) for _kind, said in lines)


def _marked(line: str) -> tuple[str, str]:
    mark, space, said = line.partition(" ")
    kind = MARKS.get(mark + space)
    return (kind, said) if kind else ("p", line)


# Its versions


def draft(controller: Controller, *, by: Staff, now: datetime) -> list[PrivacyNotice]:
    """Draft the next version from the register in force, in every language."""
    return notices.draft(controller, texts(controller, now=now), by=by, now=now)


def approve(controller: Controller, number: int, *, by: Staff, now: datetime) -> None:
    """Approve a draft that still says what the register says.

    Raises
    ------
    NoticeApprovalError, NoticeOutdatedError
    """
    notices.approve(controller, number, saying=texts(controller, now=now), by=by, now=now)


def versions(controller: Controller, *, language: str) -> QuerySet[PrivacyNotice]:
    """Return the approved versions in a language, the newest first."""
    approved = PrivacyNotice.objects.filter(controller=controller, approved_at__isnull=False)
    return approved.filter(language=language).order_by("-number")


def version(controller: Controller, *, number: int, language: str) -> PrivacyNotice:
    """Return one approved version.

    Raises
    ------
    NoticeNotFoundError
    """
    found = versions(controller, language=language).filter(number=number).first()
    if found is None:
        raise NoticeNotFoundError
    return found


@dataclass(frozen=True)
class Change:
    """One line by which a text differs from another."""

    is_new: bool
    text: str


def changes(before: str, after: str) -> list[Change]:
    """Return what a text says otherwise than another, line by line, in the order of the text."""
    lines = ndiff(before.splitlines(), after.splitlines())
    return [
        Change(line[0] == "+", line[2:].lstrip("#- ")) for line in lines if line[:2] in {"+ ", "- "}
    ]
