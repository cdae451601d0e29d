"""What to do next for a customer: what may be done first, then what is worth most; pure rules.

Nothing that the gate refuses is ranked at all. What is left is ranked by what it is expected to
bring: the value at stake times the chance that it works, which is learned from what came of the
same action before. Three at most, each with its reasons; a person chooses, and nothing is done
without (Art. 22).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

MOST = 3
LIKELY_TO_GO = 0.5
LOOKED_AHEAD = 30  # days within which an order counts as having come of it


@unique
class NextAction(StrEnum):
    """What can be done."""

    WIN_BACK = "win_back"  # reach out to who may be leaving
    OFFER = "offer"  # propose something that goes with what they bought
    INVITE = "invite"  # ask who is content to pass the link on
    SERVICE = "service"  # ask whether all is well; about the contract, no advertising


@unique
class Choice(StrEnum):
    """What somebody made of a proposal."""

    ACCEPTED = "accepted"
    DECLINED = "declined"


@unique
class Outcome(StrEnum):
    """What came of an accepted one."""

    BOUGHT = "bought"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Way:
    """A way the gate allows: a purpose, and the channel where it matters."""

    purpose: str
    channel: str

    @property
    def is_marketing(self) -> bool:
        """Whether it is one of those whose channel the law asks for (art. 130 Codice)."""
        return bool(self.channel)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a customer, of scores that have not expired.

    Attributes
    ----------
    churn : chance that they buy nothing more; None where nobody computed it
    worth : what they are expected to spend in a year, in the currency of their orders
    orders : how many they placed
    open_cases : of service, not solved yet
    """

    churn: float | None
    worth: float | None
    orders: int
    open_cases: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something to do, how, what it may bring, and why it is proposed (codes)."""

    action: NextAction
    ways: Sequence[Way]
    expected: float
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Experience:
    """How often an action was taken, and how often an order came of it."""

    taken: int = 0
    worked: int = 0

    @property
    def chance(self) -> float:
        """Return the chance that it works: with nothing known one half, then what happened."""
        return (self.worked + 1) / (self.taken + 2)


def proposals(
    ways: Sequence[Way], known: Standing, experience: Mapping[NextAction, Experience]
) -> list[Proposal]:
    """Return at most three proposals, the most valuable first; none that no way is allowed for."""
    marketing = [way for way in ways if way.is_marketing]
    service = [way for way in ways if not way.is_marketing]
    found = []
    for action, stake, reasons in _fitting(known):
        allowed = service if action is NextAction.SERVICE else marketing
        if allowed:
            expected = stake * experience.get(action, Experience()).chance
            found.append(Proposal(action, allowed, expected, reasons))
    return sorted(found, key=lambda one: (-one.expected, one.action))[:MOST]


def _fitting(known: Standing) -> list[tuple[NextAction, float, list[str]]]:
    """Return what fits a customer, with the value at stake and the reasons."""
    worth, churn = known.worth or 0.0, known.churn or 0.0
    fitting: list[tuple[NextAction, float, list[str]]] = []
    if known.open_cases:
        # Nothing is sold to somebody who waits for an answer.
        return [(NextAction.SERVICE, worth, ["open_case"])]
    if known.churn is not None and churn >= LIKELY_TO_GO:
        fitting.append((NextAction.WIN_BACK, worth * churn, ["may_leave"]))
    if known.orders:
        stays = ["bought_before"] if known.churn is None else ["bought_before", "likely_to_stay"]
        if churn < LIKELY_TO_GO:
            fitting.append((NextAction.OFFER, worth * (1 - churn), stays))
        fitting.append((NextAction.SERVICE, worth * churn / 2, ["bought_before"]))
    if known.orders > MOST and churn < LIKELY_TO_GO:
        fitting.append((NextAction.INVITE, worth * (1 - churn) / 2, ["buys_often"]))
    return fitting
