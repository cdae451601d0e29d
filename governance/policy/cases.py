"""The life of a case of service, and what is promised about it, as pure functions over values.

new ──take──► open ──ask──► waiting          (the clock is paused while we wait)
 │             │  ◄─resume──  │
 └───solve─────┴──► solved ◄──┘
               ▲       │
               └─reopen┘
"""

from collections.abc import Mapping
from enum import StrEnum, unique

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


@unique
class CaseKind(StrEnum):
    """What somebody wants who opens a case."""

    QUESTION = "question"
    SERVICE_REQUEST = "service_request"  # something is to be done: set up, repaired, moved
    FAULT = "fault"
    WARRANTY = "warranty"
    COMPLAINT = "complaint"


@unique
class CaseState(StrEnum):
    """Where a case stands."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"  # for the customer
    SOLVED = "solved"


@unique
class CaseAct(StrEnum):
    """What can be done to a case, as far as it changes where it stands."""

    TAKE = "take"
    ASK = "ask"
    RESUME = "resume"
    SOLVE = "solve"
    REOPEN = "reopen"


@unique
class Promise(StrEnum):
    """What is promised to whoever asks."""

    FIRST_RESPONSE = "first_response"
    RESOLUTION = "resolution"


@unique
class SurveyMode(StrEnum):
    """How the answer to a question about satisfaction is kept; chosen before it is asked."""

    IDENTIFIED = "identified"  # with the case
    ANONYMOUS = "anonymous"  # as one more in a count, without a link to anybody


@unique
class SurveyAsks(StrEnum):
    """What a question asks for; chosen before it is asked, as how the answer is kept is."""

    SATISFACTION = "csat"  # one to five
    RECOMMENDATION = "nps"  # zero to ten (Reichheld, "The One Number You Need to Grow", 2003)
    WORDS = "free"


SCALES: dict[SurveyAsks, range] = {
    SurveyAsks.SATISFACTION: range(1, 6),
    SurveyAsks.RECOMMENDATION: range(11),
    SurveyAsks.WORDS: range(0),
}
"""The answers there are, the worst first."""
PROMOTES_FROM, DETRACTS_TO = 9, 6


def net_promoter(answers: Mapping[int, int]) -> int | None:
    """Return the share of promoters less that of detractors, in hundredths; None without answers.

    Arguments
    ---------
    answers : how many gave each score from zero to ten
    """
    total = sum(answers.values())
    promote = sum(n for score, n in answers.items() if score >= PROMOTES_FROM)
    detract = sum(n for score, n in answers.items() if score <= DETRACTS_TO)
    return round(100 * (promote - detract) / total) if total else None


class CaseStateError(GovernanceError):
    """A case does not stand where this can be done."""

    code = "case_state"
    status = 409
    message = _("This cannot be done with the case as it stands.")
    advice = _("Look at the case again: somebody may have changed it meanwhile.")


AFTER: dict[tuple[CaseState, CaseAct], CaseState] = {
    (CaseState.NEW, CaseAct.TAKE): CaseState.OPEN,
    (CaseState.OPEN, CaseAct.TAKE): CaseState.OPEN,  # somebody else goes on with it
    (CaseState.WAITING, CaseAct.TAKE): CaseState.WAITING,
    (CaseState.NEW, CaseAct.ASK): CaseState.WAITING,
    (CaseState.OPEN, CaseAct.ASK): CaseState.WAITING,
    (CaseState.WAITING, CaseAct.RESUME): CaseState.OPEN,
    (CaseState.NEW, CaseAct.SOLVE): CaseState.SOLVED,
    (CaseState.OPEN, CaseAct.SOLVE): CaseState.SOLVED,
    (CaseState.WAITING, CaseAct.SOLVE): CaseState.SOLVED,
    (CaseState.SOLVED, CaseAct.REOPEN): CaseState.OPEN,
}
"""Where a case stands after an act; what is not here is refused."""


def after(state: str, act: CaseAct) -> CaseState:
    """Return where a case stands after an act.

    Raises
    ------
    CaseStateError
    """
    found = AFTER.get((CaseState(state), act))
    if found is None:
        raise CaseStateError(state=state, act=act)
    return found


def possible(state: str) -> tuple[CaseAct, ...]:
    """Return what can be done to a case that stands so."""
    return tuple(act for (at, act) in AFTER if at == state)
