"""On which grounds a request may be refused, whole or in part, and for which right each is meant.

The lists are the law's and closed. What is judged about a person's motives or interests is decided
by two; what protects somebody else takes a part out of an answer and never refuses the whole.
"""

from enum import StrEnum, unique

from governance.policy.vocabulary import Right


@unique
class RefusalGround(StrEnum):
    """Why a request may be refused; closed, because the law's list is."""

    MANIFESTLY_UNFOUNDED = "manifestly_unfounded"  # 12(5)
    EXCESSIVE = "excessive"  # 12(5)
    NOT_IDENTIFIABLE = "not_identifiable"  # 11(2), 12(2)
    IDENTITY_NOT_PROVEN = "identity_not_proven"  # 12(6)
    CONDITIONS_NOT_MET = "conditions_not_met"  # the right does not exist here, e.g. 20(1), 21(1)
    FREEDOM_OF_EXPRESSION = "freedom_of_expression"  # 17(3)(a)
    LEGAL_OBLIGATION = "legal_obligation"  # 17(3)(b)
    PUBLIC_HEALTH = "public_health"  # 17(3)(c)
    ARCHIVING_OR_RESEARCH = "archiving_or_research"  # 17(3)(d), 89(1)
    LEGAL_CLAIMS = "legal_claims"  # 17(3)(e), 21(1)
    RIGHTS_OF_OTHERS = "rights_of_others"  # 15(4), 20(4)
    TRADE_SECRET = "trade_secret"  # noqa: S105 - 15(4), recital 63; a word, no secret
    DEFENCE_IN_COURT = "defence_in_court"  # 23(1)(j); art. 2-undecies(1)(e) Codice
    LIMITED_BY_LAW = "limited_by_law"  # 23; artt. 2-undecies, 2-duodecies Codice
    COMPELLING_GROUNDS = "compelling_grounds"  # 21(1): of an objection on grounds of one's own


NEED_TWO = frozenset(
    {
        RefusalGround.MANIFESTLY_UNFOUNDED,
        RefusalGround.EXCESSIVE,
        RefusalGround.COMPELLING_GROUNDS,
    }
)
"""Judgements about a person's motives or interests: no one takes them alone (Art. 12(5), 21(1))."""

PART_ONLY = frozenset({RefusalGround.RIGHTS_OF_OTHERS, RefusalGround.TRADE_SECRET})
"""They do not refuse all information (recital 63): what is others' is left out, the rest is given.

Of access and portability; no other right hands anything over."""

THROUGH_THE_GARANTE = frozenset({RefusalGround.DEFENCE_IN_COURT, RefusalGround.LIMITED_BY_LAW})
"""Limits of artt. 2-undecies and 2-duodecies: the right can be exercised through the Garante
(art. 160 Codice), and the person has to be told so."""

_HANDS_OVER = frozenset({Right.ACCESS, Right.PORTABILITY})
_OF_ERASURE = frozenset(
    {
        RefusalGround.FREEDOM_OF_EXPRESSION,
        RefusalGround.LEGAL_OBLIGATION,
        RefusalGround.PUBLIC_HEALTH,
        RefusalGround.ARCHIVING_OR_RESEARCH,
    }
)
_ANY = frozenset(RefusalGround) - _OF_ERASURE - PART_ONLY - {
    RefusalGround.LEGAL_CLAIMS, RefusalGround.COMPELLING_GROUNDS,
}  # fmt: skip
_BESIDES = {
    Right.ERASURE: _OF_ERASURE | {RefusalGround.LEGAL_CLAIMS},
    Right.OBJECTION: frozenset({RefusalGround.LEGAL_CLAIMS, RefusalGround.COMPELLING_GROUNDS}),
}
_OF_A_PART = frozenset(
    {
        RefusalGround.RIGHTS_OF_OTHERS,
        RefusalGround.TRADE_SECRET,
        RefusalGround.DEFENCE_IN_COURT,
        RefusalGround.LIMITED_BY_LAW,
    }
)
_ACTS_ON_RECORDS = frozenset({Right.RECTIFICATION, Right.RESTRICTION, Right.OBJECTION})
_UNDONE = frozenset({RefusalGround.CONDITIONS_NOT_MET}) | THROUGH_THE_GARANTE


def of_the_whole(right: Right) -> list[RefusalGround]:
    """Return the grounds that are meant for refusing a request for `right`, in the law's order."""
    meant = _ANY | _BESIDES.get(right, frozenset())
    return [ground for ground in RefusalGround if ground in meant]


def of_a_part(right: Right) -> list[RefusalGround]:
    """Return the grounds on which a part is left out of what a right gives.

    None of an erasure, in which holds and periods decide row by row, and none of what has no parts.
    """
    meant = _OF_A_PART if right in _HANDS_OVER else _UNDONE if right in _ACTS_ON_RECORDS else ()
    return [ground for ground in RefusalGround if ground in meant]


def leaves_the_rest(right: Right, ground: RefusalGround) -> bool:
    """Whether the ground takes out a part alone, so that it cannot refuse the whole (15(4))."""
    return right in _HANDS_OVER and ground in PART_ONLY
