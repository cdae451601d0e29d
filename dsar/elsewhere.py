"""Where else data of a person can be, which an answer must not pass over in silence.

The memory of deletions and objections holds no row of anybody, only keyed hashes of addresses.
Whoever is asked about it must be known to be the holder of the address: to anybody else the
answer would tell that the holder once objected or was erased. So an unconfirmed request is told,
known or not, how to ask.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils import timezone

from dsar import effects
from dsar.activities import End
from dsar.identity import Requester
from dsar.models import SubjectRequest
from registry import suppression
from registry.gate.access import Access
from registry.suppression import Remembered


@dataclass(frozen=True)
class Elsewhere:
    """What is held besides the rows.

    Attributes
    ----------
    is_confirmed : whether the requester is known to hold the address, and is told of the memory
    waiting : rows whose period is over and that the next approved erasure takes
    """

    is_confirmed: bool
    remembered: tuple[Remembered, ...]
    waiting: int


def look(access: Access, request: SubjectRequest, ends: dict[UUID, End]) -> Elsewhere:
    """Return what is held besides the rows of the person; asked inside an open access."""
    is_confirmed = request.identified_at is not None
    remembered: list[Remembered] = []
    if is_confirmed:
        asked = Requester(email=request.requester_email or "", phone=request.requester_phone or "")
        said = effects.identifiers(asked)
        remembered = suppression.Memory(access.controller, said).of(said)
    return Elsewhere(
        is_confirmed, tuple(remembered), _waiting(ends, timezone.localdate(access.now))
    )


def _waiting(ends: dict[UUID, End], today: date) -> int:
    return sum(1 for end in ends.values() if end.until is not None and end.until < today)
