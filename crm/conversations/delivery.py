"""Carrying messages out: taken under a lease, sent between two transactions, settled.

A worker that dies in between leaves the lease, after which the same message goes again under the
same Message-ID: sent at least once, in effect once. An overtaken worker notes nothing. What the
gate allowed when it was written is asked again for marketing when it goes: who has said STOP
meanwhile is not written to. What no machine carries waits for a person, who says that it is done.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from audit import log
from audit.actions import Action, Outcome
from crm.channels.adapter import BY_HAND, Outgoing
from crm.channels.catalogue import adapter_for
from crm.conversations import own_links
from crm.conversations.errors import MessageNotFoundError, MessageStateError, MessageTimeError
from crm.models import Interaction
from governance.crypto.errors import KeyDestroyedError
from governance.policy.actors import system
from governance.policy.vocabulary import Channel, Duty, Operation
from registry import activities
from registry.gate import deciding
from registry.gate import opening as gate
from registry.gate.access import Access

PURPOSE = "duty:answering"
LEASE = timedelta(minutes=5)
DELAYS = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360))  # then a person takes over
LATER = timedelta(hours=1)
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Taken:
    """A message on its way; `attempt` is the fence."""

    message: Outgoing
    attempt: int


def deliver(controller: UUID, *, now: datetime, has_server: bool = True) -> int:
    """Make one attempt with every message that is due; return how many went.

    Arguments
    ---------
    has_server : whether the installation sends mail; else a person has to send them all
    """
    went = 0
    for message_id in due(controller, now=now):
        taken = take(message_id, controller=controller, now=now)
        if taken is not None:
            row = taken.message.interaction
            adapter = adapter_for(row.channel, row.network)
            reason = adapter.deliver(taken.message) if has_server else "no_mail_server"
            went += settle(taken, reason, controller=controller, now=now) == "sent"
    return went


def due(controller: UUID, *, now: datetime) -> list[UUID]:
    """Return the ids of messages whose next attempt has come, the longest due first."""
    with gate.duty(system(controller), Duty.ANSWERING, reference=controller, now=now):
        rows = Interaction.objects.filter(state="waiting", not_before__lte=now)
        return list(rows.order_by("not_before").values_list("pk", flat=True)[:AT_ONCE])


def take(message_id: UUID, *, controller: UUID, now: datetime) -> Taken | None:
    """Take a message that is due for as long as the lease is; None where it is not to go now."""
    with gate.duty(system(controller), Duty.ANSWERING, reference=message_id, now=now) as access:
        rows = access.rows(Interaction).select_for_update(skip_locked=True, of=("self",))
        row = rows.filter(pk=message_id, state="waiting", not_before__lte=now).first()
        if row is None or not _may_still_go(access, row):
            return None
        row.attempts += 1
        row.not_before = now + LEASE
        row.save(update_fields=["attempts", "not_before"])
        try:
            body = own_links.fill(access, row.subject_id, row.body or "")
            if body is None:
                _give_up(access, row, "link_ended")
                return None
            said = Outgoing(row, row.address or "", row.topic or "", body)
        except KeyDestroyedError:  # the person was erased meanwhile
            _give_up(access, row, "key_destroyed")
            return None
        return Taken(said, row.attempts)


def _may_still_go(access: Access, row: Interaction) -> bool:
    """Ask again, for marketing, what the gate was asked; what is refused now never goes."""
    in_force = activities.in_force(access.controller, row.purpose, at=access.now)
    if in_force is None or not in_force.terms.is_marketing:
        return True
    request = gate.request_of(
        access.actor, row.purpose, Operation.SEND, in_force, now=access.now,
        channel=Channel(row.channel), offers_opt_out=True,
    )  # fmt: skip
    question = gate.question_of(in_force, request, now=access.now)
    rules = question.rules
    if rules and rules.hours and request.local and not rules.hours.allow(
        request.local, is_holiday=request.is_holiday
    ):  # fmt: skip
        row.not_before = access.now + LATER
        row.save(update_fields=["not_before"])
        return False
    if rules:  # it was counted among the messages of its period when it was written
        question = replace(question, rules=replace(rules, frequency=None))
    if refusal := deciding.refusal_of(deciding.about(row.subject_id, question), question):
        _give_up(access, row, refusal)
        return False
    return True


def settle(taken: Taken, reason: str, *, controller: UUID, now: datetime) -> str:
    """Note what came of an attempt and return the state; an overtaken worker notes nothing.

    Arguments
    ---------
    reason : why it did not go; "" where it did
    """
    message_id = taken.message.interaction.pk
    with gate.duty(system(controller), Duty.ANSWERING, reference=message_id, now=now) as access:
        row = _locked(access, message_id)
        if row.state != "waiting" or row.attempts != taken.attempt:
            return ""
        if not reason:
            _gone(access, row, "sent", at=now)
        elif reason == BY_HAND:
            row.state, row.not_before = "by_hand", None
            row.save(update_fields=["state", "not_before"])
        elif reason == "no_mail_server" or row.attempts > len(DELAYS):
            _give_up(access, row, reason)
        else:
            row.not_before = now + DELAYS[row.attempts - 1]
            row.save(update_fields=["not_before"])
        return row.state


def hand_over(access: Access, message_id: UUID, *, at: datetime) -> None:
    """Note that a person sent, posted or said a message that no machine carries.

    Raises
    ------
    MessageNotFoundError, MessageStateError
    MessageTimeError
        nothing is done before it was written, or later than now
    """
    row = _locked(access, message_id)
    if row.state not in {"by_hand", "failed"}:
        raise MessageStateError(state=row.state)
    if not row.occurred_at <= at <= access.now:
        raise MessageTimeError
    _gone(access, row, "handed", at=at)


def _gone(access: Access, row: Interaction, state: str, *, at: datetime) -> None:
    row.state, row.sent_at, row.not_before = state, at, None
    row.save(update_fields=["state", "sent_at", "not_before"])
    _record(access, Action.MESSAGE_SENT if state == "sent" else Action.MESSAGE_HANDED, row)


def _give_up(access: Access, row: Interaction, reason: str) -> None:
    row.state, row.not_before = "failed", None
    row.save(update_fields=["state", "not_before"])
    _record(access, Action.MESSAGE_NOT_SENT, row, reason=reason)


def _locked(access: Access, message_id: UUID) -> Interaction:
    rows = access.rows(Interaction).select_for_update(of=("self",))
    row = rows.filter(pk=message_id).first()
    if row is None:
        raise MessageNotFoundError
    return row


def _record(access: Access, action: Action, row: Interaction, *, reason: str = "") -> None:
    event = log.Event(
        action=action, purpose=PURPOSE, subjects=(row.subject_id,),
        outcome=Outcome.FAILED if reason else Outcome.DONE, object_type="message",
        object_id=row.pk, reason=reason or row.channel,
        counts={"attempt": row.attempts} if row.attempts else {},
    )  # fmt: skip
    log.record(access.actor, event, now=access.now)
