"""Who answers next: round-robin among those who can, the same whatever the channel.

Everybody at a desk has the number of the turn they last had. Of those present who speak the
language and know the matter, the one whose turn is longest ago comes next; of two alike, the one
with the smaller id. So the same facts give the same answer, and nobody is passed over twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody at a desk.

    Attributes
    ----------
    languages, skills : what they answer; none of them named means all
    turn : number of the turn they last had; 0 for none yet
    """

    staff: UUID
    languages: frozenset[str]
    skills: frozenset[str]
    turn: int
    is_present: bool = True


def next_in_turn(members: Iterable[Member], *, language: str = "", skill: str = "") -> UUID | None:
    """Return whose turn it is, or None where nobody present can answer."""
    able = [m for m in members if m.is_present and _can(m.skills, skill)]
    # Who speaks the language comes first; rather somebody else than nobody.
    speaking = [m for m in able if _can(m.languages, language)]
    chosen = min(speaking or able, key=lambda m: (m.turn, m.staff), default=None)
    return chosen.staff if chosen else None


def _can(known: frozenset[str], wanted: str) -> bool:
    return not wanted or not known or wanted in known
