"""When a data protection impact assessment is needed (Art. 35), as a pure decision.

The nine criteria are those of the guidelines WP248 rev.01, endorsed by the EDPB: where two
of them are met, an assessment is needed in most cases. What the register itself shows
(special categories, profiling, automated decisions, employees) counts whether or not
somebody ticked it, for a form must not be able to hide what the system does.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique

from governance.policy.categories import SPECIAL, Category
from governance.policy.register import Risk
from governance.policy.vocabulary import SubjectKind


@unique
class Criterion(StrEnum):
    """The nine criteria of WP248 rev.01, III.B(a), in their order."""

    EVALUATION = "evaluation"
    AUTOMATED_DECISION = "automated_decision"
    SYSTEMATIC_MONITORING = "systematic_monitoring"
    SENSITIVE_DATA = "sensitive_data"
    LARGE_SCALE = "large_scale"
    COMBINING = "combining"
    VULNERABLE_PEOPLE = "vulnerable_people"
    INNOVATIVE_USE = "innovative_use"
    EXCLUSION = "exclusion"


@dataclass(frozen=True, slots=True)
class ImpactRules:
    """How many criteria make an assessment needed, from a day on."""

    version: str
    applies_from: date
    needed_from: int


WP248 = ImpactRules(version="WP248-rev.01", applies_from=date(2018, 5, 25), needed_from=2)


def criteria(
    declared: Collection[Criterion],
    *,
    categories: Collection[Category],
    subject_kinds: Collection[SubjectKind],
    is_profiling: bool,
    is_deciding: bool,
) -> frozenset[Criterion]:
    """Return the criteria that are met: those declared, and those the entry itself shows."""
    shown = {
        Criterion.EVALUATION: is_profiling,
        Criterion.AUTOMATED_DECISION: is_deciding,
        Criterion.SENSITIVE_DATA: bool(SPECIAL & set(categories)),
        # WP248 names employees: they can hardly refuse what their employer does.
        Criterion.VULNERABLE_PEOPLE: SubjectKind.EMPLOYEE in subject_kinds,
    }
    return frozenset(declared) | {criterion for criterion, is_met in shown.items() if is_met}


def is_needed(met: Collection[Criterion], *, rules: ImpactRules = WP248) -> bool:
    """Whether these criteria make an assessment needed before the processing starts."""
    return len(set(met)) >= rules.needed_from


@unique
class Standing(StrEnum):
    """Where an activity stands with its assessment."""

    NOT_NEEDED = "not_needed"
    MISSING = "missing"
    CONSULTATION_MISSING = "consultation_missing"  # 36(1)
    REVIEW_OVERDUE = "review_overdue"  # 35(11)
    IN_ORDER = "in_order"


@dataclass(frozen=True, slots=True)
class Concluded:
    """What counts of an assessment that was concluded.

    Attributes
    ----------
    residual_risk : what is left after the measures
    is_consulted : whether the authority was asked before, and answered (Art. 36)
    review_on : the day by which it is looked at again
    """

    residual_risk: Risk
    is_consulted: bool
    review_on: date


def standing(
    met: Collection[Criterion],
    latest: Concluded | None,
    *,
    today: date,
    rules: ImpactRules = WP248,
) -> Standing:
    """Say whether an activity may go on as far as Art. 35 and 36 are concerned.

    An assessment that nobody needed is still reviewed once it is there.
    """
    if latest is None:
        return Standing.MISSING if is_needed(met, rules=rules) else Standing.NOT_NEEDED
    if latest.residual_risk == Risk.HIGH and not latest.is_consulted:
        return Standing.CONSULTATION_MISSING
    return Standing.REVIEW_OVERDUE if today > latest.review_on else Standing.IN_ORDER


BLOCKING = frozenset({Standing.MISSING, Standing.CONSULTATION_MISSING})
"""What keeps a version from being approved. A review that is late is worked on meanwhile."""
