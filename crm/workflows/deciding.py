"""The decision of a member of staff that a run waits for (C5)."""

from datetime import datetime
from uuid import UUID

from crm.models import Workflow, WorkflowRun, WorkflowStep
from crm.workflows.errors import StepNotWaitingError
from crm.workflows.running import purpose_of
from crm.workflows.steps import pass_on
from governance.policy.vocabulary import Operation
from governance.policy.workflows import Outcome, RunState
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Staff


def decide(workflow: Workflow, run: UUID, *, agrees: bool, by: Staff, now: datetime) -> Outcome:
    """Let a run go on, or end it; by the role that its step names, and once.

    Raises
    ------
    StepNotWaitingError
        it waits for nobody, or for another role
    GateRefusedError
        the member of staff may not work for the purpose of the workflow
    """
    people = WorkflowRun.objects.filter(pk=run, workflow=workflow).values_list("subject", flat=True)
    with gate.open(
        by.actor(), purpose_of(workflow), Operation.UPDATE, subjects=people, now=now
    ) as access:
        found = access.rows(WorkflowRun).select_for_update(of=("self",)).filter(pk=run).first()
        step = _waiting(access, found)
        if found is None or step is None or step.role != by.role:
            raise StepNotWaitingError
        outcome = Outcome.AGREED if agrees else Outcome.DECLINED
        step.outcome, step.decided_by, step.decided_at = outcome, by, now
        step.save(update_fields=["outcome", "decided_by", "decided_at"])
        pass_on(found, outcome, length=len(workflow.definition["actions"]), now=now)
        found.save(update_fields=["state", "position", "wake_at", "ended_at"])
    return outcome


def _waiting(access: Access, run: WorkflowRun | None) -> WorkflowStep | None:
    if run is None or run.state != RunState.BLOCKED:
        return None
    rows = access.rows(WorkflowStep).filter(run=run, position=run.position)
    found: WorkflowStep | None = rows.filter(outcome=Outcome.BLOCKED).first()
    return found
