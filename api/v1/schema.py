"""How an operation is written down: its parameters, its body, its answer, and all its refusals."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)

from api.errors import CONTENT_TYPE
from api.v1 import documents
from governance.policy.vocabulary import Channel, Operation

F = TypeVar("F", bound=Callable[..., Any])
PURPOSE = OpenApiParameter(
    "purpose",
    {"type": "string", "minLength": 1},
    OpenApiParameter.QUERY,
    required=True,
    description=(
        "The purpose of the register that the call acts for, such as `order_management`."
        " The header `X-Purpose` may name it instead."
    ),
)
PURPOSE_IF_SEVERAL = OpenApiParameter(
    "purpose",
    {"type": "string", "minLength": 1},
    OpenApiParameter.QUERY,
    description="The purpose that the call acts for, where its token has more than one.",
)
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="A random key; the same call sent again with it makes nothing twice. Kept a week.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The `ETag` of what was read, or `*` to change whatever is there.",
    examples=[OpenApiExample("a version", value='"9f86d081884c7d659a2feaa0c55ad015"')],
)
PAGES = {
    "cursor": OpenApiParameter(
        "cursor", str, description="Opaque position, from `next` of the page before."
    ),
    "page_size": OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
        description="How many records at most.",
    ),
    "operation": OpenApiParameter(
        "operation",
        str,
        enum=[word.value for word in Operation],
        description="What would be done; reading, if it is not said.",
    ),
    "channel": OpenApiParameter(
        "channel",
        str,
        enum=[word.value for word in Channel],
        description="By which channel a message would go.",
    ),
    "old": OpenApiParameter("old", int, required=True, description="Size of the older checkpoint."),
    "new": OpenApiParameter("new", int, required=True, description="Size of the newer checkpoint."),
}
RECEIPT = OpenApiParameter(
    "X-Audit-Receipt",
    str,
    OpenApiParameter.HEADER,
    response=[200, 201, 202],
    description="Id and leaf hash of the entry that the call left in the audit log.",
)
PROBLEMS = {
    400: "The call is not valid: no purpose, malformed JSON, a field, a cursor, a page size.",
    401: "No token, or one that is unknown, expired or revoked.",
    403: "The gate refused: the purpose, the role, the activity, the basis or the person.",
    404: "Nothing is held under this identifier for your controller.",
    405: "The address does not take the method.",
    406: "The answer does not exist in the format you accept.",
    429: "Too many calls of this token.",
    500: "Something went wrong; the call was undone.",
}
OF_VERSION = {
    412: "The record was changed since it was read.",
    428: "The call does not say which version it changes.",
}
OF_BODY = {
    409: "An Idempotency-Key was used for another call, or the record collides with another.",
    413: "The body is larger than one megabyte.",
    415: "The body is not JSON.",
}
NOTHING_ELSE: Mapping[int, str] = {}


class StrictBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # registers itself
    """Says of every body that a field it does not name is refused."""

    target_class = "api.v1.fields.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        """Return the body as it would be, closed."""
        found = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**found, "additionalProperties": False}


def operation(
    name: str,
    summary: str,
    *,
    answer: type | OpenApiTypes,
    body: type | None = None,
    status: int = 200,
    parameters: Sequence[str] = (),
    narrowed: Sequence[OpenApiParameter] = (),
    idempotent: bool = False,
    is_conditional: bool = False,
    names_version: bool = True,
    media: str = "application/json",
    is_about_people: bool = True,
    names_purpose: bool = True,
    refuses: Mapping[int, str] = NOTHING_ELSE,
) -> Callable[[F], F]:
    """Describe one method of a view for the OpenAPI document.

    Arguments
    ---------
    name : operationId
    answer, body : serializers of what is sent back and taken
    parameters : names of `PAGES`
    narrowed : by what a list is narrowed
    is_conditional : whether it says which version it changes
    names_version : whether it does so with `If-Match`, not in its body
    media : of the answer
    is_about_people : whether the call has a purpose
    names_purpose : whether it has to name it, also where its token has only one
    refuses : what it refuses besides, by status
    """
    described = {
        **PROBLEMS,
        **(OF_BODY if body else {}),
        **(OF_VERSION if is_conditional else {}),
        **refuses,
    }
    problems = {
        (code, CONTENT_TYPE): OpenApiResponse(documents.Problem, description=text)
        for code, text in described.items()
    }
    purpose = PURPOSE if names_purpose else PURPOSE_IF_SEVERAL
    extra = [*(PAGES[p] for p in parameters), *narrowed, *([IDEMPOTENCY] if idempotent else [])]
    extra += [IF_MATCH] if is_conditional and names_version else []
    decorated: Callable[[F], F] = extend_schema(
        operation_id=name,
        summary=summary,
        tags=[name.split("_", maxsplit=1)[0]],
        parameters=[*([purpose] if is_about_people else []), *extra, RECEIPT],
        request={"application/json": body} if body else None,
        responses={(status, media): answer, **problems},
    )
    return decorated
