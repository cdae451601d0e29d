"""The public door: sealed on the page, opened by a worker.

The page holds a public key and a database role that can only insert. What a person writes is
sealed to the controller (X25519, HKDF-SHA256, AES-256-GCM, one ephemeral key per message) and
stays unreadable to the page, to its database role and to a backup. A worker, which may ask the
keystore for the private half, opens it, files the request and removes the sealed row.

    blob := 0x01 ephemeral public key:32 nonce:12 ciphertext tag:16
    key  := HKDF-SHA256(X25519(ephemeral, controller), salt = both public keys,
                        info = "custode/intake/v1")
    associated data := "custode/intake/v1|controller|reference|received at"

The clock starts at the moment the page took the message, not when a worker came to it.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import IntegrityError, transaction

from dsar import requests
from dsar.errors import IntakeClosedError
from dsar.identity import Requester
from dsar.models import Intake, IntakeKey, SubjectRequest
from governance.crypto import keystore
from governance.crypto.envelope import derive
from governance.crypto.errors import UnsealError
from governance.policy.actors import system
from governance.policy.vocabulary import Channel, Duty
from registry.gate import opening as gate

USE = "intake"
INFO = b"custode/intake/v1"
FORMAT = 1
KEY, NONCE, TAG = 32, 12, 16
PORTAL = "portal"
BATCH = 100


@dataclass(frozen=True, slots=True)
class Message:
    """What a person sends from the public page."""

    right: str
    language: str
    requester: Requester


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
    ephemeral = X25519PrivateKey.generate()
    own = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    nonce = os.urandom(NONCE)
    plain = json.dumps(asdict(message), ensure_ascii=False).encode()
    sealed = AESGCM(_key(shared, own + public)).encrypt(nonce, plain, bound)
    return bytes((FORMAT,)) + own + nonce + sealed


def unseal(private: X25519PrivateKey, blob: bytes, *, bound: bytes) -> Message:
    """Return the message of a blob.

    Raises
    ------
    UnsealError
        another key, another place, a changed or truncated blob
    """
    if len(blob) < 1 + KEY + NONCE + TAG or blob[0] != FORMAT:
        raise UnsealError
    own, nonce = blob[1 : 1 + KEY], blob[1 + KEY : 1 + KEY + NONCE]
    public = private.public_key().public_bytes_raw()
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(own))
        plain = AESGCM(_key(shared, own + public)).decrypt(nonce, blob[1 + KEY + NONCE :], bound)
    except (InvalidTag, ValueError):
        raise UnsealError from None  # the cause is not told
    said = json.loads(plain)
    return Message(said["right"], said["language"], Requester(**said["requester"]))


def _key(shared: bytes, salt: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=INFO).derive(shared)


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
    leaves both; the next one finds the reference and only removes.
    """
    with gate.duty(system(controller), Duty.ANSWERING, reference=intake_id, now=now):
        row = Intake.objects.filter(pk=intake_id, controller=controller).first()
        if row is None:
            return None
        if SubjectRequest.objects.filter(reference=row.reference).exists():
            row.delete()
            return None
    bound = _bound(controller, row.reference, row.received_at)
    message = unseal(_private(controller), bytes(row.blob), bound=bound)
    request = requests.receive(
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
    Intake.objects.filter(pk=intake_id, controller=controller).delete()
    return request


def waiting(controller: UUID) -> list[UUID]:
    """Return the ids of sealed messages that wait to be filed, oldest first, a batch at most."""
    rows = Intake.objects.filter(controller=controller).order_by("received_at")
    return list(rows.values_list("pk", flat=True)[:BATCH])
