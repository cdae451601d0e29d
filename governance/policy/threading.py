"""To which conversation a message belongs, whatever channel it comes by.

In order: the one it answers, the one whose number it quotes, the one that is open with the person.
A closed one goes on where it is answered within two weeks; later a new one begins.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is read as another one
LENGTH = 8
QUOTED = re.compile(rf"\[#([{SIGNS}]{{{LENGTH}}})\]")
GOES_ON_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation with a person, as far as it decides where a message goes."""

    id: UUID
    reference: str
    last_at: datetime
    closed_at: datetime | None


def quoted(*texts: str) -> tuple[str, ...]:
    """Return the numbers of conversations that a message quotes."""
    return tuple(dict.fromkeys(n for text in texts for n in QUOTED.findall(text.upper())))


def belongs_to(
    threads: Sequence[Thread],
    *,
    answers: UUID | None = None,
    quotes: Collection[str] = (),
    at: datetime,
) -> UUID | None:
    """Return the conversation a message goes on with; None where it begins one.

    Arguments
    ---------
    threads : those with the person who wrote
    answers : the conversation of ours whose message it answers
    quotes : numbers that stand in it
    """
    alive = [t for t in threads if t.closed_at is None or at - t.closed_at <= GOES_ON_FOR]
    named = [t for t in alive if t.id == answers] or [t for t in alive if t.reference in quotes]
    going_on = named or [t for t in alive if t.closed_at is None]
    newest = max(going_on, key=lambda t: (t.last_at, t.id), default=None)
    return newest.id if newest else None
