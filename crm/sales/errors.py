"""Why an opportunity, a quote or a task does not change."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class StageError(GovernanceError):
    """An opportunity that has ended, or is at that stage already."""

    code = "opportunity_stage"
    status = 409
    message = _("The opportunity cannot go to this stage.")
    advice = _("What is won or lost stays so; open a new opportunity for the same person.")


class QuoteStateError(GovernanceError):
    """A quote that was answered, that was not sent, or whose day is over."""

    code = "quote_state"
    status = 409
    message = _("The quote cannot be changed like this.")
    advice = _(
        "A draft is sent, and a quote that was sent is accepted while it is valid, or declined."
    )
