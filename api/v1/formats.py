"""JSON in and out, by orjson: strict reading, and bytes made once from plain data."""

from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

import orjson
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from governance.policy.errors import GovernanceError

LARGEST_BODY = 1024 * 1024
"""Bytes; the largest order with its lines is far below."""


class BodyTooLargeError(GovernanceError):
    """The body is longer than any record."""

    code = "body_too_large"
    status = 413
    message = _("The body is larger than one megabyte.")
    advice = _("Send one record at a time; for many, use the import.")


class JsonParser(BaseParser):
    """Reads one JSON object: UTF-8 only, no NaN, no lone surrogates, no bottomless nesting."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the value of a body.

        Raises
        ------
        ParseError, BodyTooLargeError
        """
        del media_type
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise BodyTooLargeError
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise ParseError from None
        if parser_context is not None and (request := parser_context.get("request")):
            request.sent = body
        return value


class JsonRenderer(BaseRenderer):
    """Writes plain data; exact numbers as strings, so that no cent is rounded."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the bytes of an answer."""
        del accepted_media_type, renderer_context
        return orjson.dumps(data, default=_plain)


class TextRenderer(BaseRenderer):
    """Writes text as it is; checkpoints and proofs are signed to the byte."""

    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the bytes of an answer."""
        del accepted_media_type, renderer_context
        return str(data).encode()


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError
