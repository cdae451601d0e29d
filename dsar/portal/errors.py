"""What the public pages refuse by themselves."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class CompanyNotFoundError(GovernanceError):
    """No company of this installation has this address."""

    code = "company_not_found"
    status = 404
    message = _("This page does not exist.")
    advice = _("Go back to the first page and start from there.")
