"""One value: what was found where in a text, before it becomes a finding."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Match:
    """A span of a text that looks like something.

    Attributes
    ----------
    entity : machine word of what it looks like, for instance "IT_FISCAL_CODE"
    start, end : offsets in characters, end exclusive
    score : 0.0 to 1.0; a rank, not a probability
    """

    entity: str
    start: int
    end: int
    score: float
