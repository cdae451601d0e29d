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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum, unique
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import IntegrityError, transaction

from dsar import requests, sealing
from dsar.case import additions, address, documents
from dsar.errors import IntakeClosedError
from dsar.identity import OnBehalf, Requester
from dsar.models import Intake, IntakeKey, SubjectRequest
from dsar.requests import Asked
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
    ADDITION = "addition"
    WITHDRAWAL = "withdrawal"
    VISIT = "visit"  # somebody wants a link to a page of their own at their address


TAKEN_BY: dict[Kind, "Callable[[UUID, Message, datetime], None]"] = {}
"""Who does what a sealed message of another part asks for; done again, it changes nothing."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A further right asked for in the same message, with a reference and a case of its own."""

    right: str
    details: str
    reference: str
    digest: str
    public: str
    objects_to: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What a person sends from the public page.

    Attributes
    ----------
    digest, public : of the code the page showed the person: the hash of its token, and the key
        to which what we say about the case is sealed; empty where there is no code
    token : of a confirmation, the code that was mailed
    objects_to : of an objection, what it is about
    linked : the other rights that are asked for together
    on_behalf : for whom it is asked, if not for oneself: `kind`, `name` and `relation`
    words : of an addition to a request, what it says
    """

    right: str
    language: str
    requester: Requester
    digest: str = ""
    public: str = ""
    kind: Kind = Kind.REQUEST
    token: str = ""
    objects_to: str = ""
    linked: Sequence[Linked] = ()
    on_behalf: dict[str, str] = field(default_factory=dict)
    words: str = ""


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
    linked = tuple(Linked(**one) for one in said.get("linked", ()))
    return Message(**said | {"requester": Requester(**said["requester"]), "linked": linked})


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
    message = Message("", "", Requester(), digest.hex(), kind=Kind.CONFIRMATION, token=token)
    submit(controller, message, reference=_once(digest, signs_of(token)), now=now)


def submit_addition(controller: UUID, digest: bytes, words: str, *, now: datetime) -> None:
    """Take what a person adds to their case; the same words wait once.

    Raises
    ------
    IntakeClosedError
    """
    message = Message("", "", Requester(), digest.hex(), kind=Kind.ADDITION, words=words)
    submit(controller, message, reference=_once(digest, words), now=now)


def submit_withdrawal(controller: UUID, digest: bytes, *, now: datetime) -> None:
    """Take that a person takes their request back.

    Raises
    ------
    IntakeClosedError
    """
    message = Message("", "", Requester(), digest.hex(), kind=Kind.WITHDRAWAL)
    submit(controller, message, reference=_once(digest, Kind.WITHDRAWAL), now=now)


def submit_visit(controller: UUID, email: str, language: str, *, now: datetime) -> None:
    """Take that somebody wants a link to the page of whoever has this address.

    Raises
    ------
    IntakeClosedError
    """
    message = Message("", language, Requester(email=email), kind=Kind.VISIT)
    submit(controller, message, reference=requests.new_reference(), now=now)


def _once(digest: bytes, said: str) -> str:
    """Return a reference by which the same thing said about a case waits once."""
    return sha256(digest + said.encode()).hexdigest()[:20]


def _insert(row: Intake) -> None:
    try:
        with transaction.atomic(using=PORTAL):
            row.save(using=PORTAL, force_insert=True)
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", "") != UNIQUE_VIOLATION:
            raise


UNIQUE_VIOLATION = "23505"


def file(intake_id: UUID, *, controller: UUID, now: datetime) -> SubjectRequest | None:
    """Open one sealed message, record what it says as received when it came in, remove the row.

    Returns the request, the first of several; None when it was filed already, or is about a case.
    A worker that dies between recording and removing leaves both; the next one finds the
    reference, begins the case and removes.
    """
    with gate.duty(system(controller), Duty.ANSWERING, reference=intake_id, now=now):
        row = Intake.objects.filter(pk=intake_id, controller=controller).first()
        if row is None:
            return None
        filed = list(_filed(row))
    bound = _bound(controller, row.reference, row.received_at)
    message = unseal(_private(controller), bytes(row.blob), bound=bound)
    if message.kind != Kind.REQUEST:
        _add(row, message, now=now)
        return None
    made = filed or _receive(row, message, now=now)
    _begin_cases(made, message, now=now)
    Intake.objects.filter(pk=intake_id, controller=controller).delete()
    return None if filed else made[0]


def _filed(row: Intake) -> Iterator[SubjectRequest]:
    """Yield the requests that were filed from a row, the first one first."""
    first = SubjectRequest.objects.filter(reference=row.reference).first()
    if first is not None:
        yield first
        yield from SubjectRequest.objects.filter(family=first.pk).exclude(pk=first.pk)


def _receive(row: Intake, message: Message, *, now: datetime) -> list[SubjectRequest]:
    requester = replace(message.requester, on_behalf=OnBehalf.of(message.on_behalf))
    asked = [Asked(message.right, requester.details, row.reference, message.objects_to)]
    asked += [Asked(o.right, o.details, o.reference, o.objects_to) for o in message.linked]
    return requests.receive_all(
        system(row.controller_id),
        rights=asked,
        channel=Channel.WEB,
        received_at=row.received_at,
        language=message.language,
        requester=requester,
        now=now,
        evidence="intake",  # the database's own row shows when the page took it
    )


def _begin_cases(made: Sequence[SubjectRequest], message: Message, *, now: datetime) -> None:
    """Give every request its document, and the first the check of the address for all."""
    if not message.digest:
        return
    codes = {one.reference: (one.digest, one.public) for one in message.linked}
    for request in made:
        digest, public = codes.get(request.reference, (message.digest, message.public))
        documents.begin(request, bytes.fromhex(digest), bytes.fromhex(public), now=now)
    address.begin(made[0], message.requester.email, now=now)


def _add(row: Intake, message: Message, *, now: datetime) -> None:
    """Take in what concerns a case that is there, or another part."""
    case, controller = bytes.fromhex(message.digest), row.controller_id
    if (take := TAKEN_BY.get(Kind(message.kind))) is not None:
        take(controller, message, now)
        Intake.objects.filter(pk=row.pk, controller=controller).delete()
    elif message.kind == Kind.CONFIRMATION:
        address.confirm(case, message.token, controller=controller, now=now)
        Intake.objects.filter(pk=row.pk, controller=controller).delete()
    else:
        additions.take(case, row, message.words, controller=controller, now=now)


def waiting(controller: UUID) -> list[UUID]:
    """Return the ids of sealed messages that wait to be filed, oldest first, a batch at most."""
    rows = Intake.objects.filter(controller=controller).order_by("received_at")
    return list(rows.values_list("pk", flat=True)[:BATCH])
