"""Who acts: a member of staff, a token of a connected system, the system itself, a person."""

from dataclasses import dataclass
from uuid import UUID

from governance.policy.vocabulary import Role


@dataclass(frozen=True)
class Actor:
    """One actor of one controller, as the gate and the audit log know it.

    Arguments
    ---------
    controller : id of the controller the actor works for
    kind : `staff`, `token`, `system` or `person`
    role : what the actor may be allowed
    subject : the actor's own data subject, where there is one (staff are subjects too)
    purposes : purposes a token is limited to; None means no limit beyond the role
    """

    controller: UUID
    kind: str
    role: Role
    subject: UUID | None = None
    staff: UUID | None = None
    purposes: frozenset[str] | None = None


def system(controller: UUID) -> Actor:
    """Return the actor for work that Custode does by itself: retention, rotation, workers."""
    return Actor(controller=controller, kind="system", role=Role.SYSTEM)
