"""Requests of data subjects that reach a connected system: hand them in, ask how they stand.

They are a duty (Art. 12), so restriction, objection and retention do not stand in their way;
the token still needs a purpose that covers requests, and a role that answers them.

Receiving one is a transaction of `dsar`, so an idempotency key can not be claimed inside it.
Instead the reference of the request is derived from the key: of two calls at once, or of one
repeated after a crash, the second meets the reference of the first, which is unique.
"""

from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q
from psycopg.errors import UniqueViolation
from rest_framework.request import Request
from rest_framework.response import Response

from api import purposes
from api.errors import NotHeldError
from api.idempotency import UNDER_WAY, Key, Written, claim
from api.purposes import Asked, asked
from api.v1 import documents, forms
from api.v1.base import ApiView, created, idempotency_key, path_of, taken
from api.v1.schema import operation
from dsar import requests
from dsar.identity import Requester
from dsar.models import SubjectRequest
from dsar.signs import ALPHABET, grouped
from governance.policy.categories import Category
from governance.policy.decisions import Refusal
from governance.policy.vocabulary import Duty, Operation
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError, SubjectNotAdmittedError

NEEDED = frozenset({Category.RIGHTS_REQUESTS})
SHOWN = (
    "reference", "right", "state", "channel", "language", "received_at", "due_on",
    "extended_to", "identity", "is_held", "refusal_ground", "closed_at",
)  # fmt: skip
"""What a connected system is told; what the person wrote stays in the file."""
GROUPS = 4


class RequestsView(ApiView):
    """New requests."""

    @operation(
        "requests_create", "Hand in a request of a data subject", body=forms.NewRequestForm,
        answer=documents.Request, status=201, idempotent=True,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Record a request and start its legal clock."""
        question = asked(request)
        said = taken(forms.NewRequestForm, request)
        key = idempotency_key(request, question)
        purposes.require(question, Operation.CREATE, categories=NEEDED)
        body, is_repeated = _once(question, said, key)
        return created(Written(body["id"], is_repeated=is_repeated), body)


class RequestView(ApiView):
    """One request."""

    @operation("requests_retrieve", "Ask how a request stands", answer=documents.Request)
    def get(self, request: Request, request_id: UUID) -> Response:
        """Return the state of one request and the day it is due."""
        question = asked(request)
        purposes.require(question, Operation.READ, categories=NEEDED)
        return Response(_read(question, Q(pk=request_id), served=request_id))


def _once(question: Asked, said: dict[str, Any], key: Key | None) -> tuple[dict[str, Any], bool]:
    """Receive a request unless the key says that it was received; return it, and which."""
    if key is None:
        return _receive(question, said, None), False
    mine, is_new = claim(key, now=question.now)
    if mine.resource != UNDER_WAY:
        return _read(question, Q(pk=mine.resource), served=mine.resource), True
    reference = reference_of(key)
    try:
        body, is_repeated = _receive(question, said, reference), False
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        body, is_repeated = _read(question, Q(reference=reference), served=mine.pk), True
    except Exception:
        if is_new:
            mine.delete()  # nothing was received: the corrected call may use the key again
        raise
    mine.resource = body["id"]
    mine.save(update_fields=["resource"])
    return body, is_repeated


def reference_of(key: Key) -> str:
    """Return the reference of a request that came with a key: 80 bits of its keyed hash."""
    number = int(key.name[:20], 16)
    return grouped("".join(ALPHABET[number >> (5 * at) & 31] for at in range(4 * GROUPS)))


def _receive(question: Asked, said: dict[str, Any], reference: str | None) -> dict[str, Any]:
    try:
        received = requests.receive(
            question.actor,
            right=said["right"],
            channel=said["channel"],
            received_at=said["received_at"],
            language=said.get("language", "it"),
            requester=Requester(**said.get("requester", {})),
            subject=said.get("contact"),
            now=question.now,
            evidence=said.get("evidence", ""),
            reference=reference,
        )
    except SubjectNotAdmittedError as error:
        raise GateRefusedError(Refusal.SUBJECT_UNKNOWN) from error
    return _shape(received, {name: getattr(received, name) for name in SHOWN})


def _read(question: Asked, which: Q, *, served: UUID) -> dict[str, Any]:
    """Read one request as a duty; `served` is what the entry in the log names."""
    with gate.duty(question.actor, Duty.ANSWERING, reference=served, now=question.now) as access:
        row = access.rows(SubjectRequest).filter(which).first()
        if row is None:
            raise NotHeldError
        return _shape(row, {name: getattr(row, name) for name in SHOWN})


def _shape(row: SubjectRequest, values: dict[str, Any]) -> dict[str, Any]:
    return {"id": row.pk, "href": path_of("requests", row.pk), **values}
