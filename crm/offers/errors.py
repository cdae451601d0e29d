"""Why an offer is not kept or not found."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class OfferInvalidError(GovernanceError):
    """An offer that says too little, or names somebody."""

    code = "offer_invalid"
    message = _("The offer is not complete, or seems to name a person.")
    advice = _("Give it both titles, the needs it answers, and days in the right order.")


class OfferStateError(GovernanceError):
    """An offer that is not there, or not where this can be done."""

    code = "offer_state"
    status = 409
    message = _("This cannot be done with the offer as it stands.")
    advice = _("Look at the offers again: somebody may have changed it meanwhile.")
