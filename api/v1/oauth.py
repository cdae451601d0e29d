"""The token endpoint of OAuth 2.0: client credentials alone (RFC 6749, section 4.4).

Its answers and errors are those of the RFC, not problems of ours, since libraries read them. A
scope is a purpose of the register. The secret comes by HTTP Basic or in the body, never in an
address.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import unquote_plus
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, JsonResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response

from api import authentication, clients
from api.models import ClientSecret
from api.v1.base import ApiView

GRANT = "client_credentials"
TOKEN = "/api/v1/oauth/token/"  # noqa: S105 - an address
ONCE = ("grant_type", "scope", "client_id", "client_secret")


class OAuthError(Exception):
    """An error as RFC 6749, section 5.2, writes it."""

    def __init__(self, code: str, status: int = 400) -> None:
        self.code, self.status = code, status
        super().__init__(code)


@extend_schema(exclude=True)
class TokenView(ApiView):
    """Exchanges a client's secret for an access token."""

    authentication_classes = []
    permission_classes = []
    parser_classes = [FormParser]

    def handle_exception(self, exc: Exception) -> Response:
        """Return an error of OAuth as the RFC writes it; what else goes wrong is a problem."""
        if not isinstance(exc, OAuthError):
            return super().handle_exception(exc)
        headers = {"WWW-Authenticate": 'Basic realm="custode"'} if exc.status == 401 else {}  # noqa: PLR2004 - RFC 6749
        return Response({"error": exc.code}, status=exc.status, headers=headers)

    def post(self, request: Request) -> Response:
        """Return an access token for the purposes in `scope`, or all of the client's.

        Raises
        ------
        OAuthError
        """
        now, said = timezone.now(), _said(request)
        client, secret = _credentials(request, said)
        held = authentication.client(client, secret, now=now)
        if held is None:
            raise OAuthError("invalid_client", 401)
        if said.get("grant_type") != GRANT:
            code = "unsupported_grant_type" if said.get("grant_type") else "invalid_request"
            raise OAuthError(code)
        token, given = clients.grant(held, _scope(said, held), now=now)
        authentication.record_grant(held.client, now=now)
        body = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int((given.expires_at - now).total_seconds()),
            "scope": " ".join(sorted(given.purposes)),
        }
        return Response(body, headers={"Pragma": "no-cache"})


def _said(request: Request) -> dict[str, str]:
    """Return the parameters of the body; what is sent twice or in the address is refused."""
    if request.query_params:
        raise OAuthError("invalid_request")
    sent = cast(QueryDict, request.data)  # of a form
    if any(len(sent.getlist(name)) > 1 for name in ONCE):
        raise OAuthError("invalid_request")
    return {name: str(sent[name]) for name in ONCE if sent.get(name)}


def _credentials(request: Request, said: Mapping[str, str]) -> tuple[UUID, str]:
    """Return id and secret of the client, by one way alone."""
    header = request.headers.get("Authorization")
    if header is None:
        client, secret = said.get("client_id", ""), said.get("client_secret", "")
        if not client or not secret:
            raise OAuthError("invalid_client", 401)
    elif "client_secret" in said:
        raise OAuthError("invalid_request")
    else:
        client, secret = _basic(header)
    try:
        return UUID(client), secret
    except ValueError:
        raise OAuthError("invalid_client", 401) from None


def _basic(header: str) -> tuple[str, str]:
    """Return what `Authorization: Basic` says, whose parts are form-encoded (section 2.3.1)."""
    scheme, _space, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    client, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise OAuthError("invalid_client", 401)
    return unquote_plus(client), unquote_plus(secret)


def _scope(said: Mapping[str, str], held: ClientSecret) -> frozenset[str]:
    own = frozenset(held.client.purposes)
    wanted = frozenset(said["scope"].split(" ")) if "scope" in said else own
    if not wanted <= own:
        raise OAuthError("invalid_scope")
    return wanted


@require_safe
def metadata(_request: HttpRequest) -> JsonResponse:
    """Say where the endpoint is and what it takes (RFC 8414); the same for everybody."""
    said: dict[str, Any] = {
        "issuer": settings.BASE_URL,
        "token_endpoint": f"{settings.BASE_URL}{TOKEN}",
        "grant_types_supported": [GRANT],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "service_documentation": f"{settings.BASE_URL}/manual/integrator/connect/",
    }
    return JsonResponse(said)
