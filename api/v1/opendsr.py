"""OpenDSR 2.0 for connected systems: discovery, requests, their state, taking one back.

The paths and words are those of the specification, the door is that of the rest of the API: a
token, its purpose, one entry in the log. Every answer is signed. Errors are RFC 9457 as elsewhere;
the specification leaves their form open (7.5).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from api import purposes
from api.errors import NotHeldError
from api.purposes import Asked, asked
from api.v1 import documents, forms
from api.v1.base import ApiView, taken
from api.v1.requests import NEEDED
from api.v1.schema import operation
from dsar.errors import RequestNotFoundError
from dsar.opendsr import handling, signing
from dsar.opendsr.handling import HandedIn
from governance.policy.vocabulary import Operation
from registry.models import Controller


class OpenDsrView(ApiView):
    """The base of the views: closed where nothing can be signed, before anything is read."""

    def question(self, request: Request, what: Operation) -> Asked:
        """Return what the call says of itself, if its token may do it.

        Raises
        ------
        OpenDsrClosedError, PurposeMissingError, GateRefusedError
        """
        signing.headers(b"")
        question = asked(request, only=True)
        purposes.require(question, what, categories=NEEDED)
        return question


def signed(said: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Return an answer whose very bytes are signed."""
    body = orjson.dumps(said)
    return HttpResponse(
        body, status=status, content_type="application/json", headers=signing.headers(body)
    )


def _name_of(question: Asked) -> str:
    return Controller.objects.get(pk=question.actor.controller).slug


class DiscoveryView(OpenDsrView):
    """What is supported."""

    @operation(
        "opendsr_discovery", "OpenDSR: what is supported", answer=documents.OpenDsrDiscovery,
        names_purpose=False,
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """Return version, identities, types of requests and the certificate (section 6)."""
        self.question(request, Operation.READ)
        return signed(
            {
                "api_version": handling.VERSION,
                "supported_identities": handling.IDENTITIES,
                "supported_subject_request_types": list(handling.RIGHTS),
                "processor_certificate": settings.BASE_URL + reverse("opendsr_certificate"),
            }
        )


class OpenDsrRequestsView(OpenDsrView):
    """New requests."""

    @operation(
        "opendsr_create", "OpenDSR: hand in a request", body=forms.OpenDsrForm,
        answer=documents.OpenDsrReceived, status=201, names_purpose=False,
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Record a request; the same one again is answered alike and recorded once (section 7)."""
        question = self.question(request, Operation.CREATE)
        said = taken(forms.OpenDsrForm, request)
        sent: bytes = getattr(request, "sent", b"")
        handed = HandedIn(
            number=said["subject_request_id"],
            right=handling.RIGHTS[said["subject_request_type"]],
            email=said["subject_identities"][0]["identity_value"],
            submitted_at=min(said["submitted_time"], question.now),
            callbacks=tuple(said.get("status_callback_urls", ())),
            sent=sent,
        )
        standing, _is_repeated = handling.hand_in(
            question.actor, question.token, handed, now=question.now
        )
        return signed(handling.told(_name_of(question), standing, encoded=sent), status=201)


class OpenDsrRequestView(OpenDsrView):
    """One request, by the number its system gave it."""

    @operation(
        "opendsr_retrieve", "OpenDSR: ask how a request stands", answer=documents.OpenDsrStatus,
        names_purpose=False,
    )  # fmt: skip
    def get(self, request: Request, number: UUID) -> HttpResponse:
        """Return the state of a request (section 8)."""
        question = self.question(request, Operation.READ)
        try:
            standing = handling.standing(question.actor, question.token, number, now=question.now)
        except RequestNotFoundError:
            raise NotHeldError from None
        return signed(handling.told(_name_of(question), standing))

    @operation(
        "opendsr_cancel", "OpenDSR: take a request back", answer=documents.OpenDsrCancelled,
        status=202, names_purpose=False,
    )  # fmt: skip
    def delete(self, request: Request, number: UUID) -> HttpResponse:
        """Note that a request is taken back, while it is pending (section 9)."""
        question = self.question(request, Operation.UPDATE)
        try:
            standing = handling.cancel(question.actor, question.token, number, now=question.now)
        except RequestNotFoundError:
            raise NotHeldError from None
        said = {
            "controller_id": _name_of(question), "subject_request_id": str(standing.number),
            "received_time": question.now.isoformat(), "api_version": handling.VERSION,
        }  # fmt: skip
        return signed(said, status=202)
