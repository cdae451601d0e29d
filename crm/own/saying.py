"""What a person says on the page of their own: a new case, or an answer.

It goes the way of every message: into a conversation, to the desk that answers the web, by the
purpose of that desk, which the gate decides on. What is sent twice within minutes is kept once.
"""

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from uuid import UUID

from crm.channels.adapter import Arrival
from crm.conversations import desks, incoming, outgoing
from crm.conversations.errors import ConversationNotFoundError, WordsMissingError
from crm.models import Case, Conversation, Interaction
from crm.service import operations
from crm.service.errors import CaseNotFoundError
from crm.service.operations import NewCase
from governance.policy.actors import system
from governance.policy.cases import CaseState
from governance.policy.vocabulary import Channel, Operation
from registry.gate import opening as gate
from registry.gate.access import Access

ONCE = timedelta(minutes=10)


def ask(controller: UUID, subject: UUID, new: NewCase, *, now: datetime) -> int:
    """Open a case for the person themselves, with a conversation; return its number.

    Raises
    ------
    GateRefusedError
        the purpose does not reach them now
    CaseLinkError
        the order is not theirs
    """
    purpose = desks.of(controller, Channel.WEB, now=now).purpose
    with gate.open(
        system(controller), purpose, Operation.CREATE, subjects=subject, now=now
    ) as access:
        lately = access.rows(Case).filter(subject=subject, opened_at__gt=now - ONCE)
        for held in lately:
            if (held.topic, held.description) == (new.topic, new.description):
                return held.number
        case = operations.open_case(access, new, subject=subject, purpose=purpose)
        heard = f"{new.topic}\n\n{new.description}".strip()
        case.conversation_id = _heard(access, subject, new.topic, heard, purpose=purpose)
        case.save(update_fields=["conversation"])
        number: int = case.number
    return number


def answer_case(controller: UUID, subject: UUID, case: UUID, words: str, *, now: datetime) -> None:
    """Add to a case; one that waited for the person goes on.

    Raises
    ------
    GateRefusedError, WordsMissingError
    CaseNotFoundError
        it is not theirs
    """
    purpose = desks.of(controller, Channel.WEB, now=now).purpose
    with _opened(controller, subject, words, purpose=purpose, now=now) as access:
        found = access.rows(Case).filter(pk=case, subject=subject).first()
        if found is None:
            raise CaseNotFoundError
        rows = access.rows(Conversation).filter(subject=subject)
        # A conversation ends by a clock of its own, and may be gone.
        thread = rows.filter(pk=found.conversation_id or found.pk).first()
        topic = _quoting(found.topic or "", thread)
        conversation = _heard(access, subject, topic, words.strip(), purpose=purpose)
        if found.conversation_id != conversation:
            found.conversation_id = conversation
            found.save(update_fields=["conversation"])
        if found.state == CaseState.WAITING:
            operations.resume(access, case)


def answer(
    controller: UUID, subject: UUID, conversation: UUID, words: str, *, now: datetime
) -> None:
    """Go on with a conversation.

    Raises
    ------
    GateRefusedError, WordsMissingError
    ConversationNotFoundError
        it is not theirs
    """
    purpose = desks.of(controller, Channel.WEB, now=now).purpose
    with _opened(controller, subject, words, purpose=purpose, now=now) as access:
        found = access.rows(Conversation).filter(pk=conversation, subject=subject).first()
        if found is None:
            raise ConversationNotFoundError
        topic = _quoting(found.topic or "", found)
        _heard(access, subject, topic, words.strip(), purpose=purpose)


def _opened(
    controller: UUID, subject: UUID, words: str, *, purpose: str, now: datetime
) -> AbstractContextManager[Access]:
    if not words.strip():
        raise WordsMissingError
    return gate.open(system(controller), purpose, Operation.UPDATE, subjects=subject, now=now)


def _quoting(topic: str, thread: Conversation | None) -> str:
    return f"{topic} [#{thread.reference}]".strip() if thread else topic


def _heard(access: Access, subject: UUID, topic: str, words: str, *, purpose: str) -> UUID:
    """File what the person said, unless they said it minutes ago; return the conversation."""
    lately = access.rows(Interaction).filter(
        subject=subject, direction="in", channel=Channel.WEB, occurred_at__gt=access.now - ONCE,
        conversation__isnull=False,
    )  # fmt: skip
    held = next((one for one in lately if one.body == words), None)
    if held is not None and held.conversation_id is not None:
        return held.conversation_id
    heard = Arrival(
        channel=Channel.WEB, network="", topic=topic, body=words, at=access.now,
        sender=outgoing.address_of(access, subject, Channel.EMAIL),
    )  # fmt: skip
    filed: UUID = incoming.join(access, heard, subject, purpose=purpose).conversation
    return filed
