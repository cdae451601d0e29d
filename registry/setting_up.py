"""Strategy before data (F11): what a company decides before it holds its first person.

Who decides, for which purposes, on which bases, for how long, and who approves: in this order, for
each step rests on those before it. Nothing is recorded as done: each step is looked at as it
stands. Until an activity is approved the gate refuses every person, and says what is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from governance.policy.vocabulary import ActivityState, LawfulBasis, Role
from registry.models import ActivityVersion, Controller, RetentionRule, Staff
from registry.setting_up_steps import MISSING, Step

MAY_APPROVE = frozenset({Role.DPO, Role.LEGAL})


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a step is done."""

    step: Step
    is_done: bool

    @property
    def missing(self) -> Promise:
        """What is to be done."""
        return MISSING[self.step]


def standings(controller: UUID, *, at: datetime) -> list[Standing]:
    """Return every step in its order; one is done only where those before it are."""
    found, is_open = [], True
    for step, is_done in CHECKS.items():
        is_open = is_open and is_done(controller, at)
        found.append(Standing(step, is_open))
    return found


def missing(controller: UUID, *, at: datetime) -> Step | None:
    """Return the first step that is missing; None where an activity is in force already."""
    if _is_approved(controller, at):
        return None
    return next((one.step for one in standings(controller, at=at) if not one.is_done), None)


def _has_controller(controller: UUID, _at: datetime) -> bool:
    said = Controller.objects.filter(pk=controller).exclude(
        Q(name="") | Q(address="") | Q(email="")
    )
    return said.exists()


def _versions(controller: UUID) -> QuerySet[ActivityVersion]:
    """Return the versions that are drafted or in force."""
    rows = ActivityVersion.objects.filter(controller=controller)
    return rows.exclude(state=ActivityState.RETIRED)


def _has_purposes(controller: UUID, _at: datetime) -> bool:
    return _versions(controller).exists()


def _has_bases(controller: UUID, _at: datetime) -> bool:
    unweighed = Q(interest="") | Q(necessity="") | Q(balancing="")
    without = Q(basis="") | Q(basis=LawfulBasis.LEGITIMATE_INTEREST) & unweighed
    return not _versions(controller).filter(without).exists()


def _has_retention(controller: UUID, _at: datetime) -> bool:
    ruled = RetentionRule.objects.filter(controller=controller).values("version")
    unruled = _versions(controller).exclude(pk__in=ruled)
    return not unruled.filter(no_time_limits_because="").exists()


def _has_approver(controller: UUID, _at: datetime) -> bool:
    able = Staff.objects.filter(controller=controller, is_active=True, role__in=MAY_APPROVE)
    return bool(able.count() > 1)


def _is_approved(controller: UUID, at: datetime) -> bool:
    in_force = ActivityVersion.objects.filter(
        Q(active_to__isnull=True) | Q(active_to__gt=at), controller=controller,
        state__in=[ActivityState.APPROVED, ActivityState.RETIRED], active_from__lte=at,
    )  # fmt: skip
    return in_force.exists()


CHECKS: dict[Step, Callable[[UUID, datetime], bool]] = {
    Step.CONTROLLER: _has_controller,
    Step.PURPOSES: _has_purposes,
    Step.BASES: _has_bases,
    Step.RETENTION: _has_retention,
    Step.APPROVER: _has_approver,
    Step.APPROVAL: _is_approved,
}
