"""The letter of Art. 15(1)(a)-(h) and (2), made from the register and the live rows.

Nothing in it is written by hand: purposes, recipients, periods and sources are those of the
activities in force that concern this person, categories are those some row really holds, and
the end of keeping is computed row by row.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dsar import labels
from dsar.activities import NO_END, Concerns, End
from dsar.elsewhere import Elsewhere
from dsar.gathering import Gathered, Group
from dsar.models import SubjectRequest
from dsar.redaction.copy import Redacted
from dsar.viewers import Look
from governance.policy.refusals import THROUGH_THE_GARANTE
from registry.models import Controller, Disclosure

if TYPE_CHECKING:
    from dsar.withholding import Withheld


@dataclass(frozen=True)
class PurposeLine:
    """One purpose, as the letter says it."""

    text: str
    basis: str
    reference: str
    categories: list[str]
    why_not: str
    is_profiling: bool


@dataclass(frozen=True)
class RecipientLine:
    """One recipient by name (Art. 15(1)(c)), with the safeguard of a transfer (15(2)).

    `times` is how often it has received data of the person, and `last_on` when it last did.
    """

    name: str
    category: str
    country: str
    is_outside: bool
    safeguard: str
    times: int
    last_on: date | None


@dataclass(frozen=True)
class GroupLine:
    """One group of records: what it holds and until when (Art. 15(1)(b), (d))."""

    title: str
    count: int
    categories: list[str]
    first_until: date | None
    last_until: date | None
    references: list[str]


@dataclass(frozen=True)
class DecisionLine:
    """Decisions that a machine takes alone for one purpose (Art. 15(1)(h), 22)."""

    purpose: str
    logic: str
    significance: str


@dataclass(frozen=True)
class MemoryLine:
    """An address that is remembered as a keyed hash, why, and since when."""

    address: str
    reason: str
    since: date


@dataclass(frozen=True)
class Letter:
    """Everything the templates say; no template computes."""

    controller: Controller
    request: SubjectRequest
    on: date
    is_known: bool
    kind: str
    used: list[PurposeLine]
    not_used: list[PurposeLine]
    recipients: list[RecipientLine]
    transfers: list[str]
    groups: list[GroupLine]
    sources: list[str]
    looks: int
    profiling: list[str]
    decisions: list[DecisionLine]
    is_confirmed: bool
    remembered: list[MemoryLine]
    waiting: int
    withheld: list["Withheld"]
    redacted: Redacted

    @property
    def confirms(self) -> bool:
        """Whether personal data are processed: a hash of one's address is a datum, too."""
        return self.is_known or bool(self.remembered)

    @property
    def is_outside(self) -> bool:
        """Whether data leave the EEA, and safeguards are to be had (Art. 13(1)(f), 15(2))."""
        return bool(self.transfers) or any(r.is_outside for r in self.recipients)

    @property
    def is_limited_by_law(self) -> bool:
        """Whether the Garante can be asked to exercise the right (art. 160 Codice)."""
        return any(one.through_garante for one in self.withheld)


def write(
    *,
    request: SubjectRequest,
    gathered: Gathered,
    concerns: list[Concerns],
    ends: dict[UUID, End],
    looks: list[Look],
    disclosures: list[Disclosure],
    elsewhere: Elsewhere,
    is_known: bool,
    withheld: list["Withheld"],
    redacted: Redacted,
    now: datetime,
) -> Letter:
    """Return the letter for an access request, in the language that is active.

    Arguments
    ---------
    gathered : what the copy shows; `is_known` is of all that is held, also of what is `withheld`
    """
    used = [concern for concern in concerns if concern.is_used]
    lines = [_purpose(concern, gathered) for concern in concerns]
    return Letter(
        controller=request.controller,
        request=request,
        on=timezone.localdate(now),
        is_known=is_known,
        kind=gathered.kind,
        used=[line for line in lines if not line.why_not],
        not_used=[line for line in lines if line.why_not],
        recipients=_recipients(used, disclosures),
        transfers=sorted({c.version.transfers for c in used if c.version.transfers}),
        groups=[_group(group, ends) for group in gathered.groups],
        sources=_sources(gathered),
        looks=len(looks),
        profiling=[line.text for line in lines if line.is_profiling and not line.why_not],
        decisions=[_decision(c) for c in used if c.version.automated_decisions],
        is_confirmed=elsewhere.is_confirmed,
        remembered=_remembered(elsewhere),
        waiting=elsewhere.waiting,
        withheld=withheld,
        redacted=redacted,
    )


def _remembered(elsewhere: Elsewhere) -> list[MemoryLine]:
    return [
        MemoryLine(
            labels.word(labels.ADDRESSES, one.lookup),
            labels.word(labels.REMEMBERED, one.reason), one.on,
        )
        for one in elsewhere.remembered
    ]  # fmt: skip


def _decision(concern: Concerns) -> DecisionLine:
    version = concern.version
    return DecisionLine(concern.purpose_text, version.decision_logic, version.decision_significance)


def _purpose(concern: Concerns, gathered: Gathered) -> PurposeLine:
    held = {category for group in gathered.groups for category in group.categories}
    version = concern.version
    return PurposeLine(
        text=concern.purpose_text,
        basis=labels.word(labels.BASES, version.basis),
        reference=version.basis_reference,
        categories=[labels.word(labels.CATEGORIES, c) for c in concern.categories if c in held],
        why_not=labels.word(labels.NOT_USED, concern.refusal) if concern.refusal else "",
        is_profiling=version.profiling,
    )


def _recipients(used: list[Concerns], disclosures: list[Disclosure]) -> list[RecipientLine]:
    """Return who may receive data by the register, and who has, also where it may no more."""
    found = {given.recipient_id: given.recipient for given in disclosures}
    for concern in used:
        found |= {recipient.pk: recipient for recipient in concern.version.recipients.all()}
    days: dict[UUID, list[date]] = {}
    for given in disclosures:
        days.setdefault(given.recipient_id, []).append(timezone.localdate(given.at))
    italian = (translation.get_language() or "it").startswith("it")
    return [
        RecipientLine(
            name=recipient.name,
            category=recipient.category_it if italian else recipient.category_en,
            country=recipient.country,
            is_outside=recipient.is_outside,
            safeguard=recipient.safeguard,
            times=len(days.get(recipient.pk, [])),
            last_on=max(days.get(recipient.pk, []), default=None),
        )
        for recipient in sorted(found.values(), key=lambda recipient: recipient.name)
    ]


def _group(group: Group, ends: dict[UUID, End]) -> GroupLine:
    found = [ends.get(row.id, NO_END) for row in group.rows]
    days = [end.until for end in found if end.until]
    return GroupLine(
        title=group.title,
        count=len(group.rows),
        categories=[labels.word(labels.CATEGORIES, c) for c in group.categories],
        first_until=min(days, default=None),
        last_until=max(days, default=None),
        references=sorted({end.reference for end in found if end.reference}),
    )


def _sources(gathered: Gathered) -> list[str]:
    """Return any available information on where rows came from (Art. 15(1)(g))."""
    named = set()
    for group in gathered.groups:
        for row in group.rows:
            if row.from_subject:
                named.add(_("you yourself"))
            elif row.source:
                named.add(row.source)
            else:
                named.add(_("our own staff and systems, while we dealt with you"))
    return sorted(named)


def render(letter: Letter, name: str) -> str:
    """Return the letter as a template writes it: `letter.html` or `letter.txt`."""
    return render_to_string(f"dsar/{name}", {"letter": letter})


def refusal_text(request: SubjectRequest, *, ground: str, reasons: str) -> str:
    """Return the answer that refuses: ground, reasons, complaint and remedy (Art. 12(4))."""
    context: dict[str, Any] = {
        "request": request,
        "reasons": reasons,
        "is_limited_by_law": ground in THROUGH_THE_GARANTE,
    }
    with translation.override(request.language):
        context["ground"] = labels.word(labels.GROUNDS, ground)
        return render_to_string("dsar/refusal.txt", context)


def subject_line(request: SubjectRequest) -> str:
    """Return the subject line of a letter about a request; it says nothing of the person."""
    with translation.override(request.language):
        return _("Your request %(reference)s") % {"reference": request.reference}
