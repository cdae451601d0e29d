"""Which wording a person gets: by their language, by what they said interests them, and why.

What somebody declared needs no more than their word. What was inferred about them is profiling
(Art. 4(4)), and counts only where the register has a basis for it that holds for this person; else
everybody gets the same.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from governance.policy.decisions import Refusal


@unique
class Why(StrEnum):
    """What a wording was chosen by."""

    DECLARED = "declared_interest"
    INFERRED = "inferred_interest"
    NOTHING_DECLARED = "nothing_declared"
    NO_PROFILING = "no_basis_for_profiling"


@dataclass(frozen=True, slots=True)
class Wording:
    """One text of several for the same message; without a topic it is for everybody."""

    language: str
    body: str
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A wording, by what it was chosen, and what the gate said of profiling, where it refused."""

    wording: Wording
    why: Why
    refusal: Refusal | None = None


def choose(
    wordings: Sequence[Wording],
    *,
    language: str,
    usual: str,
    declared: Collection[str],
    inferred: Sequence[str] = (),
    profiling: Refusal | None,
) -> Chosen:
    """Return the wording for one person.

    Arguments
    ---------
    language : theirs, "" where they said none; `usual` is that of the house
    declared : what they said themselves
    inferred : what was concluded about them, the strongest first
    profiling : why the gate does not allow profiling, or None where it does

    Raises
    ------
    ValueError
        there is no wording for everybody in the language of the house: nothing to fall back on
    """
    spoken = language if any(w.language == language and not w.topic for w in wordings) else usual
    mine = [w for w in wordings if w.language == spoken]
    wanted = {topic.casefold() for topic in declared}
    by_topic = {w.topic.casefold(): w for w in mine if w.topic}
    generic = next((w for w in mine if not w.topic), None)
    if generic is None:
        msg = "a message has a wording for everybody in the language of the house"
        raise ValueError(msg)
    if found := next((w for topic, w in by_topic.items() if topic in wanted), None):
        return Chosen(found, Why.DECLARED)
    concluded = next((by_topic[t.casefold()] for t in inferred if t.casefold() in by_topic), None)
    if concluded is None:
        return Chosen(generic, Why.NOTHING_DECLARED)
    if profiling is not None:
        return Chosen(generic, Why.NO_PROFILING, profiling)
    return Chosen(concluded, Why.INFERRED)
