"""Errors of the embedded servers.

They are raised before Django's settings, and so its translations, exist: their texts are
plain English, for the person at the terminal.
"""

from governance.policy.errors import GovernanceError


class EmbeddedError(GovernanceError):
    """An embedded server could not be prepared, started or reached."""

    code = "embedded_failed"
    status = 500

    def __init__(self, message: str, advice: str = "", *, log: tuple[str, ...] = ()) -> None:
        super().__init__(message=message, advice=advice)
        self.log = log

    def __str__(self) -> str:
        return "\n".join([f"{self.message} {self.advice}".strip(), *self.log])


class AlreadyRunningError(EmbeddedError):
    """Another supervisor holds this state folder."""

    code = "already_running"
    status = 409
