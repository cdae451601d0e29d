"""The audit log, for those who hold a receipt: checkpoint, inclusion and consistency.

Follows docs/spec/audit-log.md, section 9. Nothing here is about a person, so no purpose is
asked for; the call leaves its entry like every other. What is sent is checked without us, by
`custode_verify` or any other reader of the C2SP formats.
"""

import re
from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from rest_framework.exceptions import NotAuthenticated
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import System
from api.errors import BadInputError, NotHeldError
from api.purposes import PARAMETER, ParameterUnknownError
from api.v1 import documents
from api.v1.base import ApiView
from api.v1.formats import TextRenderer
from api.v1.schema import operation
from audit import proofs, status

RECEIPT = re.compile(r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?P<leaf>[0-9a-f]{64})")
NUMBER = re.compile(r"[0-9]{1,18}")
TEXT = "text/plain"


class LogView(ApiView):
    """The base of the views of the log."""

    def asked_by(self, request: Request, *known: str) -> UUID:
        """Return the controller of the token; `known` are the parameters the call may have.

        Raises
        ------
        ParameterUnknownError
        """
        if not isinstance(request.user, System):
            raise NotAuthenticated
        if set(request.query_params) - {PARAMETER, *known}:
            raise ParameterUnknownError
        return request.user.actor.controller


class AlwaysText(DefaultContentNegotiation):
    """Text also for those who accept JSON alone: there is no other form of a signed text."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """Return the one renderer."""
        del request, format_suffix
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class TextView(LogView):
    """A view that answers with a signed text."""

    renderer_classes = [TextRenderer]
    content_negotiation_class = AlwaysText


class CheckpointView(TextView):
    """The newest checkpoint."""

    @operation(
        "audit_checkpoint", "Get the newest checkpoint of the audit log",
        answer=OpenApiTypes.STR, media=TEXT, is_about_people=False,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Return the newest checkpoint, a C2SP signed note."""
        self.asked_by(request)
        sealed = status.newest()
        if sealed is None:
            raise NotHeldError
        return Response(sealed.note)


class ProofView(TextView):
    """The proof of one entry."""

    @operation(
        "audit_proof", "Get the proof that an entry is in the audit log",
        answer=OpenApiTypes.STR, media=TEXT, is_about_people=False,
    )  # fmt: skip
    def get(self, request: Request, receipt: str) -> Response:
        """Return the inclusion proof of a receipt of `X-Audit-Receipt`, a C2SP tlog-proof."""
        controller = self.asked_by(request)
        match = RECEIPT.fullmatch(receipt)
        if match is None:
            raise proofs.NoSuchEntryError
        leaf = bytes.fromhex(match["leaf"])
        return Response(proofs.proof_of(UUID(match["id"]), leaf=leaf, controller=controller))


class ConsistencyView(LogView):
    """The proof that the log only grew."""

    @operation(
        "audit_consistency", "Get the proof that the log grew from one size to another",
        answer=documents.Consistency, parameters=("old", "new"), is_about_people=False,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Return the consistency proof between two sizes of the tree."""
        self.asked_by(request, "old", "new")
        old, new = (_number(request, name) for name in ("old", "new"))
        hashes = [proofs.base64_of(h) for h in proofs.consistency(old, new)]
        return Response({"old": old, "new": new, "hashes": hashes})


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    if not NUMBER.fullmatch(text):
        raise BadInputError(f"#/{name}", "invalid", _("A size is a whole number."))
    return int(text)
