"""Why a line is not added to the ledger of consent."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class GrantNotByPersonError(GovernanceError):
    """A consent for a remembered address, which the person did not confirm there themselves."""

    code = "grant_not_by_person"
    article = "7(1)"
    status = 409
    message = _("This address asked to be forgotten, or not to be written to.")
    advice = _("Only a consent that the person confirms at the address itself counts.")


class GuardianMissingError(GovernanceError):
    """A child below the age of consent, and nobody who holds parental responsibility."""

    code = "guardian_missing"
    article = "8(1)"
    status = 409
    message = _("The person is too young to consent alone.")
    advice = _("Ask whoever holds parental responsibility, and record who it was and how you know.")


class ConsentInFutureError(GovernanceError):
    """Nobody has said yet what is dated later than now."""

    code = "consent_in_future"
    article = "7(1)"
    message = _("This consent is dated in the future.")
    advice = _("Record the moment at which the person said it.")
