"""Why a campaign is not kept, approved or counted."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from crm.help.errors import Place
from governance.policy.errors import GovernanceError


class CampaignInvalidError(GovernanceError):
    """A campaign that lacks something, or says something outside its words; see `faults`."""

    code = "campaign_invalid"
    message = _("This campaign cannot be kept like this.")
    advice = _("Look at the places named: channels with their cost, steps, waits and blocks.")


class CampaignPurposeError(GovernanceError):
    """A campaign without a marketing purpose in force, or without an approved segment."""

    code = "campaign_without_purpose"
    article = "5(1)(b)"
    message = _("A campaign has a marketing purpose that is in force, and an approved segment.")
    advice = _("Choose a purpose of direct marketing, and a segment that somebody else approved.")


class CampaignNotFoundError(GovernanceError):
    """No campaign of this house has this number, or none that is worked on for this purpose."""

    code = "campaign_not_found"
    status = 404
    message = _("There is no such campaign for the purpose you work for.")
    advice = _("Look for it among the campaigns, or work for the purpose of its segment.")


class OverBudgetError(GovernanceError):
    """What is planned costs more than the budget; `details` has both amounts."""

    code = "campaign_over_budget"
    status = 409
    message = _("What is planned costs more than the budget.")
    advice = _("Take fewer steps, a cheaper channel or a smaller segment, or ask for more money.")


class CampaignNamesSomebodyError(GovernanceError):
    """A text of a campaign seems to name a person; `places` says where, masked."""

    code = "campaign_names_somebody"
    article = "5(1)(c)"
    message = _("A text of the campaign seems to name a person, or to hold an address of one.")
    advice = _("Write {name} where the person's own name is to stand, and nobody else's.")

    def __init__(self, *, places: Sequence[Place]) -> None:
        self.places = places
        super().__init__(places=[(one.part, one.masked) for one in places])


class CampaignStateError(GovernanceError):
    """A campaign that is not where this can be done."""

    code = "campaign_state"
    status = 409
    message = _("This cannot be done with the campaign as it stands.")
    advice = _("Look at the campaign again: somebody may have changed it meanwhile.")


class ResponseInvalidError(GovernanceError):
    """A response that no message was sent for, or that lies ahead."""

    code = "response_invalid"
    message = _("This response fits no message of the campaign.")
    advice = _("Send the code or the recipient of the message, and a moment that has passed.")


class GiftNotOfferedError(GovernanceError):
    """A gift that this person may not choose now."""

    code = "gift_not_offered"
    status = 409
    message = _("This gift is not to be chosen now.")
    advice = _("Open your page again and choose from what it shows.")
