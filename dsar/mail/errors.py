"""What can be wrong with a mail, and the way on."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class MailNotFoundError(GovernanceError):
    """There is no such mail, or it is a request already."""

    code = "mail_not_found"
    status = 404
    message = _("This e-mail is not here, or has become a request already.")
    advice = _("Look for it in the list of e-mails or of requests.")


class MailStateError(GovernanceError):
    """A mail was decided already."""

    code = "mail_state"
    status = 409
    message = _("This e-mail was found to be no request.")
    advice = _("Take that back first, on its page.")


class DeclineReasonError(GovernanceError):
    """A mail is no request for a reason, which was not given."""

    code = "decline_reason_missing"
    article = "12(2)"
    message = _("An e-mail is set aside for a reason.")
    advice = _("Choose what it is, if it is no request about personal data.")


class MailboxError(GovernanceError):
    """The mailbox could not be read."""

    code = "mailbox_not_read"
    status = 503
    retryable = True
    message = _("The mailbox could not be read.")
    advice = _("Check address, user and password of the mailbox; nothing in it was changed.")
