"""Noting to whom data goes, and which messages, in the access by which they go (Art. 15(1)(c), 19).

Follows docs/spec/erasure.md, section 11. What an access could read counts as given: nothing
leaves uncounted because it was read in a way that left no trace.
"""

from datetime import date
from enum import StrEnum, unique
from uuid import UUID

from django.db import connection

from governance.crypto.ids import uuid7
from governance.policy.categories import Category
from governance.policy.decisions import Refusal
from governance.policy.register import PartyRole
from governance.policy.vocabulary import Channel, Operation, RecordClass, scope_of
from registry.gate.access import Access
from registry.gate.errors import GateRefusedError
from registry.models import DataSubject, Disclosure
from registry.models import Recipient as RegisteredRecipient

DISCLOSING = frozenset({Operation.SEND, Operation.EXPORT})
BY_AGREEMENT = frozenset({PartyRole.PROCESSOR, PartyRole.SUB_PROCESSOR})  # Art. 28(3), (4)


@unique
class To(StrEnum):
    """Who may get data without being a recipient of the register."""

    THE_PERSON = "the_person"  # a message to the person it is about
    OUR_STAFF = "our_staff"  # a list for use in the house


Recipient = UUID | To | None


def require(recipient: Recipient, *, operation: Operation, version: UUID, today: date) -> None:
    """Refuse what goes out without saying to whom, or to whom it may not go.

    Raises
    ------
    GateRefusedError
        nobody is named, the activity does not name them, or the agreement with them has ended
    ValueError
        nothing goes out by this operation: a programming error
    """
    if operation not in DISCLOSING:
        if recipient is not None:
            msg = f"{operation} gives data to nobody"
            raise ValueError(msg)
        return
    if refusal := refusal_of(recipient, version=version, today=today):
        raise GateRefusedError(refusal)


def refusal_of(recipient: Recipient, *, version: UUID, today: date) -> Refusal | None:
    """Return why nothing may go to a recipient under a version of an activity, or None."""
    if recipient is None:
        return Refusal.RECIPIENT_MISSING
    if isinstance(recipient, To):
        return None
    named = RegisteredRecipient.objects.filter(pk=recipient, activityversion=version)
    found = named.select_related("sub_processor_of").first()
    if found is None:
        return Refusal.RECIPIENT_NOT_DECLARED
    by_agreement = [one for one in (found, found.sub_processor_of) if one is not None]
    has_ended = any(
        one.role in BY_AGREEMENT and one.agreement_until is not None and one.agreement_until < today
        for one in by_agreement
    )
    return Refusal.AGREEMENT_ENDED if has_ended else None


def leaves_the_house(operation: Operation, recipient: Recipient) -> bool:
    """Whether a message leaves: to the person, or by a recipient of the register."""
    if operation is Operation.SEND:
        return recipient is not To.OUR_STAFF
    return isinstance(recipient, UUID)


def note_communication(access: Access, *, today: date) -> None:
    """Let the notice of Art. 14 be due with the first message (Art. 14(3)(b))."""
    owed = DataSubject.objects.filter(pk__in=list(access.members), notice_due_on__gt=today)
    owed.update(notice_due_on=today)


def note_message(access: Access, *, purpose: UUID, channel: Channel) -> None:
    """Note one marketing message to each member of an access, all in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_sending (id, controller_id, subject_id, scope, collected_at,"
            " sealed, purpose_id, channel, at)"
            " SELECT t.id, %s, t.subject_id, %s, %s, '', %s, %s, %s"
            " FROM unnest(%s::uuid[], %s::uuid[]) AS t(id, subject_id)",
            [
                access.controller, scope_of(RecordClass.CORRESPONDENCE), access.now, purpose,
                channel, access.now, [uuid7() for _ in access.members], sorted(access.members),
            ],
        )  # fmt: skip


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
