"""The log of calls: which script, how it ended, how long it took.

A call that comes in is heard like any message (`incoming`). Before one goes out, the gate is asked
for its purpose and the phone: for marketing the register of oppositions, the hours and how often
are among its questions, and what it refuses is not dialled. Who asks not to be called again has
said STOP. Recording is another purpose, with a consent of its own, and not done without it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from crm import operations as crm
from crm.channels.adapter import Arrival
from crm.conversations import incoming, outgoing, stops
from crm.conversations.errors import MessageNotFoundError, MessageStateError, MessageTimeError
from crm.conversations.outgoing import Letter
from crm.models import Call, CallScript, Interaction
from governance.policy.actors import Actor
from governance.policy.vocabulary import Channel
from registry.gate.access import Access

DO_NOT_CALL = "do_not_call"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call went.

    Attributes
    ----------
    script : id of the words it was held by; None for none
    words : what was said, for the record
    """

    disposition: str
    seconds: int = 0
    script: UUID | None = None
    words: str = field(default="", repr=False)


def dial(
    actor: Actor,
    subject: UUID,
    *,
    purpose: str,
    reason: str,
    conversation: UUID | None = None,
    campaign: str = "",
    now: datetime,
) -> Interaction:
    """Prepare a call to a person: asked of the gate, then shown to who makes it.

    Raises
    ------
    GateRefusedError
        among others `opposition_registered` and `outside_hours`, with the way on
    AddressMissingError, WordsMissingError, ConversationNotFoundError
    """
    letter = Letter(Channel.PHONE, reason, campaign=campaign, offers_opt_out=True)
    return outgoing.write(
        actor, subject, letter, purpose=purpose, conversation=conversation, now=now
    )


def heard(access: Access, subject: UUID, *, purpose: str, reason: str) -> UUID:
    """Note that a person is calling, in the access for them, and return the interaction."""
    arrival = Arrival(
        channel=Channel.PHONE, network="", sender="", topic=reason, body=reason, at=access.now,
        kind="call",
    )  # fmt: skip
    return incoming.join(access, arrival, subject, purpose=purpose).interaction


def record(
    access: Access,
    subject: UUID,
    outcome: Outcome,
    *,
    at: datetime,
    direction: str,
    purpose: str,
    topic: str = "",
) -> Call:
    """Record a call that took place elsewhere, in or out, with how it went.

    Raises
    ------
    MessageNotFoundError, MessageTimeError
    """
    interaction = crm.record_interaction(
        access, subject=subject, channel=Channel.PHONE, direction=direction, occurred_at=at,
        topic=topic, body=outcome.words, purpose=purpose, kind="call",
    )  # fmt: skip
    return log_call(access, interaction.pk, outcome, at=at)


def log_call(access: Access, interaction: UUID, outcome: Outcome, *, at: datetime) -> Call:
    """Log how a call went; a person who asks not to be called again is heeded at once.

    Raises
    ------
    MessageNotFoundError, MessageStateError, MessageTimeError
    """
    rows = access.rows(Interaction).select_for_update(of=("self",))
    row = rows.filter(pk=interaction, channel=Channel.PHONE).first()
    if row is None:
        raise MessageNotFoundError
    if at > access.now:
        raise MessageTimeError
    if Call.objects.filter(interaction=row).exists():
        raise MessageStateError(state="logged")
    if row.direction == "out":
        row.state, row.sent_at, row.not_before = "handed", at, None
    row.kind = "call"
    if outcome.words.strip():
        row.body = outcome.words.strip()
    row.save()
    call = Call(
        controller_id=access.controller, subject_id=row.subject_id, interaction=row,
        collected_at=access.now, script=_script(access, outcome.script),
        disposition=outcome.disposition, called_at=at, seconds=outcome.seconds,
    )  # fmt: skip
    call.save()
    if outcome.disposition == DO_NOT_CALL:
        stops.stop(access, row.subject_id, Channel.PHONE, at=at)
    return call


def _script(access: Access, script: UUID | None) -> CallScript | None:
    if script is None:
        return None
    found = CallScript.objects.filter(controller=access.controller, pk=script).first()
    if found is None:
        raise MessageNotFoundError
    return found
