"""Choosing a wording for one person, in an open access: their language, and what they declared.

What was inferred about them counts only where the register's activity for profiling, which the
caller names by its purpose, holds for this person; else the same goes to everybody, and says why.
"""

from collections.abc import Sequence
from uuid import UUID

from crm.models import Contact
from governance.policy import wording
from governance.policy.decisions import Refusal
from governance.policy.vocabulary import Operation
from governance.policy.wording import Chosen, Wording
from registry import activities
from registry.gate import deciding, opening
from registry.gate.access import Access

USUAL = "it"


def choose(
    access: Access,
    subject: UUID,
    wordings: Sequence[Wording],
    *,
    inferred: Sequence[str] = (),
    profiling: str = "",
) -> Chosen:
    """Return the wording for a person, and by what it was chosen.

    Arguments
    ---------
    inferred : interests that were concluded about them, the strongest first
    profiling : purpose of the register under which they were; "" where none is named
    """
    contact = access.rows(Contact).filter(subject=subject).first()
    values = access.values(contact) if contact else {}
    spoken = str(values.get("language") or "")[:2].lower()
    declared = [w.strip() for w in str(values.get("interests") or "").split(",") if w.strip()]
    return wording.choose(
        wordings,
        language=spoken,
        usual=USUAL,
        declared=declared,
        inferred=inferred,
        profiling=may_profile(access, subject, profiling) if inferred else None,
    )


def may_profile(access: Access, subject: UUID, purpose: str) -> Refusal | None:
    """Return why the register does not let this person be profiled, or None."""
    in_force = activities.in_force(access.controller, purpose, at=access.now) if purpose else None
    if in_force is None:
        return Refusal.NO_ACTIVE_ACTIVITY
    request = opening.request_of(
        access.actor, purpose, Operation.READ, in_force, now=access.now
    )  # the role was asked when the access was opened, for the message itself
    question = opening.question_of(in_force, request, now=access.now)
    return deciding.refusal_of(deciding.about(subject, question), question)
