"""Every error as `application/problem+json` (RFC 9457), in the language of the caller.

A problem has `type`, `title`, `status` and `detail`, and besides them what a program and its
keeper need: `code` (stable), `article` of the Regulation, `advice` and `retryable`. Bad input
lists its places in `errors`, each with a JSON pointer. What went wrong inside is never
shown and never logged as text, for the text of an error may hold a person's data: the log
gets the class and the place, the caller the reference that joins the two.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from traceback import extract_tb
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from psycopg.errors import UniqueViolation
from rest_framework import exceptions
from rest_framework.exceptions import ErrorDetail

from governance.policy.errors import GovernanceError, Text

CONTENT_TYPE = "application/problem+json"
TEMPORARY = 503
SERVER_ERROR = 500
EXTENSIONS = ("category", "about", "parameter")
"""Details of our errors that are words of closed lists and may be shown."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """One kind of problem as RFC 9457 describes it, with our extension members."""

    code: str
    title: Text
    status: int
    detail: Text = ""
    article: str = ""
    advice: Text = ""
    retryable: bool = False
    extensions: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the members in the language that is active now."""
        return {
            "type": f"{settings.BASE_URL}/api/v1/problems/{self.code}/",
            "title": str(self.title),
            "status": self.status,
            "detail": str(self.detail or self.title),
            "code": self.code,
            "article": self.article,
            "advice": str(self.advice),
            "retryable": self.retryable,
            **self.extensions,
        }


class ProblemResponse(HttpResponse):
    """An answer that says what is wrong; never cached."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(
            orjson.dumps(problem.as_dict(), default=str),
            content_type=CONTENT_TYPE,
            status=problem.status,
            headers={"Cache-Control": "no-store", **(headers or {})},
        )
        self.code = problem.code


class BadInputError(GovernanceError):
    """The body does not fit; `at` is the JSON pointer, `what` the code of the place."""

    code = "validation_failed"
    message = _("The data sent is not valid.")
    advice = _("Correct what `errors` lists and send the whole again; nothing was saved.")

    def __init__(self, at: str, what: str, text: Text) -> None:
        self.at, self.what, self.text = at, what, text
        super().__init__()


class NotHeldError(GovernanceError):
    """No such record, or one of another controller: the answer is the same."""

    code = "not_found"
    status = 404
    message = _("There is nothing under this address.")
    advice = _("Check the identifier and the path; every path ends with a slash.")


VALIDATION = Problem("validation_failed", BadInputError.message, 400, advice=BadInputError.advice)
UNEXPECTED = Problem(
    "internal_error",
    _("Something went wrong on our side."),
    SERVER_ERROR,
    _("The call was undone as a whole."),
    advice=_("Send it again; if it fails again, tell us the reference in `instance`."),
    retryable=True,
)
CONFLICT = Problem(
    "conflict",
    _("The record collides with one that exists."),
    409,
    advice=_("Read what is there before you write again."),
)
UNAVAILABLE = Problem(
    "temporarily_unavailable",
    _("The service can not answer just now."),
    TEMPORARY,
    advice=_("Send the call again after a moment."),
    retryable=True,
)
MALFORMED = Problem(
    "malformed_json",
    _("The body is not valid JSON."),
    400,
    advice=_("Send one JSON object, encoded as UTF-8."),
)
OF_FRAMEWORK: dict[type[Exception], Problem] = {
    exceptions.ParseError: MALFORMED,
    exceptions.NotAuthenticated: Problem(
        "token_missing",
        _("The call has no token."),
        401,
        article="32(1)(b)",
        advice=_("Send `Authorization: Bearer cst_...` with the token your DPO issued."),
    ),
    exceptions.PermissionDenied: Problem("forbidden", _("This is not allowed."), 403),
    exceptions.NotFound: Problem(
        "not_found", NotHeldError.message, 404, advice=NotHeldError.advice
    ),
    Http404: Problem("not_found", NotHeldError.message, 404, advice=NotHeldError.advice),
    SuspiciousOperation: MALFORMED,
    exceptions.MethodNotAllowed: Problem(
        "method_not_allowed",
        _("This address does not take the method."),
        405,
        advice=_("The header `Allow` lists the methods it takes."),
    ),
    exceptions.NotAcceptable: Problem(
        "not_acceptable",
        _("The answer does not exist in the format you accept."),
        406,
        advice=_("Accept `application/json`."),
    ),
    exceptions.UnsupportedMediaType: Problem(
        "unsupported_media_type",
        _("The body has a format that is not read here."),
        415,
        advice=_("Send `Content-Type: application/json`."),
    ),
    exceptions.Throttled: Problem(
        "throttled",
        _("Too many calls."),
        429,
        advice=_("Wait as many seconds as `Retry-After` says."),
        retryable=True,
    ),
}
"""What DRF raises by itself, in our words. Its own texts may repeat what was sent."""


def handle(error: Exception, context: Mapping[str, Any]) -> ProblemResponse:
    """Return the problem that stands for an error. Called by DRF for every exception."""
    request = context.get("request")
    headers = {}
    wait = getattr(error, "wait", None)  # of Throttled, in seconds
    if wait is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    view = context.get("view")
    if isinstance(error, exceptions.MethodNotAllowed) and view is not None:
        headers["Allow"] = ", ".join(view.allowed_methods)
    problem = problem_of(error)
    if problem.status == 401 and request is not None:  # noqa: PLR2004 - RFC 9110
        headers["WWW-Authenticate"] = 'Bearer realm="custode"'
    return ProblemResponse(problem, headers)


def problem_of(error: Exception) -> Problem:
    """Return the problem of an error; an unknown one is logged by its class and place."""
    if isinstance(error, BadInputError):
        place = {"pointer": error.at, "code": error.what, "detail": str(error.text)}
        return _with_errors([place])
    if isinstance(error, GovernanceError):
        return _of_ours(error)
    if isinstance(error, exceptions.ValidationError):
        return _with_errors(list(_places(error.get_full_details())))
    for kind, problem in OF_FRAMEWORK.items():
        if isinstance(error, kind):
            return problem
    return _of_machine(error)


def _of_ours(error: GovernanceError) -> Problem:
    shown = {name: error.details[name] for name in EXTENSIONS if name in error.details}
    return Problem(
        code=error.code,
        title=error.message,
        status=error.status,
        detail=f"{error.message} {error.advice}".strip(),
        article=error.article,
        advice=error.advice,
        retryable=error.retryable,
        extensions=shown,
    )


def _of_machine(error: Exception) -> Problem:
    if isinstance(error, IntegrityError) and isinstance(error.__cause__, UniqueViolation):
        return CONFLICT
    problem = UNAVAILABLE if isinstance(error, OperationalError) else UNEXPECTED
    reference = uuid4()
    log_without_text(error, reference)
    return Problem(
        **{
            **vars(problem),
            "extensions": {"instance": f"urn:uuid:{reference}"},
        }
    )


def log_without_text(error: Exception, reference: UUID) -> None:
    """Log the class of an error and where it was raised; its text may hold personal data."""
    frames = extract_tb(error.__traceback__)
    places = " < ".join(f"{f.name}:{f.lineno}" for f in reversed(frames[-8:]))
    logger.error("api call failed %s: %s at %s", reference, type(error).__name__, places)


def _with_errors(errors: list[dict[str, str]]) -> Problem:
    return Problem(**{**vars(VALIDATION), "extensions": {"errors": errors}})


def _places(details: Any, at: str = "#") -> Iterator[dict[str, str]]:
    """Yield one entry for each wrong place of a body, with its JSON pointer (RFC 6901)."""
    if isinstance(details, Mapping) and isinstance(details.get("message"), ErrorDetail):
        code = str(details.get("code") or "invalid")
        yield {"pointer": at, "code": code, "detail": str(details["message"])}
        return
    if isinstance(details, Mapping):
        for name, inner in details.items():
            own = at if name == "non_field_errors" else f"{at}/{_escaped(str(name))}"
            yield from _places(inner, own)
        return
    for number, inner in enumerate(details):
        is_leaf = isinstance(inner, Mapping) and isinstance(inner.get("message"), ErrorDetail)
        yield from _places(inner, at if is_leaf else f"{at}/{number}")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
