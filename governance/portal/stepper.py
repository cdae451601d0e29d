"""The steps that a request really has: by its right and by what became of it, with who and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsar.admin import OPEN
from dsar.models import Correspondence, Erasure, Proposal, SubjectRequest
from dsar.replies import IN_WORDS
from governance.policy.vocabulary import Channel, Right
from governance.templatetags.days import day
from registry import labels
from registry.models import Staff

ACTS: dict[str, Promise] = {
    Right.ACCESS: gettext_lazy("Copy made"),
    Right.RECTIFICATION: gettext_lazy("Corrected"),
    Right.RESTRICTION: gettext_lazy("Restricted"),
    Right.PORTABILITY: gettext_lazy("File made"),
    Right.OBJECTION: gettext_lazy("Weighed"),
    Right.HUMAN_REVIEW: gettext_lazy("Looked at by a person"),
    Right.WITHDRAWAL: gettext_lazy("Withdrawal confirmed"),
    Right.COMPLAINT: gettext_lazy("Answered in words"),
    Right.QUESTION: gettext_lazy("Answered in words"),
}
LEFT = {"sent", "handed"}


@dataclass(frozen=True)
class Step:
    """One step, and where it stands: `done`, `current` or `todo`.

    Attributes
    ----------
    detail : who and when, where it is done
    """

    title: str
    state: str
    detail: str = ""


@dataclass(frozen=True)
class _Fact:
    """A step before its place is known; `on` is None while it is not done."""

    title: str
    on: date | datetime | None = None
    by: object = None
    how: str = ""


def steps(
    row: SubjectRequest,
    erasure: Erasure | None,
    proposals: Sequence[Proposal] = (),
    letters: Sequence[Correspondence] = (),
) -> list[Step]:
    """Return where a request stands: what is done, what is next, and what comes after it."""
    facts = [_Fact(_("Received"), row.received_on, how=labels.text(Channel, row.channel))]
    if _asks_identity(row):
        facts.append(_Fact(_("Identity"), row.identified_at))
    facts += [
        _Fact(_("Second person"), proposal.decided_at, proposal.decided_by)
        for proposal in proposals
    ]
    facts += _of_right(row, erasure)
    if row.state in OPEN or letters:
        facts.append(_Fact(_("Letter"), _left(letters)))
    return _placed(facts)


def _asks_identity(row: SubjectRequest) -> bool:
    if row.state not in OPEN:
        return row.identified_at is not None
    return row.is_held and row.right not in IN_WORDS


def _of_right(row: SubjectRequest, erasure: Erasure | None) -> list[_Fact]:
    if row.state == "refused":
        return [_Fact(_("Refused"), row.closed_on, row.handled_by)]
    if row.right != Right.ERASURE:
        return [_Fact(str(ACTS[row.right]), row.closed_on, row.handled_by)]
    planned = erasure.planned_at if erasure else None
    approved = (erasure.approved_at, erasure.approved_by) if erasure else (None, None)
    erased = (erasure.certified_at or erasure.logical_at) if erasure else None
    return [
        _Fact(_("Planned"), planned),
        _Fact(_("Approved"), *approved),
        _Fact(_("Erased"), erased),
        _Fact(_("Certified"), erasure.certified_at if erasure else None),
    ]


def _left(letters: Sequence[Correspondence]) -> datetime | None:
    """Return when the last letter that answers has left; None while one has not."""
    if not letters or any(letter.state not in LEFT for letter in letters):
        return None
    return max(letter.sent_at for letter in letters if letter.sent_at)


def _placed(facts: Sequence[_Fact]) -> list[Step]:
    following = next((n for n, fact in enumerate(facts) if fact.on is None), len(facts))
    return [
        Step(fact.title, _state(fact, number, following), _detail(fact))
        for number, fact in enumerate(facts)
    ]


def _state(fact: _Fact, number: int, following: int) -> str:
    if fact.on is not None:
        return "done"
    return "current" if number == following else "todo"


def _detail(fact: _Fact) -> str:
    if fact.on is None:
        return ""
    on = timezone.localdate(fact.on) if isinstance(fact.on, datetime) else fact.on
    by = str(fact.by) if isinstance(fact.by, Staff) else fact.how
    return ", ".join(part for part in (by, str(day(on))) if part)
