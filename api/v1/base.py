"""What every operation of version 1 has in common.

A view says what it asks, opens one access, takes plain data out of it, and answers after the
access has committed: so an answer without its audit entry cannot exist. `X-Audit-Receipt`
carries the id and leaf hash of the entry.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from api.errors import NotHeldError
from api.idempotency import Key, Written, key_of
from api.pagination import Page, page
from api.purposes import Asked
from api.throttling import TokenThrottle
from api.v1.formats import JsonParser, JsonRenderer
from governance.policy.vocabulary import Operation
from registry.gate import attempt
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.errors import GateRefusedError

RECEIPT = "X-Audit-Receipt"
logger = logging.getLogger(__name__)


class ApiView(APIView):
    """The base of all views: JSON only, throttled by token, never cached, logged without values."""

    renderer_classes = [JsonRenderer]
    parser_classes = [JsonParser]
    throttle_classes = [TokenThrottle]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate and throttle, before anything of the call is read."""
        attempt.forget_receipt()
        super().initial(request, *args, **kwargs)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Show the receipt, forbid caching, and log the pattern of the address, not the address."""
        done: HttpResponseBase = super().finalize_response(request, response, *args, **kwargs)
        done.headers["Cache-Control"] = "no-store"
        done.headers["Vary"] = "Authorization, Accept-Language"
        if receipt := attempt.last_receipt():
            done.headers[RECEIPT] = str(receipt)
        match = request.resolver_match
        logger.info(
            "%s %s %d %s",
            request.method,
            match.route if match else "-",
            done.status_code,
            getattr(done, "code", "-"),
        )
        # Django would log the address as it was sent, whatever was written into it.
        done._has_been_logged = True  # type: ignore[attr-defined]  # django.utils.log reads it
        return done

    def page(self, request: Request, asked: Asked, *, parts: int, about: str = "") -> Page:
        """Return the page asked for in the query; a position has `parts` values."""
        return page(
            size=request.query_params.get("page_size"),
            cursor=request.query_params.get("cursor"),
            place=self.place(asked, about),
            parts=parts,
        )

    def place(self, asked: Asked, about: str = "") -> str:
        """Return what a cursor is bound to: the token, the list, whom it is about."""
        return f"{asked.token}|{type(self).__name__}|{about}"


@contextmanager
def reading(asked: Asked, operation: Operation, *, subjects: gate.Subjects) -> Iterator[Access]:
    """Open an access for the purpose of the call."""
    with gate.open(
        asked.actor, asked.purpose, operation, subjects=subjects, now=asked.now
    ) as access:
        yield access


def require_one(access: Access) -> None:
    """Say why a record that was looked up by its own id is not shown.

    Raises
    ------
    NotHeldError
        there is no such record, or it belongs to another controller
    GateRefusedError
        it is about a person whose data may not be used for this purpose
    """
    for refusal in access.excluded:
        raise GateRefusedError(refusal)
    if not access.admitted:
        raise NotHeldError


def created(written: Written, body: Mapping[str, Any]) -> Response:
    """Return the answer to a write: where the record is, and whether it was there already."""
    headers = {"Location": str(body["href"])}
    if written.is_repeated:
        headers["Idempotency-Replayed"] = "true"
    return Response(body, status=201, headers=headers)


def listed(
    items: list[dict[str, Any]],
    *,
    next_link: str | None,
    excluded: Mapping[Any, int],
    withheld: Iterable[str],
) -> dict[str, Any]:
    """Return one page: what may be shown, and how much may not, by reason."""
    return {
        "items": items,
        "next": next_link,
        "excluded": {str(reason): count for reason, count in excluded.items()},
        "_withheld": sorted(withheld),
    }


def taken(serializer: type[Serializer[Any]], request: Request, *, partial: bool = False) -> Any:
    """Return the validated body of a call; unknown fields are refused.

    Raises
    ------
    ValidationError, ParseError, BodyTooLargeError
    """
    form = serializer(data=request.data, partial=partial, context={"now": timezone.now()})
    form.is_valid(raise_exception=True)
    return form.validated_data


def idempotency_key(request: Request, asked: Asked) -> Key | None:
    """Return the idempotency key of a call whose body has been read."""
    return key_of(request, asked, getattr(request, "sent", b""))


def path_of(name: str, identifier: UUID | None = None) -> str:
    """Return the path of a resource of this version."""
    return f"/api/v1/{name}/{identifier}/" if identifier else f"/api/v1/{name}/"
