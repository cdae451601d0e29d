"""What retention refuses, and the lawful way on."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class SubjectNotHeldError(GovernanceError):
    """There is no such person with this controller."""

    code = "subject_unknown"
    article = "12(3)"
    status = 404
    message = _("We hold nothing about this person.")
    advice = _("Check the reference. A person we do not hold can be answered so.")


class NotFrozenError(GovernanceError):
    """Rows of a person may only be erased after the person was marked as being erased."""

    code = "subject_not_frozen"
    article = "17(1)"
    status = 409
    message = _("The person is not marked as being erased; new data could still be added.")
    advice = _("Freeze the person first, then erase by the plan.")


class RunApprovalError(GovernanceError):
    """A run can not be approved by this person, or not any more."""

    code = "retention_approval_refused"
    article = "5(1)(e)"
    status = 409
    message = _("This retention run can not be approved.")
    advice = _("A preview that was not yet approved is approved by the DPO or a lawyer.")


class SecondApprovalError(GovernanceError):
    """A second approval of a run can not be given by this person, or is not asked for."""

    code = "retention_second_approval_refused"
    article = "5(1)(e)"
    status = 409
    message = _("This retention run can not be approved a second time so.")
    advice = _(
        "Somebody else than who approved it first does, in the same month: the DPO, a lawyer, an "
        "auditor or an administrator. In a later month the DPO or a lawyer approves it first anew."
    )


class RegisterChangedError(GovernanceError):
    """The register says something else than when the preview was made."""

    code = "register_changed"
    article = "5(1)(e)"
    status = 409
    message = _("The register has changed since the preview was made.")
    advice = _("Make a new preview, look at it and approve that one.")


class EffectNotShownError(GovernanceError):
    """A draft changes how long something is kept, and nobody has seen what that makes due."""

    code = "retention_effect_not_shown"
    article = "5(1)(e)"
    status = 409
    message = _("This draft changes how long data is kept, and its effect was not shown.")
    advice = _("Let the effect be shown on the page of the draft, look at it, and approve then.")


class RunTooEarlyError(GovernanceError):
    """The day the preview was made for has not come yet."""

    code = "retention_run_too_early"
    article = "5(1)(e)"
    status = 409
    retryable = True
    message = _("The day this run was previewed for has not come yet.")
    advice = _("Wait for that day, or make a preview for today.")


class LeaseLostError(GovernanceError):
    """Another worker has taken the run over; what this one committed stays."""

    code = "retention_lease_lost"
    status = 409
    retryable = True
    message = _("Another worker carries this run out.")
    advice = _("Nothing is to be done; the run goes on there.")


class OrderVoidError(GovernanceError):
    """Something keeps a key that was ordered to be destroyed, or the order is too old."""

    code = "key_order_void"
    article = "17(3)"
    status = 409
    retryable = True
    message = _("What was ordered to be destroyed is kept now, or has to be ordered anew.")
    advice = _("Nothing is to be done: it is looked at anew, and ordered again.")


class HoldPlacingError(GovernanceError):
    """A hold lacks what a hold needs."""

    code = "hold_refused"
    article = "17(3)(e)"
    message = _("This hold can not be placed.")
    advice = _("A hold needs a DPO or a lawyer, a reason in words and a later day of review.")


class HoldApprovalError(GovernanceError):
    """A hold can not be approved or reviewed by this person, or not any more."""

    code = "hold_approval_refused"
    article = "17(3)(e)"
    status = 409
    message = _("This hold can not be approved or reviewed so.")
    advice = _(
        "A hold that stands is approved once, by a DPO or a lawyer who did not place it, and"
        " reviewed for a later day."
    )


class HoldLiftingError(GovernanceError):
    """A hold can not be lifted by this person, or was lifted already."""

    code = "hold_lift_refused"
    article = "17(3)(e)"
    status = 409
    message = _("This hold can not be lifted.")
    advice = _("A hold that stands is lifted by a DPO or a lawyer who did not place it.")


class NoticeStateError(GovernanceError):
    """A notice to a recipient can not be closed so."""

    code = "notice_state"
    article = "19"
    status = 409
    message = _("This notice can not be closed.")
    advice = _("Close a notice that waits for a person, and say in words why.")
