"""Messages to a person: asked of the gate first, then written, then carried out by a worker.

`write` opens the gate for the purpose and the channel; only then is anything composed, stored and
made ready to go, in the transaction of that access. A refusal says what may be done instead. The
stored interaction keeps what the decision was made by, and is its own entry of the outbox
(`crm.conversations.delivery`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from crm.channels.catalogue import adapter_for
from crm.conversations import threads
from crm.conversations.errors import (
    AddressMissingError,
    ConversationNotFoundError,
    WordsMissingError,
)
from crm.models import ContactPoint, Conversation, Interaction
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, Operation
from registry import activities
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.disclosing import To

KINDS = {Channel.PHONE: "call", Channel.POST: "letter", Channel.IN_PERSON: "visit"}
NO_ADDRESS = frozenset({Channel.CHAT, Channel.IN_PERSON})
COLUMNS = {"email": ("email",), "phone": ("phone",), "social": ("handle",),
           "post": ("street", "postal_code", "city", "region", "country")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be said, and how.

    Attributes
    ----------
    address : where it goes; "" for where the person last wrote from, or their main address
    offers_opt_out : the words let the person refuse further ones (art. 130(4) Codice)
    expects_answer : somebody waits for one; else a conversation that begins with it is closed at
        once, and an answer opens it
    """

    channel: Channel
    body: str = field(repr=False)
    topic: str = field(default="", repr=False)
    network: str = ""
    address: str = field(default="", repr=False)
    campaign: str = ""
    offers_opt_out: bool = False
    expects_answer: bool = True


def write(
    actor: Actor,
    subject: UUID,
    letter: Letter,
    *,
    purpose: str,
    conversation: UUID | None = None,
    now: datetime,
) -> Interaction:
    """Write one message to a person, to go out once this is committed.

    Arguments
    ---------
    conversation : the one it goes on with; None begins one

    Raises
    ------
    GateRefusedError
        with the lawful way on; nothing was written
    WordsMissingError, ConversationNotFoundError, AddressMissingError
    """
    with asked(actor, subject, letter, purpose=purpose, now=now) as access:
        return compose(access, subject, letter, purpose=purpose, conversation=conversation)


@contextmanager
def asked(
    actor: Actor, subject: UUID, letter: Letter, *, purpose: str, now: datetime
) -> Iterator[Access]:
    """Ask the gate whether a message may go to a person; what follows is written in its access.

    Raises
    ------
    GateRefusedError
    """
    with gate.open(
        actor, purpose, Operation.SEND, subjects=subject, channel=_channel(letter),
        recipient=To.THE_PERSON, offers_opt_out=letter.offers_opt_out, now=now,
    ) as access:  # fmt: skip
        yield access


def compose(
    access: Access,
    subject: UUID,
    letter: Letter,
    *,
    purpose: str,
    conversation: UUID | None = None,
) -> Interaction:
    """Write one message in the access by which the gate allowed it; see `write`."""
    if not letter.body.strip():
        raise WordsMissingError
    letter = replace(letter, channel=_channel(letter))
    # The message itself is kept among what was said, whatever the purpose may read of that.
    access.widen(Category.COMMUNICATIONS)
    thread = _thread(access, subject, letter, conversation=conversation, purpose=purpose)
    return _message(access, thread, letter, purpose=purpose)


def can_reach(access: Access, subject: UUID, channel: Channel) -> bool:
    """Whether an address of the person is held for a channel."""
    return channel in NO_ADDRESS or bool(address_of(access, subject, channel))


def _channel(letter: Letter) -> Channel:
    return Channel.EMAIL if letter.channel is Channel.WEB else letter.channel  # no page is sent to


def _thread(
    access: Access,
    subject: UUID,
    letter: Letter,
    *,
    conversation: UUID | None,
    purpose: str,
) -> Conversation:
    if conversation is None:
        thread = threads.begin(
            access, subject=subject, channel=letter.channel, network=letter.network,
            topic=letter.topic, purpose=purpose, at=access.now,
        )  # fmt: skip
        thread.assignee_id = access.actor.staff
    else:
        rows = access.rows(Conversation).select_for_update(of=("self",))
        found = rows.filter(pk=conversation).first()
        if found is None:
            raise ConversationNotFoundError
        thread = found
    threads.turn_to_them(thread, at=access.now)
    if conversation is None and not letter.expects_answer:
        threads.end(thread, at=access.now)
    thread.save()
    return thread


def _message(access: Access, thread: Conversation, letter: Letter, *, purpose: str) -> Interaction:
    channel = letter.channel
    adapter = adapter_for(channel, letter.network)
    in_force = activities.in_force(access.controller, purpose, at=access.now)
    message = Interaction(
        controller_id=access.controller, subject_id=thread.subject_id, conversation=thread,
        collected_at=access.now, kind=KINDS.get(channel, "message"), channel=channel,
        network=letter.network, direction="out", occurred_at=access.now, purpose=purpose,
        activity=in_force.terms.reference if in_force else "",
        basis=in_force.terms.basis if in_force else "", campaign=letter.campaign,
        handled_by_id=access.actor.staff, state="waiting" if adapter.is_machine else "by_hand",
        not_before=access.now if adapter.is_machine else None,
    )  # fmt: skip
    address = letter.address or _address(access, thread, letter)
    if not address and channel not in NO_ADDRESS:
        raise AddressMissingError
    if address:
        message.address = address
    message.topic = topic_of(letter.topic or thread.topic or "", thread.reference, channel)
    message.body = letter.body.strip()
    message.save()
    return message


def topic_of(topic: str, reference: str, channel: Channel) -> str:
    """Return a subject line in one line; that of an e-mail says which conversation it is of."""
    line = " ".join(topic.split())[:250]
    mark = f"[#{reference}]"
    return line if channel is not Channel.EMAIL or mark in line else f"{line} {mark}".strip()


def _address(access: Access, thread: Conversation, letter: Letter) -> str:
    """Return where the person last wrote from on this channel, or their main address for it."""
    channel = letter.channel
    alike = (Channel.EMAIL, Channel.WEB) if channel is Channel.EMAIL else (channel,)
    said = access.rows(Interaction).filter(
        conversation=thread, direction="in", channel__in=alike, network=letter.network
    )
    last = said.order_by("-occurred_at", "-pk").first()
    if last is not None and last.address:
        return last.address
    return address_of(access, thread.subject_id, letter.channel, letter.network)


def address_of(access: Access, subject: UUID, channel: Channel, network: str = "") -> str:
    """Return the main address that is held of a person for a channel, or ""."""
    kind = adapter_for(channel, network).point_kind
    points = access.rows(ContactPoint).filter(kind=kind, subject=subject)
    if Category.BEHAVIOUR in access.categories:
        points = points.filter(bounced_at__isnull=True)
    point = points.order_by("-is_primary", "-collected_at", "-pk").first() if kind else None
    if point is None:
        return ""
    return ", ".join(str(said) for name in COLUMNS[kind] if (said := getattr(point, name)))
