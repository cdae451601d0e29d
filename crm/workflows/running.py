"""Taking runs from step to step.

    start     finds what a workflow is to do, and makes a run for each person the gate admits
    due       hands out the runs whose time has come, under a lease
    advance   does one step: its effect, its record and the new position in one transaction

A worker that is killed leaves the transaction undone, and the lease ends: the next one does that
step again, once. A step that fails is tried again, later each time, and then the run ends.
"""

import logging
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from crm.chosen import people_of
from crm.conversations.errors import AddressMissingError
from crm.models import Workflow, WorkflowRun
from crm.workflows import actions, triggers
from crm.workflows.steps import Place, locked, note
from governance.policy.actors import system
from governance.policy.vocabulary import Operation
from governance.policy.workflows import (
    ABOUT,
    Act,
    Outcome,
    RunState,
    Trigger,
    VersionState,
)
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.errors import GateRefusedError
from registry.models import DataSubject

AT_ONCE = 500
LEASE = timedelta(minutes=10)
ATTEMPTS, PAUSE = 5, timedelta(minutes=5)
logger = logging.getLogger(__name__)
People = QuerySet[DataSubject, UUID]


def in_force(controller: UUID) -> list[Workflow]:
    """Return the workflows that start runs."""
    rows = Workflow.objects.filter(controller=controller, state=VersionState.APPROVED)
    return list(rows.order_by("key"))


def start(workflow: Workflow, *, now: datetime) -> int:
    """Make a run for each thing that a workflow is to look after, and has not; return how many.

    Raises
    ------
    GateRefusedError
        the purpose of the workflow is not in force, or not for work of the system
    """
    found = triggers.found(workflow, today=timezone.localdate(now))
    with gate.open(
        system(workflow.controller_id), purpose_of(workflow), Operation.UPDATE,
        subjects=people_of(found), now=now,
    ) as access:  # fmt: skip
        about = ABOUT[Trigger(workflow.definition["trigger"]["on"])]
        pairs = found.filter(subject__in=access.admitted or set())[:AT_ONCE]
        runs = [
            WorkflowRun(
                controller_id=access.controller, subject_id=subject, workflow=workflow,
                about_kind=about, about=thing, wake_at=now, started_at=now, collected_at=now,
            )
            for subject, thing in pairs
        ]  # fmt: skip
        # Of two workers at once, the constraint lets one make the run.
        WorkflowRun.objects.bulk_create(runs, ignore_conflicts=True)
    return len(runs)


def due(workflow: Workflow, *, now: datetime) -> list[UUID]:
    """Hand out the runs of a workflow whose time has come; each under a lease, to one worker.

    Whom its purpose does not reach any more is left out: their run stands still.
    """
    waiting = WorkflowRun.objects.filter(
        Q(leased_until__isnull=True) | Q(leased_until__lte=now),
        workflow=workflow, state=RunState.WAITING, wake_at__lte=now,
    )  # fmt: skip
    with gate.open(
        system(workflow.controller_id), purpose_of(workflow), Operation.UPDATE,
        subjects=people_of(waiting), now=now,
    ) as access:  # fmt: skip
        rows = access.rows(WorkflowRun).filter(pk__in=waiting.values("pk"))
        chosen = [
            run.pk
            for run in rows.select_for_update(of=("self",), skip_locked=True).order_by("wake_at")[
                :AT_ONCE
            ]
        ]
        WorkflowRun.objects.filter(pk__in=chosen).update(leased_until=now + LEASE)
    return chosen


def advance(workflow: Workflow, run: UUID, *, now: datetime) -> Outcome | None:
    """Do the next step of a run; return what became of it, or None where there was none to do."""
    place = _place_of(workflow, run, now=now)
    if place is None:
        return None
    try:
        return _step(place, now=now)
    except (GateRefusedError, AddressMissingError) as refused:
        return _recorded(place, Outcome.DENIED, refused_as=refused.code, now=now)
    except Exception as error:  # noqa: BLE001 - one bad step never ends the worker
        logger.warning("workflow run %s: %s", run, type(error).__name__)  # no values
        return _failed(place, now=now)


def purpose_of(workflow: Workflow) -> str:
    """Return the purpose for which a workflow looks for people, and keeps their runs."""
    purpose: str = workflow.definition["purpose"]
    return purpose


def _place_of(workflow: Workflow, run: UUID, *, now: datetime) -> Place | None:
    """Return where a run stands, as far as its workflow's purpose reaches the person."""
    due_now = WorkflowRun.objects.filter(
        pk=run, workflow=workflow, state=RunState.WAITING, wake_at__lte=now
    )
    with gate.open(
        system(workflow.controller_id), purpose_of(workflow), Operation.READ,
        subjects=due_now.values_list("subject", flat=True), now=now,
    ) as access:  # fmt: skip
        found = access.rows(WorkflowRun).filter(pk__in=due_now.values("pk")).first()
        if found is None:
            return None
        return Place(run, found.subject_id, workflow, found.position, found.about_kind, found.about)


def _step(place: Place, *, now: datetime) -> Outcome:
    """Do what the step at hand says; the gate is asked by whoever does it."""
    action = place.action
    match Act(action["do"]):
        case Act.CREATE_TASK:
            return actions.create_task(place, action, now=now)
        case Act.SEND_MESSAGE:
            return actions.send_message(place, action, now=now)
        case Act.WAIT:
            later = now + timedelta(days=action["days"])
            return _recorded(place, Outcome.WAITED, wake_at=later, now=now)
        case Act.ASK_APPROVAL:
            return _recorded(place, Outcome.BLOCKED, role=action["role"], now=now)


def _recorded(
    place: Place,
    outcome: Outcome,
    *,
    now: datetime,
    refused_as: str = "",
    role: str = "",
    wake_at: datetime | None = None,
) -> Outcome:
    """Record a step under the purpose of the workflow."""
    with _opened(place, now=now) as access:
        run = locked(access, place)
        if run is not None:
            note(access, run, place, outcome, refused_as=refused_as, role=role, wake_at=wake_at)
    return outcome


def _failed(place: Place, *, now: datetime) -> Outcome:
    with _opened(place, now=now) as access:
        run = locked(access, place)
        if run is None:
            return Outcome.FAILED
        run.attempts += 1
        run.wake_at, run.leased_until = now + PAUSE * 2**run.attempts, None
        run.save(update_fields=["attempts", "wake_at", "leased_until"])
        if run.attempts >= ATTEMPTS:
            note(access, run, place, Outcome.FAILED)
    return Outcome.FAILED


def _opened(place: Place, *, now: datetime) -> AbstractContextManager[Access]:
    by = system(place.workflow.controller_id)
    return gate.open(
        by, purpose_of(place.workflow), Operation.UPDATE, subjects=place.subject, now=now
    )
