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
    """

    aware_at: datetime
    risk: BreachRisk | None = None
    is_complete: bool = False
    notified_at: datetime | None = None
    is_latest_notified: bool = False
    is_decided: bool = False
    tells_people: bool = False
    told_people_at: datetime | None = None


def next_step(facts: BreachFacts) -> Step:
    """Return what is to be done next, the step with the legal deadline first."""
    if facts.risk is None:
        return Step.ASSESS
    is_owed = facts.risk is not BreachRisk.UNLIKELY
    if is_owed and facts.notified_at is None:
        return Step.NOTIFY
    if facts.risk is BreachRisk.HIGH and not facts.is_decided:
        return Step.DECIDE
    if facts.tells_people and facts.told_people_at is None:
        return Step.TELL
    if is_owed and not facts.is_latest_notified:
        return Step.SUPPLEMENT
    return Step.NONE if facts.is_complete else Step.COMPLETE


def due_at(facts: BreachFacts, *, rules: ClockRules = GDPR) -> datetime | None:
    """Return the instant (UTC) by which the next step is due; None where the law names none.

    Until the risk is assessed the authority may have to be notified: the clock runs.
    """
    if next_step(facts) in {Step.ASSESS, Step.NOTIFY}:
        return breach_notify_by(facts.aware_at, rules=rules)
    return None


def is_late(sent_at: datetime, facts: BreachFacts, *, rules: ClockRules = GDPR) -> bool:
    """Whether a first notification sent then needs reasons for its delay (Art. 33(1))."""
    return facts.notified_at is None and sent_at > breach_notify_by(facts.aware_at, rules=rules)
