"""What can go wrong with an analysis."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class ExtractMissingError(GovernanceError):
    """Nothing was drawn yet for the purpose."""

    code = "extract_missing"
    status = 409
    message = _("Nothing was drawn for this purpose yet.")
    advice = _("Draw the extract now; from then on it is drawn anew every night.")


class RelinkRefusedError(GovernanceError):
    """Who works with figures does not find out whom a pseudonym stands for."""

    code = "relink_refused"
    article = "4(5)"
    status = 403
    message = _("Your role works with figures, and not with the people behind them.")
    advice = _("Marketing or a manager finds the people again, for the purpose of the extract.")


class PseudonymEndedError(GovernanceError):
    """The pseudonym is of an extract that was drawn anew since, whose key is destroyed."""

    code = "pseudonym_ended"
    article = "4(5)"
    status = 410
    message = _("This pseudonym stands for nobody any more: the extract was drawn anew.")
    advice = _("Take the pseudonyms of the extract as it is now.")


class ExtractNotKeptError(GovernanceError):
    """The activity says nothing of how long figures about purchases are kept."""

    code = "extract_not_kept"
    article = "5(1)(b)"
    status = 409
    message = _("This purpose is none for an analysis: it does not say how long figures are kept.")
    advice = _("Work for a purpose of analysis, or add a retention rule for details of purchases.")
