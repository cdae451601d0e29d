"""The public door: sealed on the page, opened by a worker.

The page holds a public key and a database role that can only insert. What a person writes is
sealed to the controller (X25519, HKDF-SHA256, AES-256-GCM, one ephemeral key per message) and
stays unreadable to the page, to its database role and to a backup. A worker, which may ask the
keystore for the private half, opens it, files the request and removes the sealed row.

    blob := dsar.sealing, info = "custode/intake/v1"
    associated data := "custode/intake/v1|controller|reference|received at"

The clock starts at the moment the page took the message, not when a worker came to it.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum, unique
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import IntegrityError, transaction

from dsar import requests, sealing
from dsar.case import address, documents
from dsar.errors import IntakeClosedError
from dsar.identity import Requester
from dsar.models import Intake, IntakeKey, SubjectRequest
from dsar.signs import signs_of
from governance.crypto import keystore
from governance.crypto.envelope import derive
from governance.policy.actors import system
from governance.policy.vocabulary import Channel, Duty
from registry.gate import opening as gate

USE = "intake"
INFO = b"custode/intake/v1"
PORTAL = "portal"
BATCH = 100


@unique
class Kind(StrEnum):
    """What a sealed message is."""

    REQUEST = "request"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True, slots=True)
class Message:
    """What a person sends from the public page.

    Attributes
    ----------
    digest, public : of the code the page showed the person: the hash of its token, and the key
        to which what we say about the case is sealed; empty where there is no code
    token : of a confirmation, the code that was mailed
    """

    right: str
    language: str
    requester: Requester
    digest: str = ""
    public: str = ""
    kind: Kind = Kind.REQUEST
    token: str = ""


# Keys


def publish_key(controller: UUID, *, now: datetime) -> IntakeKey:
    """Publish the public half of a controller's intake key, made on first use.

    Called where the keystore may be asked: by a worker, or when a company is set up. Repeating
    it changes nothing.
    """
    public = _private(controller, create=True).public_key().public_bytes_raw()
    key, _made = IntakeKey.objects.get_or_create(
        controller_id=controller, defaults={"public": public, "published_at": now}
    )
    return key


def public_key(controller: UUID) -> bytes:
    """Return the published key.

    Raises
    ------
    IntakeClosedError
        none was published: the page must not take what nobody could open
    """
    found = IntakeKey.objects.filter(controller=controller).values_list("public", flat=True).first()
    if found is None:
        raise IntakeClosedError
    return bytes(found)


def _private(controller: UUID, *, create: bool = False) -> X25519PrivateKey:
    secret = keystore.controller_key(controller, USE, create=create)
    return X25519PrivateKey.from_private_bytes(derive(secret, INFO.decode()))


# Sealing and opening


def seal(public: bytes, message: Message, *, bound: bytes) -> bytes:
    """Return the blob for a message; it opens only with the same `bound`."""
    plain = json.dumps(asdict(message), ensure_ascii=False).encode()
    return sealing.seal(public, plain, bound=bound, info=INFO)


def unseal(private: X25519PrivateKey, blob: bytes, *, bound: bytes) -> Message:
    """Return the message of a blob.

    Raises
    ------
    UnsealError
        another key, another place, a changed or truncated blob
    """
    said = json.loads(sealing.unseal(private, blob, bound=bound, info=INFO))
    return Message(**said | {"requester": Requester(**said["requester"])})


def _bound(controller: UUID, reference: str, received_at: datetime) -> bytes:
    return f"{INFO.decode()}|{controller.hex}|{reference}|{received_at.timestamp():.6f}".encode()


# In at the page, out at the worker


def submit(controller: UUID, message: Message, *, reference: str, now: datetime) -> None:
    """Take a message at the public page: one insert by the role that can only insert.

    Sending the same form twice is taken once, and the person is told the same.

    Raises
    ------
    IntakeClosedError
    """
    row = Intake(controller_id=controller, reference=reference, received_at=now)
    row.blob = seal(public_key(controller), message, bound=_bound(controller, reference, now))
    _insert(row)


def submit_code(controller: UUID, digest: bytes, token: str, *, now: datetime) -> None:
    """Take a code that was mailed, for the case with this digest; the same one waits once.

    Raises
    ------
    IntakeClosedError
    """
    said = sha256(digest + signs_of(token).encode()).hexdigest()[:20]
    message = Message("", "", Requester(), digest.hex(), kind=Kind.CONFIRMATION, token=token)
    submit(controller, message, reference=said, now=now)


def _insert(row: Intake) -> None:
    try:
        with transaction.atomic(using=PORTAL):
            row.save(using=PORTAL, force_insert=True)
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", "") != UNIQUE_VIOLATION:
            raise


UNIQUE_VIOLATION = "23505"


def file(intake_id: UUID, *, controller: UUID, now: datetime) -> SubjectRequest | None:
    """Open one sealed message, record the request as received when it came in, remove the row.

    Returns None when it was filed already. A worker that dies between recording and removing
    leaves both; the next one finds the reference, begins the case and removes.
    """
    with gate.duty(system(controller), Duty.ANSWERING, reference=intake_id, now=now):
        row = Intake.objects.filter(pk=intake_id, controller=controller).first()
        if row is None:
            return None
        filed = SubjectRequest.objects.filter(reference=row.reference).first()
    bound = _bound(controller, row.reference, row.received_at)
    message = unseal(_private(controller), bytes(row.blob), bound=bound)
    if message.kind == Kind.CONFIRMATION:
        case = bytes.fromhex(message.digest)
        address.confirm(case, message.token, controller=controller, now=now)
        Intake.objects.filter(pk=intake_id, controller=controller).delete()
        return None
    request = filed or requests.receive(
        system(controller),
        right=message.right,
        channel=Channel.WEB,
        received_at=row.received_at,
        language=message.language,
        requester=message.requester,
        now=now,
        evidence="intake",  # the database's own row shows when the page took it
        reference=row.reference,
    )
    if message.digest:
        code = bytes.fromhex(message.digest), bytes.fromhex(message.public)
        documents.begin(request, *code, now=now)
        address.begin(request, message.requester.email, now=now)
    Intake.objects.filter(pk=intake_id, controller=controller).delete()
    return None if filed else request


def waiting(controller: UUID) -> list[UUID]:
    """Return the ids of sealed messages that wait to be filed, oldest first, a batch at most."""
    rows = Intake.objects.filter(controller=controller).order_by("received_at")
    return list(rows.values_list("pk", flat=True)[:BATCH])
