"""What a ledger of consent says, as pure functions over its lines (Art. 4(11), 7, 8).

A line is never changed, so lines come late, twice and at the same moment; the answer is the same
in whatever order they came. Among decisions of one moment the one that ends consent stands, for
withdrawing is as easy as giving (Art. 7(3)). Asking decides nothing: it neither gives consent nor
takes it away.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum, unique
from uuid import UUID

from governance.policy.periods import Period
from governance.policy.vocabulary import ConsentState

IN_FORCE = frozenset({ConsentState.GIVEN, ConsentState.RENEWED})
"""What lets data be used; a consent renewed is a consent given anew."""

ASKING = frozenset({ConsentState.UNKNOWN, ConsentState.REQUESTED, ConsentState.DEFERRED})
"""What decides nothing: said without proof, asked for, put off."""


@unique
class Mechanism(StrEnum):
    """How a person said it, or who says they did (Art. 7(1))."""

    FORM = "form"
    PHONE = "phone"
    PAPER = "paper"
    IN_PERSON = "in_person"
    IMPORT = "import"
    REQUEST = "request"  # by a request of Art. 7(3) or 21
    DOUBLE_OPT_IN = "double_opt_in"  # asked for, and confirmed at the address
    PREFERENCES = "preferences"  # on the page of preferences
    ONE_CLICK = "one_click"  # RFC 8058
    MERGE = "merge"  # carried over from another file of the same person


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of a ledger says, as far as it decides."""

    at: datetime
    state: ConsentState
    expires_on: date | None = None
    id: UUID | None = None


def standing(lines: Iterable[Line]) -> Line | None:
    """Return the line that stands: the latest decision, or where none was taken the latest word.

    Of one moment, what ends consent stands before what gives it, and of two consents the one that
    ends first.
    """
    found = list(lines)
    decided = [line for line in found if line.state not in ASKING]
    return max(decided or found, key=_precedence, default=None)


def _precedence(line: Line) -> tuple[datetime, bool, int, str]:
    end = line.expires_on or date.max
    return line.at, line.state not in IN_FORCE, -end.toordinal(), str(line.id or "")


def state_on(line: Line | None, today: date) -> ConsentState:
    """Return the state on a day: a consent whose time is over has expired by itself."""
    if line is None:
        return ConsentState.UNKNOWN
    if line.state in IN_FORCE:
        is_over = line.expires_on is not None and line.expires_on < today
        return ConsentState.EXPIRED if is_over else ConsentState.GIVEN
    return line.state


def provable(state: ConsentState, *, by_person: bool, has_proof: bool) -> ConsentState:
    """Return the state as it may be recorded: a consent that nobody can prove is unknown.

    Art. 7(1) puts the proof on the controller, so a flag in somebody's file is not one. Refusals
    and withdrawals need none.
    """
    return state if state not in IN_FORCE or by_person or has_proof else ConsentState.UNKNOWN


REGULATION_AGE = 16
"""Art. 8(1): the age of consent where no provision of a Member State says a lower one."""


def needs_guardian(born_on: date, on: date, *, age: int) -> bool:
    """Whether a person is too young on a day to consent by themselves (Art. 8(1))."""
    return on < Period(years=age).after(born_on)
