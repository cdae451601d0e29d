"""Which right reaches processing on which basis (Art. 7(3), 15-22), as defaults.

After the mapping of legal bases and rights of W3C DPV 2.3, with what it leaves out: Art. 21(2)
reaches direct marketing whatever its basis, and Art. 22 needs a decision without a person.
A default is overridden by staff with a reason; the closed list of overrides is `Override`.
"""

from dataclasses import dataclass
from enum import StrEnum, unique

from governance.policy.vocabulary import LawfulBasis, Right

EVERY = frozenset(LawfulBasis)
MATRIX: dict[Right, frozenset[LawfulBasis]] = {
    Right.ACCESS: EVERY,
    Right.RECTIFICATION: EVERY,
    Right.ERASURE: EVERY - {LawfulBasis.LEGAL_OBLIGATION, LawfulBasis.PUBLIC_TASK},  # 17(3)(b)
    Right.RESTRICTION: EVERY,
    Right.PORTABILITY: frozenset({LawfulBasis.CONSENT, LawfulBasis.CONTRACT}),
    Right.OBJECTION: frozenset({LawfulBasis.PUBLIC_TASK, LawfulBasis.LEGITIMATE_INTEREST}),
    Right.HUMAN_REVIEW: EVERY - {LawfulBasis.LEGAL_OBLIGATION},  # 22(2)(b)
    Right.WITHDRAWAL: frozenset({LawfulBasis.CONSENT}),
    Right.COMPLAINT: EVERY,
    Right.QUESTION: EVERY,
}
ARTICLE: dict[Right, str] = {
    Right.ERASURE: "17(3)(b)",
    Right.PORTABILITY: "20(1)(a)",
    Right.OBJECTION: "21(1)",
    Right.HUMAN_REVIEW: "22(1)",
    Right.WITHDRAWAL: "7(3)",
}
"""By which a right does not reach what it does not reach."""


@unique
class Override(StrEnum):
    """Why a right reaches what it does not by default."""

    UNLAWFUL = "unlawful"  # 17(1)(d): whatever the basis should have been
    NO_LAW = "no_law"  # the law that was named for 6(1)(c) asks nothing of the kind


OVERRIDDEN: dict[Right, frozenset[Override]] = {
    Right.ERASURE: frozenset({Override.UNLAWFUL, Override.NO_LAW}),
    Right.PORTABILITY: frozenset({Override.NO_LAW}),
    Right.OBJECTION: frozenset({Override.NO_LAW}),
}


@dataclass(frozen=True)
class Reach:
    """Whether a right reaches an activity, and the article that says so or says no."""

    reaches: bool
    article: str = ""


def reach(
    right: Right,
    basis: LawfulBasis,
    *,
    is_marketing: bool = False,
    decides_alone: bool = False,
    override: Override | None = None,
) -> Reach:
    """Say whether a right reaches an activity.

    Arguments
    ---------
    decides_alone : it takes decisions without a person (Art. 22(1))
    override : why it does although the basis says no; one that is none for the right says nothing
    """
    if right is Right.OBJECTION and is_marketing:
        return Reach(reaches=True, article="21(2)")
    if right is Right.HUMAN_REVIEW and not decides_alone:
        return Reach(reaches=False, article="22(1)")
    if basis in MATRIX[right]:
        return Reach(reaches=True)
    if override in OVERRIDDEN.get(right, frozenset()):
        return Reach(reaches=True, article="17(1)(d)" if override is Override.UNLAWFUL else "")
    return Reach(reaches=False, article=ARTICLE[right])
