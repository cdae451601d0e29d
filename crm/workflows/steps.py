"""Where a run stands, and writing down what became of a step; always in an open access."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.models import Workflow, WorkflowRun, WorkflowStep
from governance.policy.workflows import Outcome, RunState
from registry.gate.access import Access

ENDS = frozenset({Outcome.DECLINED, Outcome.FAILED})


@dataclass(frozen=True)
class Place:
    """A run and the step at hand, as plain values taken out of an access."""

    run: UUID
    subject: UUID
    workflow: Workflow
    position: int
    about_kind: str
    about: UUID

    @property
    def action(self) -> dict[str, Any]:
        """What the step at hand is to do."""
        found: dict[str, Any] = self.workflow.definition["actions"][self.position]
        return found


def locked(access: Access, place: Place) -> WorkflowRun | None:
    """Return the run, held against other workers; None where the step was done meanwhile."""
    rows = access.rows(WorkflowRun).select_for_update(of=("self",))
    found: WorkflowRun | None = rows.filter(
        pk=place.run, position=place.position, state=RunState.WAITING
    ).first()
    return found


def note(
    access: Access,
    run: WorkflowRun,
    place: Place,
    outcome: Outcome,
    *,
    refused_as: str = "",
    role: str = "",
    wake_at: datetime | None = None,
) -> None:
    """Write what became of the step at hand, and where the run goes on."""
    WorkflowStep(
        controller_id=access.controller,
        subject_id=run.subject_id,
        run=run,
        position=place.position,
        action=place.action["do"],
        outcome=outcome,
        refused_as=refused_as,
        role=role,
        at=access.now,
        collected_at=access.now,
    ).save()
    if outcome is Outcome.BLOCKED:
        run.state, run.wake_at = RunState.BLOCKED, None
    else:
        pass_on(run, outcome, length=len(place.workflow.definition["actions"]), now=access.now)
    if wake_at is not None and run.state == RunState.WAITING:
        run.wake_at = wake_at
    run.attempts, run.leased_until = 0, None
    run.save(update_fields=["state", "position", "wake_at", "ended_at", "attempts", "leased_until"])


def pass_on(run: WorkflowRun, outcome: Outcome, *, length: int, now: datetime) -> None:
    """Go on to the next step, or end: after the last, a refusal by a person, or a failure."""
    run.position += 1
    if outcome is not Outcome.FAILED and outcome not in ENDS and run.position < length:
        run.state, run.wake_at = RunState.WAITING, now
        return
    run.state = RunState.FAILED if outcome is Outcome.FAILED else RunState.DONE
    run.wake_at, run.ended_at = None, now
