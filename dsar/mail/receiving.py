"""Taking a mail in: read, looked through, sealed, and proposed to a person.

Nothing is answered here, to nobody: who gets an answer is decided by whoever accepts the mail. The
address of its sender finds whose it may be and proves nothing (Art. 12(6)). A mail whose sender is
unknown, or is several people, gets a subject of its own, as a request would.

The same message is taken once, by a keyed hash of its Message-ID and its text: of two that carry
one id and say different things, both are taken, for an id is chosen by its sender.
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.utils import timezone

from audit import log
from audit.actions import Action
from dsar import correspondence, requests
from dsar.attachments import keeping
from dsar.identity import Requester, candidates
from dsar.mail.message import Mail, parse
from dsar.models import Correspondence, InboundMail, MailMark
from governance.crypto import keystore
from governance.crypto.ids import uuid7
from governance.policy import letters
from governance.policy.actors import system
from governance.policy.vocabulary import Duty, SubjectKind
from registry.gate import opening as gate
from registry.gate.access import Access

USE = "mail"


@dataclass(frozen=True)
class Arrival:
    """How a message reached us.

    Attributes
    ----------
    own_hosts : names of our servers, whose trace in the message is believed
    in_mailbox_at : when the mailbox says that it came, where it came by one
    """

    own_hosts: Collection[str] = ()
    in_mailbox_at: datetime | None = None


def receive(
    controller: UUID, raw: bytes, *, arrival: Arrival = Arrival(), now: datetime
) -> UUID | None:
    """Take one message; return the id of the mail, or None where the same one was taken before."""
    mail = parse(raw, own_hosts=arrival.own_hosts)
    looked = [keeping.look_at_bytes(file.name, file.content) for file in mail.enclosed]
    digest = digest_of(controller, mail)
    row = _row(controller, mail, arrival, now)
    with gate.duty(system(controller), Duty.ANSWERING, reference=row.pk, now=now) as access:
        _mark, is_new = MailMark.objects.get_or_create(
            controller_id=controller,
            digest=digest,
            defaults={"taken_on": timezone.localdate(now)},
        )
        if not is_new:
            return None
        row.letter, row.subject_id = _whose(access, mail)
        row.save()
        for file in looked:
            keeping.keep(access, file, mail=row)
        event = log.Event(
            action=Action.MAIL_RECEIVED,
            purpose=requests.PURPOSE,
            subjects=(row.subject_id,),
            object_type="mail",
            object_id=row.pk,
            reason=mail.automatic or row.verdict,
            counts={"files": len(looked)} if looked else {},
        )
        log.record(access.actor, event, now=now)
    return row.pk


def digest_of(controller: UUID, mail: Mail) -> bytes:
    """Return by what a message is known again."""
    key = keystore.controller_key(controller, USE, create=True)
    text = sha256(f"{mail.subject_line}\n{mail.body}".encode()).hexdigest()
    return hmac.digest(key, f"{mail.message_id}|{mail.sender_address}|{text}".encode(), "sha256")


def _row(controller: UUID, mail: Mail, arrival: Arrival, now: datetime) -> InboundMail:
    read = letters.read(mail.subject_line, mail.body)
    received_at, dated_by = _received(mail, arrival, now)
    row = InboundMail(
        id=uuid7(), controller_id=controller, collected_at=now,
        reference=requests.new_reference(), received_at=received_at, dated_by=dated_by,
        automatic=mail.automatic, verdict=read.verdict, rights=" ".join(read.rights),
        language=read.language, on_behalf=read.on_behalf, is_whole=mail.is_whole,
    )  # fmt: skip
    row.sender_name, row.sender_address = mail.sender_name, mail.sender_address
    row.subject_line, row.body = mail.subject_line, mail.body
    row.message_id = mail.message_id
    return row


def _received(mail: Mail, arrival: Arrival, now: datetime) -> tuple[datetime, str]:
    """Return when it came, and who says so; nothing came later than now."""
    if mail.received_at is not None:
        return min(mail.received_at, now), "received"
    if arrival.in_mailbox_at is not None:
        return min(arrival.in_mailbox_at, now), "mailbox"
    return now, "now"


def _whose(access: Access, mail: Mail) -> tuple[UUID | None, UUID]:
    """Return the letter of ours that it answers, and the person it is filed with."""
    for said in mail.answers:
        letter = access.rows(Correspondence).filter(pk=UUID(said), direction="out").first()
        if letter is not None:
            return letter.pk, letter.subject_id
    address = mail.sender_address if correspondence.is_mail_address(mail.sender_address) else ""
    found = (
        candidates(access.controller, Requester(mail.sender_name, address)) if address else set()
    )
    if len(found) == 1:
        return None, next(iter(found))
    return None, access.new_subject(kind=SubjectKind.REQUESTER, source=None).pk
