"""What a list is narrowed to: words of closed lists and random ids, never anything personal."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from api.errors import BadInputError

W = TypeVar("W", bound=StrEnum)


def of_words(name: str, words: Iterable[str], text: str) -> OpenApiParameter:
    """Describe a filter by a word of a closed list."""
    return OpenApiParameter(name, str, enum=[str(word) for word in words], description=text)


def of_id(name: str, text: str) -> OpenApiParameter:
    """Describe a filter by an id."""
    return OpenApiParameter(name, OpenApiTypes.UUID, description=text)


def word(request: Request, name: str, words: type[W]) -> W | None:
    """Return a parameter that is a word of the vocabulary; None where it is not given.

    Raises
    ------
    BadInputError
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    return words(one_of(request, name, [str(known) for known in words]))


def one_of(request: Request, name: str, words: Iterable[str]) -> str:
    """Return a parameter that is one of some words; "" where it is not given.

    Raises
    ------
    BadInputError
    """
    text = request.query_params.get(name)
    if text is not None and text not in words:
        raise BadInputError(f"#/{name}", "unknown_word", _("This word is not known here."))
    return text or ""


def identifier(request: Request, name: str) -> UUID | None:
    """Return a parameter that is an id; None where it is not given.

    Raises
    ------
    BadInputError
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise BadInputError(f"#/{name}", "invalid", _("An id is a UUID.")) from None
