"""Why something about a person's relation is not recorded."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class StageNotReachedError(GovernanceError):
    """The relation does not show what the stage is entered on, or there is no such move."""

    code = "stage_not_reached"
    article = "5(1)(d)"
    status = 409
    message = _("The relation with this person does not show what this stage stands for.")
    advice = _("Record first what happened: the contact, the order, the recommendation.")


class HandleNotShownError(GovernanceError):
    """A handle without anything to show that it is the person's."""

    code = "handle_not_shown"
    article = "5(1)(d)"
    status = 409
    message = _("Nothing shows that this profile is the person's.")
    advice = _("Send a code to the profile, let the network confirm it, or say how you know.")


class HandleTakenError(GovernanceError):
    """The handle was shown to be somebody else's."""

    code = "handle_taken"
    article = "5(1)(d)"
    status = 409
    message = _("This profile is linked to a person already.")
    advice = _("Look whether the two are one person, before you link it.")


class CodeWrongError(GovernanceError):
    """The code is wrong, too old, or was tried too often."""

    code = "handle_code_wrong"
    status = 409
    message = _("The code is wrong, or counts no more.")
    advice = _("Send a new code to the profile.")


class MembershipStateError(GovernanceError):
    """Somebody who is not in the account, or was there already."""

    code = "membership_state"
    status = 409
    message = _("The person is not in this account on that day.")
    advice = _("Look at the dates of the membership.")


class AccountNotFoundError(GovernanceError):
    """No such account, or one that the purpose does not reach."""

    code = "account_not_found"
    status = 404
    message = _("There is no such company for the purpose you work for.")
    advice = _("Search for it by name, or work for a purpose that reaches companies.")


class UserOfOtherAccountError(GovernanceError):
    """A user who works for an account already."""

    code = "user_of_other_account"
    article = "32(4)"
    status = 409
    message = _("This user works for an account already.")
    advice = _("End that first: nobody sees what is shared with two companies.")
