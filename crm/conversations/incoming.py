"""What people say to us: heard without asking, whatever stands between us and them.

A message may be a request of Art. 15 to 22, and a person who restricted or objected may still
speak; so it is taken in under the duty to answer, and read and answered under a purpose of the
register. The same message is taken once, by a keyed hash of its id at its channel. An address
finds whose it may be and proves nothing: nothing but stopping follows from it (Art. 12(6)).
"""

import hmac
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import connection
from django.utils import timezone

from audit import log
from audit.actions import Action
from crm import operations as crm
from crm.channels.adapter import Arrival, Filed
from crm.channels.catalogue import adapter_for
from crm.conversations import desks, stops, threads
from crm.models import Conversation, Interaction
from governance.crypto import keystore
from governance.crypto.ids import uuid7
from governance.policy import threading
from governance.policy.actors import system
from governance.policy.vocabulary import Duty, SubjectKind
from registry import consent, one_person, search
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSource, QualifyingEvent

USE = "conversation"
PURPOSE = "duty:answering"
ENQUIRY = "enquiry"


def take_in(controller: UUID, arrival: Arrival, *, now: datetime) -> Filed:
    """Take one message in: with its person, in its conversation, at its desk.

    What says stop takes effect with it, and is confirmed in the same transaction.
    """
    row, key = uuid7(), _key(controller)
    origin = _hash(key, arrival, arrival.external_id) if arrival.external_id else None
    with gate.duty(system(controller), Duty.ANSWERING, reference=row, now=now) as access:
        _one_at_a_time(_hash(key, arrival, arrival.sender))
        if origin and (held := _held(access, origin)):
            return held
        subject, answered = _whose(access, arrival, key)
        conversation = _conversation(access, arrival, subject, answered, key)
        interaction = _interaction(access, arrival, conversation, pk=row, origin=origin)
        _qualify(access, arrival, interaction)
        said_back = "" if arrival.is_automatic else stops.heed(access, interaction, conversation)
        _record(access, interaction)
        return Filed(row, conversation.pk, subject, confirmation=said_back)


def join(access: Access, arrival: Arrival, subject: UUID, *, purpose: str) -> Filed:
    """Take one message in that came by a page of ours, in the access of whoever asked for it.

    Arguments
    ---------
    subject : the person, found or recorded by the page
    purpose : what a conversation that begins with it is for
    """
    row, key = uuid7(), _key(access.controller)
    conversation = _conversation(access, arrival, subject, None, key)
    if not conversation.first_answered_at:
        conversation.purpose = purpose
        conversation.save(update_fields=["purpose"])
    interaction = _interaction(access, arrival, conversation, pk=row, origin=None)
    _qualify(access, arrival, interaction)
    said_back = stops.heed(access, interaction, conversation)
    _record(access, interaction)
    return Filed(row, conversation.pk, subject, confirmation=said_back)


def _key(controller: UUID) -> bytes:
    return keystore.controller_key(controller, USE, create=True)


def _hash(key: bytes, arrival: Arrival, value: str) -> bytes:
    said = f"{arrival.channel}|{arrival.network}|{value.casefold()}"
    return hmac.digest(key, said.encode(), sha256)


def _one_at_a_time(sender: bytes) -> None:
    """Let two messages of one sender wait for each other: else both would be a new person."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [sender.hex()])


def _held(access: Access, origin: bytes) -> Filed | None:
    held = access.rows(Interaction).filter(origin_key=origin).first()
    if held is None or held.conversation_id is None:
        return None
    return Filed(held.pk, held.conversation_id, held.subject_id, is_new=False)


def _whose(access: Access, arrival: Arrival, key: bytes) -> tuple[UUID, UUID | None]:
    """Return the person a message is filed with, and the conversation of ours that it answers.

    An answer that somebody else sends, whom we know, is theirs.
    """
    said_by = _senders(access, arrival, key)
    answered = _answered(access, arrival)
    if answered and (not said_by or one_person.lead_of([answered.subject_id]) <= said_by):
        return answered.subject_id, answered.pk
    if len(said_by) > 1:  # an address that people share: whoever talks with us by it
        open_with = Conversation.objects.filter(subject__in=said_by).exclude(state="closed")
        said_by &= set(open_with.values_list("subject_id", flat=True))
    if len(said_by) == 1:
        return next(iter(said_by)), None
    return _new_person(access, arrival), None


def _senders(access: Access, arrival: Arrival, key: bytes) -> set[UUID]:
    lookup = adapter_for(arrival.channel, arrival.network).found_by
    if lookup is not None:
        held = search.holders(access.controller, [(lookup, arrival.sender)])
        return one_person.lead_of(held.get((lookup, arrival.sender), set()))
    # A name on a network, or of a session: known by the first conversation it began.
    began = Conversation.objects.filter(origin_key=_hash(key, arrival, arrival.sender))
    living = began.exclude(subject__status__in=search.GONE)
    return one_person.lead_of(set(living.values_list("subject_id", flat=True)))


def _answered(access: Access, arrival: Arrival) -> Conversation | None:
    ours = Conversation.objects.exclude(subject__status__in=search.GONE)
    for pk in arrival.answers:
        found = ours.filter(interactions=pk, interactions__direction="out").first()
        if found is not None:
            return found
    quotes = threading.quoted(arrival.topic, arrival.body)
    return ours.filter(controller=access.controller, reference__in=quotes).first()


def _new_person(access: Access, arrival: Arrival) -> UUID:
    """Record somebody who speaks to us for the first time, by name and address alone."""
    given, _space, family = arrival.name.partition(" ")
    names = {"given_name": given, "family_name": family}
    kind = adapter_for(arrival.channel, arrival.network).point_kind
    column = {"social": "handle", "post": "street"}.get(kind, kind)
    points = [{"kind": kind, column: arrival.sender}] if kind else []
    new = crm.NewContact({n: v for n, v in names.items() if v}, points, SubjectKind.PROSPECT)
    contact = crm.create_contact(access, new, source=_from_themselves(access.controller))
    subject: UUID = contact.subject_id
    return subject


def _from_themselves(controller: UUID) -> DataSource:
    own = DataSource.objects.filter(controller=controller, from_subject=True).order_by("pk").first()
    return own or DataSource.objects.create(
        controller_id=controller, name="Interessato", kind="person", from_subject=True
    )


def _conversation(
    access: Access, arrival: Arrival, subject: UUID, answered: UUID | None, key: bytes
) -> Conversation:
    quotes = threading.quoted(arrival.topic, arrival.body)
    found = threads.going_on(access, subject, answers=answered, quotes=quotes, at=arrival.at)
    if found is None:
        found = threads.begin(
            access, subject=subject, channel=arrival.channel, network=arrival.network,
            topic=arrival.topic, language=arrival.language, at=arrival.at,
            origin_key=_first_of(access, _hash(key, arrival, arrival.sender)),
        )  # fmt: skip
        desks.route(found)
    if not arrival.is_automatic:
        threads.turn_to_us(found, at=arrival.at)
    found.save()
    return found


def _first_of(access: Access, origin: bytes) -> bytes | None:
    is_held = access.rows(Conversation).filter(origin_key=origin).exists()
    return None if is_held else origin


def _interaction(
    access: Access, arrival: Arrival, conversation: Conversation, *, pk: UUID, origin: bytes | None
) -> Interaction:
    interaction = Interaction(
        id=pk, controller_id=access.controller, subject_id=conversation.subject_id,
        conversation=conversation, collected_at=access.now, origin_key=origin,
        channel=arrival.channel, network=arrival.network, kind=arrival.kind, direction="in",
        occurred_at=arrival.at, contacted_on=timezone.localdate(arrival.at), state="received",
        campaign=arrival.campaign, purpose=conversation.purpose,
    )  # fmt: skip
    for name, said in (("topic", arrival.topic), ("body", arrival.body)):
        if said:
            setattr(interaction, name, said)
    interaction.address = arrival.sender
    interaction.save()
    return interaction


def _qualify(access: Access, arrival: Arrival, interaction: Interaction) -> None:
    """Note that the person asked something of us, where nothing else lets us answer (6(1)(b))."""
    if arrival.is_automatic or stops.says_stop(interaction):
        return
    if not QualifyingEvent.objects.filter(subject=interaction.subject_id).exists():
        consent.qualify(
            access, subject=interaction.subject_id, kind=ENQUIRY, at=arrival.at,
            evidence=interaction.pk,
        )  # fmt: skip


def _record(access: Access, interaction: Interaction) -> None:
    event = log.Event(
        action=Action.MESSAGE_RECEIVED, purpose=PURPOSE, subjects=(interaction.subject_id,),
        object_type="message", object_id=interaction.pk, reason=interaction.channel,
    )  # fmt: skip
    log.record(access.actor, event, now=access.now)
