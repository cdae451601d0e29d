"""When the recovery kit of the root key was proven last, as the log says.

Follows docs/spec/field-encryption.md, section 10. To make a kit proves it as to try it does: the
key it gives opened the keystore. Whoever never tries it learns too late that a sheet is lost.
"""

from datetime import datetime, timedelta

from audit.actions import Action, Outcome
from governance.rows import rows

OVERDUE = timedelta(days=365)
PROVEN = "SELECT max(at) FROM audit.entry WHERE action = ANY(%s) AND outcome = %s"


def proven_at(*, using: str = "default") -> datetime | None:
    """Return when a kit was made or tried with success, or None where never."""
    actions = [str(Action.KIT_MADE), str(Action.KIT_DRILLED)]
    at: datetime | None = rows(PROVEN, [actions, str(Outcome.DONE)], using=using)[0][0]
    return at
