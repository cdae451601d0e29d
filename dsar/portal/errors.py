"""What the public pages refuse by themselves."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class CompanyNotFoundError(GovernanceError):
    """No company of this installation has this address."""

    code = "company_not_found"
    status = 404
    message = _("This page does not exist.")
    advice = _("Go back to the first page and start from there.")


class TooOftenError(GovernanceError):
    """More was sent from one network, or looked at, than people do.

    Attributes
    ----------
    retry_after : in how many seconds it can be sent again
    """

    code = "too_often"
    article = "12(2)"
    retryable = True
    status = 429
    message = _("Too many attempts in a short time.")

    def __init__(self, *, until: datetime, now: datetime) -> None:
        self.retry_after = int((until - now).total_seconds()) + 1
        advice = _(
            "Nothing was taken this time. Go back and try again from %(time)s on. If you cannot"
            " wait, reach us in another way: your request counts the same."
        ) % {"time": date_format(localtime(until), "j F Y, H:i")}
        super().__init__(advice=advice)
