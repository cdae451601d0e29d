"""Why a workflow is not put in force, and why a step is not decided."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class DefinitionInvalidError(GovernanceError):
    """A definition outside the vocabulary; `details["faults"]` says where."""

    code = "workflow_invalid"
    message = _("This workflow is not written in the words that workflows have.")
    advice = _("Look at the places named: each trigger, condition and action is of a closed list.")


class RuleApprovalError(GovernanceError):
    """A workflow or form is approved by somebody else than its drafter, who may approve."""

    code = "rule_approval_refused"
    article = "24(1)"
    status = 409
    message = _("This draft cannot be approved like this.")
    advice = _("A draft is approved once, by a manager, the DPO or a lawyer who did not draft it.")


class StepNotWaitingError(GovernanceError):
    """A step that waits for nobody, or for another role."""

    code = "step_not_waiting"
    status = 409
    message = _("This step does not wait for your decision.")
    advice = _("The role that the workflow names decides, once.")


class DraftChangedError(GovernanceError):
    """A draft is not what whoever approves it has read."""

    code = "draft_changed"
    article = "24(1)"
    status = 409
    message = _("This draft was changed since you opened the page.")
    advice = _("Open it again, read what it says now, and then approve it.")


class WorkflowNotFoundError(GovernanceError):
    """No such version of a workflow at this company."""

    code = "workflow_not_found"
    status = 404
    message = _("There is no such workflow.")
    advice = _("Look for it among the workflows.")
