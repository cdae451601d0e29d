"""OpenDSR 2.0: a connected system hands in a request, asks how it stands, takes it back.

What it calls processor is us; its controller is the system, known by its token. Its words and ours:

    access, portability, erasure  the rights of Art. 15, 20, 17
    pending                       received, and whose it is is not confirmed yet
    in_progress                   identified, or being carried out
    completed                     answered
    cancelled                     taken back by the system, or refused

Only a plain e-mail address is taken as an identity: what is hashed without our key finds nobody
here, and "nothing is held" would be a wrong answer. A request taken back is still the person's: it
stays in the worklist with a letter that says so, and a person closes it.
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, time
from hashlib import sha256
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import UniqueViolation

from dsar import clock, correspondence, requests, signs
from dsar.errors import RequestNotFoundError, RequestStateError
from dsar.identity import Requester
from dsar.models import ConnectedRequest, StatusCallback, SubjectRequest
from dsar.opendsr.errors import NumberReusedError
from governance.policy.actors import Actor
from governance.policy.vocabulary import Channel, Duty, Right
from registry.gate import opening as gate
from registry.gate.access import Access

VERSION = "2.0"
LANGUAGE = "it"  # OpenDSR does not say in which language the person is answered
RIGHTS = {"access": Right.ACCESS, "portability": Right.PORTABILITY, "erasure": Right.ERASURE}
STATUS = {
    "received": "pending",
    "identified": "in_progress",
    "failed": "in_progress",
    "fulfilled": "completed",
    "refused": "cancelled",
    "withdrawn": "cancelled",
}
FINAL = frozenset({"completed", "cancelled"})
IDENTITIES = ({"identity_type": "email", "identity_format": "raw"},)


@dataclass(frozen=True)
class HandedIn:
    """What a system hands in.

    Attributes
    ----------
    number : its `subject_request_id`
    sent : the body of the call, byte for byte
    """

    number: UUID
    right: Right
    email: str
    submitted_at: datetime
    callbacks: tuple[str, ...]
    sent: bytes


@dataclass(frozen=True)
class Standing:
    """How a request stands, in the words of OpenDSR."""

    number: UUID
    status: str
    received_at: datetime
    expected_at: datetime


def hand_in(actor: Actor, client: UUID, said: HandedIn, *, now: datetime) -> tuple[Standing, bool]:
    """Record a request; return how it stands, and whether it was there already.

    Raises
    ------
    NumberReusedError
        the number came before with something else
    ReceiptRefusedError
    """
    reference = signs.from_digest(sha256(client.bytes + said.number.bytes).digest())
    found: list[Standing] = []

    def connect(access: Access, made: list[SubjectRequest]) -> None:
        found.append(_connected(access, made[0], client, said))

    try:
        requests.receive(
            actor, right=said.right, channel=Channel.WEB, received_at=said.submitted_at,
            language=LANGUAGE, requester=Requester(email=said.email),
            evidence=f"OpenDSR {said.number}", reference=reference, now=now, also=connect,
        )  # fmt: skip
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
    else:
        return found[0], False
    with gate.duty(actor, Duty.ANSWERING, reference=said.number, now=now) as access:
        row = access.rows(SubjectRequest).select_related("controller").get(reference=reference)
        return _connected(access, row, client, said), True


def _connected(access: Access, row: SubjectRequest, client: UUID, said: HandedIn) -> Standing:
    """Connect a request with its number, once; return how it stands."""
    digest = sha256(said.sent).hexdigest()
    base = {
        "controller_id": access.controller, "subject_id": row.subject_id,
        "collected_at": access.now, "closed_on": row.closed_on,
    }  # fmt: skip
    connected, is_new = ConnectedRequest.objects.get_or_create(
        request=row, defaults={**base, "client": client, "number": said.number, "digest": digest}
    )
    if connected.digest != digest:
        raise NumberReusedError
    if is_new:
        for url in dict.fromkeys(said.callbacks):
            StatusCallback(**base, connected=connected, url=url, not_before=access.now).save()
    return _standing(connected, row)


def standing(actor: Actor, client: UUID, number: UUID, *, now: datetime) -> Standing:
    """Return how the request of a client stands.

    Raises
    ------
    RequestNotFoundError
        also for the number of another client
    """
    with gate.duty(actor, Duty.ANSWERING, reference=number, now=now) as access:
        connected = _of(access, client, number)
        return _standing(connected, connected.request)


def cancel(actor: Actor, client: UUID, number: UUID, *, now: datetime) -> Standing:
    """Note that a client takes its request back, while nobody has worked on it.

    Raises
    ------
    RequestNotFoundError
    RequestStateError
        it is not pending any more
    """
    with gate.duty(actor, Duty.ANSWERING, reference=number, now=now) as access:
        connected = _of(access, client, number)
        status = status_of(connected, connected.request)
        if connected.cancelled_at is None:
            if status != "pending":
                raise RequestStateError(state=connected.request.state)
            connected.cancelled_at = now
            connected.save(update_fields=["cancelled_at"])
            correspondence.take_in(
                access, connected.request, channel=Channel.WEB, at=now,
                subject_line=_("Taken back by the connected system"),
                body=_(
                    "The system that handed the request in has taken it back. Whether the person"
                    " wants that, too, is for somebody to find out before it is closed."
                ),
            )  # fmt: skip
        return _standing(connected, connected.request)


def _of(access: Access, client: UUID, number: UUID) -> ConnectedRequest:
    rows = access.rows(ConnectedRequest).select_for_update(of=("self",))
    found = rows.select_related("request__controller").filter(client=client, number=number).first()
    if found is None:
        raise RequestNotFoundError
    return found


def status_of(connected: ConnectedRequest, row: SubjectRequest) -> str:
    """Return the state of a request in the words of OpenDSR."""
    return "cancelled" if connected.cancelled_at else STATUS[row.state]


def _standing(connected: ConnectedRequest, row: SubjectRequest) -> Standing:
    return Standing(
        number=connected.number,
        status=status_of(connected, row),
        received_at=row.collected_at,
        expected_at=expected_at(row),
    )


def expected_at(row: SubjectRequest) -> datetime:
    """Return the end of the last lawful day, in the controller's time."""
    day = clock.deadline_of(row).binding_on
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def told(
    controller: str, standing_: Standing, *, encoded: bytes = b"", url: str = ""
) -> dict[str, str]:
    """Return what a system is told of its request (sections 7.3, 8.3 and 8.6)."""
    said = {
        "controller_id": controller,
        "subject_request_id": str(standing_.number),
        "expected_completion_time": standing_.expected_at.isoformat(),
    }
    if encoded:
        said["received_time"] = standing_.received_at.isoformat()
        said["encoded_request"] = b64encode(encoded).decode()
        return said
    said |= {"request_status": standing_.status, "api_version": VERSION}
    return said | ({"status_callback_url": url} if url else {})
