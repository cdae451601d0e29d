"""Noting to whom data goes, in the access by which it goes (Art. 15(1)(c), 19).

Follows docs/spec/erasure.md, section 11. What an access could read counts as given: nothing
leaves uncounted because it was read in a way that left no trace.
"""

from enum import StrEnum, unique
from uuid import UUID

from governance.policy.categories import Category
from governance.policy.decisions import Refusal
from governance.policy.vocabulary import Operation
from registry.gate.access import Access
from registry.gate.errors import GateRefusedError
from registry.models import ActivityVersion, Disclosure

DISCLOSING = frozenset({Operation.SEND, Operation.EXPORT})


@unique
class To(StrEnum):
    """Who may get data without being a recipient of the register."""

    THE_PERSON = "the_person"  # a message to the person it is about
    OUR_STAFF = "our_staff"  # a list for use in the house


Recipient = UUID | To | None


def require(recipient: Recipient, *, operation: Operation, version: UUID) -> None:
    """Refuse what goes out without saying to whom, or to whom the activity does not name.

    Raises
    ------
    GateRefusedError
    ValueError
        nothing goes out by this operation: a programming error
    """
    if operation not in DISCLOSING:
        if recipient is not None:
            msg = f"{operation} gives data to nobody"
            raise ValueError(msg)
        return
    if recipient is None:
        raise GateRefusedError(Refusal.RECIPIENT_MISSING)
    if isinstance(recipient, To):
        return
    if not ActivityVersion.objects.filter(pk=version, recipients=recipient).exists():
        raise GateRefusedError(Refusal.RECIPIENT_NOT_DECLARED)


def note(access: Access, recipient: Recipient, *, activity: str) -> None:
    """Write one disclosure for each member of an access, all in one statement.

    Raises
    ------
    SubjectErasingError
        somebody is being erased: nothing more is given away of them
    """
    if recipient is None or isinstance(recipient, To):
        return
    categories = sorted(access.categories)
    if access.names_outside:
        access.widen(Category.CUSTOMER_NUMBER)
    rows = []
    for subject in sorted(access.members):
        row = Disclosure(
            controller_id=access.controller,
            subject_id=subject,
            recipient_id=recipient,
            activity=activity,
            categories=categories,
            at=access.now,
            collected_at=access.now,
        )
        if subject in access.names_outside:
            row.external_id = access.names_outside[subject]
        rows.append(row)
    Disclosure.objects.bulk_create(rows, batch_size=2000)
