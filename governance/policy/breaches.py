"""What a breach asks for next (Art. 33, 34), as a pure decision over what is recorded of it.

The clock of 72 real hours is in `governance.policy.notifications`. What is not known yet is told
later, in phases (33(4)); what is due is never nothing until all has been told that is owed.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

from governance.policy.deadlines import GDPR, ClockRules
from governance.policy.notifications import breach_notify_by


@unique
class Nature(StrEnum):
    """What of the data was broken (Art. 4(12))."""

    CONFIDENTIALITY = "confidentiality"
    INTEGRITY = "integrity"
    AVAILABILITY = "availability"


@unique
class Cause(StrEnum):
    """How it came about."""

    EXTERNAL_ATTACK = "external_attack"
    INTERNAL_ABUSE = "internal_abuse"
    EXTERNAL_ACCIDENT = "external_accident"
    INTERNAL_MISTAKE = "internal_mistake"
    UNKNOWN = "unknown"


@unique
class BreachRisk(StrEnum):
    """What it means for people: the three answers of Art. 33(1) and 34(1)."""

    UNLIKELY = "unlikely"
    RISK = "risk"
    HIGH = "high"


@unique
class Told(StrEnum):
    """To whom a notification went."""

    AUTHORITY = "authority"  # 33
    CONTROLLER = "controller"  # 33(2): for whom we process
    PEOPLE = "people"  # 34


@unique
class Exception34(StrEnum):
    """Art. 34(3): why people are not told although the risk is high."""

    UNINTELLIGIBLE = "a"
    RISK_ENDED = "b"
    DISPROPORTIONATE = "c"  # a public communication takes its place


@unique
class Step(StrEnum):
    """The next lawful step."""

    ASSESS = "assess"
    TELL_CONTROLLER = "tell_controller"  # 33(2): without undue delay, and so before all else
    NOTIFY = "notify"
    DECIDE = "decide"
    TELL = "tell"
    SUPPLEMENT = "supplement"  # 33(4): the authority does not know yet what we know
    COMPLETE = "complete"  # 33(4), 33(5): more has to be found out
    NONE = "none"


@dataclass(frozen=True, slots=True)
class BreachFacts:
    """What is recorded of one breach.

    Attributes
    ----------
    aware_at : when the controller became aware
    risk : of the latest report; None while there is none
    is_complete : whether the latest report says that nothing more is expected
    notified_at : when the authority was first notified
    is_latest_notified : whether the authority has the latest report
    is_decided : whether it was decided if people are told
    tells_people : that decision
    told_people_at : when people were told
    untold_controllers : for how many of the controllers we act for the notice is missing
    is_ours : whether data are concerned about which we decide ourselves
    """

    aware_at: datetime
    risk: BreachRisk | None = None
    is_complete: bool = False
    notified_at: datetime | None = None
    is_latest_notified: bool = False
    is_decided: bool = False
    tells_people: bool = False
    told_people_at: datetime | None = None
    untold_controllers: int = 0
    is_ours: bool = True

    @property
    def is_owed(self) -> bool:
        """Whether we owe the authority a notification: as a processor alone we owe none."""
        return self.is_ours and self.risk not in {None, BreachRisk.UNLIKELY}


def next_step(facts: BreachFacts) -> Step:
    """Return what is to be done next, the step with the legal deadline first."""
    is_high = facts.is_ours and facts.risk is BreachRisk.HIGH
    steps = (
        (facts.risk is None, Step.ASSESS),
        (facts.untold_controllers > 0, Step.TELL_CONTROLLER),
        (facts.is_owed and facts.notified_at is None, Step.NOTIFY),
        (is_high and not facts.is_decided, Step.DECIDE),
        (facts.tells_people and facts.told_people_at is None, Step.TELL),
        (facts.is_owed and not facts.is_latest_notified, Step.SUPPLEMENT),
        (not facts.is_complete, Step.COMPLETE),
    )
    return next((step for is_due, step in steps if is_due), Step.NONE)


def due_at(facts: BreachFacts, *, rules: ClockRules = GDPR) -> datetime | None:
    """Return the instant (UTC) by which the next step is due; None where the law names none.

    Until the risk is assessed the authority may have to be notified: the clock runs, also while a
    controller we act for waits to be told.
    """
    if facts.risk is None or (facts.is_owed and facts.notified_at is None):
        return breach_notify_by(facts.aware_at, rules=rules)
    return None


def is_late(sent_at: datetime, facts: BreachFacts, *, rules: ClockRules = GDPR) -> bool:
    """Whether a first notification sent then needs reasons for its delay (Art. 33(1))."""
    return facts.notified_at is None and sent_at > breach_notify_by(facts.aware_at, rules=rules)
