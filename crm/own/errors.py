"""Why something is not kept that a person says on the page of their own."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class NotAskedError(GovernanceError):
    """Something that nobody asked for, or that says no day."""

    code = "not_asked"
    article = "5(1)(b)"
    message = _("This is not kept: you did not agree to what it is for, or the day is none.")
    advice = _("Choose on the page of what you agree to, or correct the day, and send it again.")
