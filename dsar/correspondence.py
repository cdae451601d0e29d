"""Letters to and from a person about a request: written with what they tell, then sent.

`post` writes a letter in the transaction of the act that it tells of, so that neither is without
the other. `deliver` takes and settles it in transactions of their own and sends between them.
Whoever dies in between leaves a lease, after which the same letter goes again under the same
Message-ID: sent at least once, in effect once. What no machine could send is a task for a person,
who prints it and says that it was posted.

Sent means that our mail server took it. A bounce comes later, as mail, and is read by people.
"""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email

from audit import log
from audit.actions import Action, Outcome
from dsar.errors import LetterNotFoundError, LetterStateError, LetterTimeError
from dsar.models import Correspondence, SubjectRequest
from governance.crypto.errors import KeyDestroyedError
from governance.crypto.ids import uuid7
from governance.policy.actors import Actor, system
from governance.policy.vocabulary import Channel, Duty
from registry.gate import opening as gate
from registry.gate.access import Access

PURPOSE = "duty:answering"
LEASE = timedelta(minutes=5)
DELAYS = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360))  # then a person takes over
AT_ONCE = 100

Effect = Callable[[Access, SubjectRequest, Correspondence], None]
WHEN_SENT: dict[str, Effect] = {}
"""What takes effect by a kind of letter, in the transaction that notes that it went.

An effect that can no longer be had is noted by its function and not raised: the letter has left.
"""


@dataclass(frozen=True)
class Taken:
    """A letter on its way; `attempt` is the fence."""

    id: UUID
    attempt: int
    address: str = field(repr=False)
    subject_line: str = field(repr=False)
    body: str = field(repr=False)


# Writing


def post(
    access: Access,
    request: SubjectRequest,
    *,
    kind: str,
    subject_line: str,
    body: str,
    address: str = "",
    draft: str = "",
) -> Correspondence:
    """Write a letter to the person, to be sent once the open transaction is committed.

    Arguments
    ---------
    address : where it goes; "" for where answers to this request go: the address they gave, or a
        contact point we knew instead. What is no e-mail address is printed and posted by a person
    draft : names of the texts of the house that it was made of
    """
    to = " ".join((address or request.answer_to or request.requester_email or "").split())
    by_mail = is_mail_address(to)
    letter = _new(access, request, kind, Channel.EMAIL if by_mail else Channel.POST)
    letter.not_before = access.now if by_mail else None
    letter.draft = draft
    letter.subject_line, letter.body = " ".join(subject_line.split()), body.strip()
    if to:
        letter.address = to
    letter.save()
    return letter


def take_in(
    access: Access,
    request: SubjectRequest,
    *,
    channel: Channel,
    at: datetime,
    subject_line: str = "",
    body: str,
    address: str = "",
) -> Correspondence:
    """File a letter that came from the person.

    Raises
    ------
    LetterTimeError
        it came later than now
    """
    if at > access.now:
        raise LetterTimeError
    letter = _new(access, request, "incoming", channel)
    letter.direction, letter.state, letter.sent_at = "in", "received", at
    for name, said in (("subject_line", subject_line), ("body", body), ("address", address)):
        if said.strip():
            setattr(letter, name, said.strip())
    letter.save()
    _record(access, Action.LETTER_RECEIVED, letter)
    return letter


def is_mail_address(text: str) -> bool:
    """Whether mail can be addressed to `text`: one address, and nothing else."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _new(access: Access, request: SubjectRequest, kind: str, channel: Channel) -> Correspondence:
    return Correspondence(
        id=uuid7(), controller_id=access.controller, subject_id=request.subject_id,
        request=request, kind=kind, channel=channel, language=request.language,
        written_at=access.now, written_by_id=access.actor.staff, collected_at=access.now,
        closed_on=request.closed_on,
    )  # fmt: skip


# Sending


def deliver(controller: UUID, *, now: datetime, has_server: bool = True) -> int:
    """Make one attempt with every letter that is due; return how many went.

    Arguments
    ---------
    has_server : whether the installation sends mail; else a person has to send them all
    """
    went = 0
    for letter_id in due(controller, now=now):
        taken = take(letter_id, controller=controller, now=now)
        if taken is not None:
            reason = send(taken) if has_server else "no_mail_server"
            went += settle(taken, reason, controller=controller, now=now) == "sent"
    return went


def due(controller: UUID, *, now: datetime) -> list[UUID]:
    """Return the ids of letters whose next attempt has come, the longest due first."""
    with gate.duty(system(controller), Duty.ANSWERING, reference=controller, now=now):
        rows = Correspondence.objects.filter(not_before__lte=now).order_by("not_before")
        return list(rows.values_list("pk", flat=True)[:AT_ONCE])


def take(letter_id: UUID, *, controller: UUID, now: datetime) -> Taken | None:
    """Take a letter that is due for as long as the lease is; None where it is not ours to send."""
    with gate.duty(system(controller), Duty.ANSWERING, reference=letter_id, now=now) as access:
        rows = access.rows(Correspondence).select_for_update(skip_locked=True, of=("self",))
        letter = rows.filter(pk=letter_id, state="waiting", not_before__lte=now).first()
        if letter is None:
            return None
        letter.attempts += 1
        letter.not_before = now + LEASE
        letter.save(update_fields=["attempts", "not_before"])
        try:
            return Taken(
                letter.pk, letter.attempts, letter.address or "", letter.subject_line or "",
                letter.body or "",
            )  # fmt: skip
        except KeyDestroyedError:  # the person was erased meanwhile, with this file
            _give_up(access, letter, "key_destroyed")
            return None


def send(taken: Taken) -> str:
    """Hand a letter to the mail server; "" or the class of what went wrong. No database."""
    message = EmailMessage(
        subject=taken.subject_line,
        body=taken.body,
        to=[taken.address],
        # The same in every attempt: mail programs show a letter that came twice once.
        headers={
            "Message-ID": f"<{taken.id.hex}@custode.invalid>",
            "Auto-Submitted": "auto-generated",
        },
    )
    try:
        message.send()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return type(error).__name__
    return ""


def settle(taken: Taken, reason: str, *, controller: UUID, now: datetime) -> str:
    """Note what came of an attempt and return the state; an overtaken worker notes nothing.

    Arguments
    ---------
    reason : why it did not go; "" where it did
    """
    with gate.duty(system(controller), Duty.ANSWERING, reference=taken.id, now=now) as access:
        letter = _locked(access, taken.id)
        if letter.state != "waiting" or letter.attempts != taken.attempt:
            return ""
        if not reason:
            _gone(access, letter, "sent", at=now)
        elif reason == "no_mail_server" or letter.attempts > len(DELAYS):
            _give_up(access, letter, reason)
        else:
            letter.not_before = now + DELAYS[letter.attempts - 1]
            letter.save(update_fields=["not_before"])
        return letter.state


def hand_over(letter_id: UUID, *, by: Actor, at: datetime, now: datetime) -> Correspondence:
    """Note that a person posted or handed over a letter that no machine sends.

    Raises
    ------
    LetterNotFoundError, LetterStateError
    LetterTimeError
        nothing is posted before it was written, or later than now
    """
    with gate.duty(by, Duty.ANSWERING, reference=letter_id, now=now) as access:
        letter = _locked(access, letter_id)
        is_by_hand = letter.state == "waiting" and letter.not_before is None
        if letter.state != "failed" and not is_by_hand:
            raise LetterStateError(state=letter.state)
        if not letter.written_at <= at <= now:
            raise LetterTimeError
        _gone(access, letter, "handed", at=at)
    return letter


def _gone(access: Access, letter: Correspondence, state: str, *, at: datetime) -> None:
    letter.state, letter.sent_at, letter.not_before = state, at, None
    letter.save(update_fields=["state", "sent_at", "not_before"])
    if effect := WHEN_SENT.get(letter.kind):
        effect(access, letter.request, letter)
    action = Action.LETTER_SENT if state == "sent" else Action.LETTER_HANDED
    _record(access, action, letter)


def _give_up(access: Access, letter: Correspondence, reason: str) -> None:
    letter.state, letter.not_before = "failed", None
    letter.save(update_fields=["state", "not_before"])
    _record(access, Action.LETTER_NOT_SENT, letter, reason=reason)


def _locked(access: Access, letter_id: UUID) -> Correspondence:
    rows = access.rows(Correspondence).select_for_update(of=("self",))
    letter = rows.select_related("request", "request__controller").filter(pk=letter_id).first()
    if letter is None:
        raise LetterNotFoundError
    return letter


def _record(access: Access, action: Action, letter: Correspondence, *, reason: str = "") -> None:
    event = log.Event(
        action=action,
        purpose=PURPOSE,
        subjects=(letter.subject_id,),
        outcome=Outcome.FAILED if reason else Outcome.DONE,
        object_type="letter",
        object_id=letter.pk,
        reason=reason or letter.kind,
        counts={"attempt": letter.attempts} if letter.attempts else {},
    )
    log.record(access.actor, event, now=access.now)
