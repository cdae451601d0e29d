"""What can be wrong with a request by OpenDSR, and the way on."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class OpenDsrClosedError(GovernanceError):
    """Nothing can be signed, so nothing is taken."""

    code = "opendsr_closed"
    status = 404
    message = _("OpenDSR is not set up here.")
    advice = _("Set CUSTODE_OPENDSR_KEY and CUSTODE_OPENDSR_CERTIFICATE, or use /api/v1/requests/.")


class NumberReusedError(GovernanceError):
    """The number of a request came before, with something else."""

    code = "subject_request_id_reused"
    status = 409
    message = _("This subject_request_id was used for another request.")
    advice = _("Use a new one for a new request; send the same body to repeat one.")
