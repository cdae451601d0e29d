"""Why a form is not put on a page, and why nothing is taken from it."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class FormInvalidError(GovernanceError):
    """A form asks what has no purpose, or a box asks for no consent; `details` says where."""

    code = "form_invalid"
    article = "5(1)(b)"
    message = _("This form asks for something that has no purpose.")
    advice = _(
        "Ask for an address and for what the activity uses, and let each box ask for one consent"
        " of the register."
    )


class FormNotFoundError(GovernanceError):
    """There is no open form at this address."""

    code = "form_not_found"
    status = 404
    message = _("There is no form at this address.")
    advice = _("It may have been closed. Write to the company by the contacts on its page.")
