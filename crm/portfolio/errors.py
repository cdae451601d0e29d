"""Why a figure about customers is not computed."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class AnalysisNotInstalledError(GovernanceError):
    """The mathematics of the forecasts is not on this machine."""

    code = "analysis_not_installed"
    status = 501
    message = _("Forecasts are not installed on this machine.")
    advice = _(
        "An administrator installs them with pip install 'custode[analysis]'; everything else works"
        " without."
    )


class TooFewEventsError(GovernanceError):
    """A model of so few events would say what chance said."""

    code = "too_few_events"
    status = 409
    message = _("There is too little to learn from.")
    advice = _("Use the tiers of customers until there are more orders; rules need no model.")


class NotConvergedError(GovernanceError):
    """The data have no best fit, or it was not found."""

    code = "fit_not_converged"
    status = 409
    message = _("The model could not be fitted to these orders.")
    advice = _("The last run stays in force; look at the orders for dates or sums that cannot be.")


class GoalRefusedError(GovernanceError):
    """No goal can be set so, or not by this role."""

    code = "goal_refused"
    status = 422
    message = _("This goal cannot be set.")
    advice = _(
        "A manager or marketing sets it, for a period that ends after it begins; a share is at"
        " most one hundred per cent, and nothing is below zero."
    )
