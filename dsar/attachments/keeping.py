"""Keeping a file with a request or a mail: looked at, sealed in parts, handed out, destroyed.

A file is looked at before a transaction is open, for that takes its time. What is refused is noted
with its name and the reason, and its content is kept nowhere, so that a person can ask for it in
another form. Parts of a mebibyte are sealed under the key of the person for files of requests, as
everything in such a file, and go with it.
"""

import io
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO
from uuid import UUID

from audit import log
from audit.actions import Action
from dsar import attaching, requests
from dsar.attachments.errors import (
    AttachmentDamagedError,
    AttachmentNotFoundError,
    FileRefusedError,
    FileTooLargeError,
)
from dsar.attachments.limits import LARGEST, MIB, Refused, Scanned, Type
from dsar.attachments.scan import scan
from dsar.models import Attachment, AttachmentPart, InboundMail, SubjectRequest
from governance.crypto.ids import uuid7
from governance.policy.actors import Actor
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate
from registry.gate.access import Access

NAMELESS = "file"
LONGEST_NAME = 200


@dataclass(frozen=True)
class Looked:
    """A file that was looked at."""

    name: str = field(repr=False)
    size: int
    found: Scanned
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Handed:
    """A file as it is handed out."""

    name: str = field(repr=False)
    type: Type
    content: bytes = field(repr=False)


def look(name: str, file: IO[bytes], *, size: int) -> Looked:
    """Look at a file; its content is read only where it is kept.

    Arguments
    ---------
    file : can be wound back
    """
    found = scan(file, size=size)
    content = b""
    if found.refused is None:
        file.seek(0)
        content = file.read(LARGEST)
    return Looked(clean(name), size, found, content)


def look_at_bytes(name: str, content: bytes) -> Looked:
    """Look at a file that is in memory already."""
    return look(name, io.BytesIO(content), size=len(content))


def clean(name: str) -> str:
    """Return the last part of a name, without signs that nobody sees."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[:LONGEST_NAME] or NAMELESS


def add(
    request_id: UUID, name: str, file: IO[bytes], *, size: int, by: Actor, now: datetime
) -> Attachment:
    """Add a file to a request.

    For staff; a public page may call it with the system as actor.

    Raises
    ------
    RequestNotFoundError
    FileTooLargeError, FileRefusedError
        nothing is kept or noted: who adds it is there to send another
    """
    looked = look(name, file, size=size)
    if looked.found.refused is Refused.TOO_LARGE:
        raise FileTooLargeError
    if looked.found.refused is not None:
        raise FileRefusedError(looked.found.refused)
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.alone(access, request_id)
        row = keep(access, looked, request=request)
        _record(access, Action.FILE_ADDED, row)
    return row


def keep(
    access: Access,
    looked: Looked,
    *,
    request: SubjectRequest | None = None,
    mail: InboundMail | None = None,
) -> Attachment:
    """Write a file in an open access, with its request or its mail; a refused one by name alone."""
    owner = request or mail
    if owner is None:
        msg = "a file belongs to a request or a mail"
        raise ValueError(msg)
    base = {
        "controller_id": access.controller, "subject_id": owner.subject_id,
        "collected_at": access.now, "closed_on": owner.closed_on,
    }  # fmt: skip
    row = Attachment(
        **base, id=uuid7(), request=request, mail=mail, type=looked.found.type or "",
        refused=looked.found.refused or "", size=looked.size, added_at=access.now,
        added_by_id=access.actor.staff,
    )  # fmt: skip
    row.name = looked.name
    row.save()
    for number, start in enumerate(range(0, len(looked.content), MIB)):
        part = AttachmentPart(**base, id=uuid7(), attachment=row, number=number)
        part.content = b64encode(looked.content[start : start + MIB]).decode()
        part.save()
    return row


def move(access: Access, rows: Iterable[Attachment], request: SubjectRequest) -> int:
    """Give files to a request, sealed under the key of its person; return how many."""
    moved = 0
    for row in rows:
        for part in access.rows(AttachmentPart).filter(attachment=row):
            part.closed_on = request.closed_on
            attaching.seal_for(part, request.subject_id)
        row.request, row.mail, row.closed_on = request, None, request.closed_on
        attaching.seal_for(row, request.subject_id)
        moved += 1
    return moved


def open_file(attachment_id: UUID, *, by: Actor, now: datetime) -> Handed:
    """Return a file with its content, recorded before it leaves.

    Raises
    ------
    AttachmentNotFoundError, AttachmentDamagedError
    """
    with gate.duty(by, Duty.ANSWERING, reference=attachment_id, now=now) as access:
        row = access.rows(Attachment).filter(pk=attachment_id, refused="").first()
        if row is None:
            raise AttachmentNotFoundError
        access.admitted = {row.subject_id}
        parts = access.rows(AttachmentPart).filter(attachment=row).order_by("number")
        content = b"".join(b64decode(part.content or "") for part in parts)
        if len(content) != row.size:
            raise AttachmentDamagedError
        _record(access, Action.FILE_OPENED, row)
        return Handed(row.name or NAMELESS, Type(row.type), content)


def destroy(attachment_id: UUID, *, by: Actor, now: datetime) -> Attachment:
    """Destroy a file, as evidence of an identity is after its check (recital 64).

    Returns what it belonged to.

    Raises
    ------
    AttachmentNotFoundError
    """
    with gate.duty(by, Duty.ANSWERING, reference=attachment_id, now=now) as access:
        row = access.rows(Attachment).filter(pk=attachment_id).first()
        if row is None:
            raise AttachmentNotFoundError
        _record(access, Action.FILE_DESTROYED, row)
        access.rows(Attachment).filter(pk=attachment_id).delete()
    return row


def _record(access: Access, action: Action, row: Attachment) -> None:
    event = log.Event(
        action=action,
        purpose=requests.PURPOSE,
        subjects=(row.subject_id,),
        object_type="attachment",
        object_id=row.pk,
    )
    log.record(access.actor, event, now=access.now)
