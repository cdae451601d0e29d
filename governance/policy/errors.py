"""Errors that a person can act on: each has a code, the article, and what to do now."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class GovernanceError(Exception):
    """The root of every refusal and every piece of bad input that Custode reports.

    Attributes
    ----------
    code : stable machine word, printed by the API
    article : article of the Regulation, or "" where none applies
    retryable : whether the same call may succeed later without a change
    status : HTTP status under which the API reports it
    message, advice : what happened and what to do now, translatable, without personal data
    """

    code = "governance_error"
    article = ""
    retryable = False
    status = 400
    message: Text = _("The operation was refused.")
    advice: Text = ""

    def __init__(
        self, *, message: Text | None = None, advice: Text | None = None, **details: object
    ) -> None:
        self.details = details
        if message is not None:
            self.message = message
        if advice is not None:
            self.advice = advice
        super().__init__(self.code)

    def __str__(self) -> str:
        return f"{self.code}: {self.message} {self.advice}".strip()
