"""Why the log takes no entry: with it, nothing is shown and nothing is changed."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class LogUnavailableError(GovernanceError):
    """The log takes no entries just now; without an entry nothing may happen (Art. 5(2))."""

    code = "audit_log_unavailable"
    article = "5(2)"
    status = 503
    retryable = True
    message = _("The audit log can not record this just now, so it was not done.")
    advice = _("Try again in a minute. If it stays so, tell the administrator.")


class LogBehindError(LogUnavailableError):
    """Entries wait for their place in the tree for longer than the limit."""

    code = "audit_log_behind"
    advice = _(
        "Try again in a minute. If it stays so, tell the administrator that the sequencer of the "
        "audit log does not run."
    )


class GateLockedError(LogUnavailableError):
    """The database was restored, or the server started: nobody vouched for it yet."""

    code = "gate_locked"
    article = "17(1)"
    message = _("The database is locked: it may have been restored, and erased people with it.")
    advice = _(
        "After a start of the server it opens within seconds. After a restore the administrator "
        "runs reconcile_restore, which repeats the erasures made since the backup."
    )


class LogHaltedError(LogUnavailableError):
    """The signer found that the log was rolled back or rewritten."""

    code = "audit_log_halted"
    retryable = False
    message = _("The audit log is halted: it does not continue what was signed.")
    advice = _(
        "Tell the data protection officer and the administrator at once. Nothing is lost: the "
        "log is restored from its export, then work goes on."
    )
