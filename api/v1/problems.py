"""The pages that `type` of a problem points to, and the answer to addresses that do not exist."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import (
    CONFLICT,
    MALFORMED,
    OF_FRAMEWORK,
    UNAVAILABLE,
    UNEXPECTED,
    VALIDATION,
    NotHeldError,
    Problem,
)
from api.v1.base import ApiView
from governance.policy.errors import GovernanceError
from registry.gate.errors import REFUSALS, GateRefusedError


def known() -> dict[str, Problem]:
    """Return every kind of problem by its code: ours, the gate's, and the framework's."""
    fixed = [MALFORMED, VALIDATION, CONFLICT, UNEXPECTED, UNAVAILABLE, *OF_FRAMEWORK.values()]
    found = {problem.code: problem for problem in fixed}
    for kind in _descendants(GovernanceError):
        found.setdefault(kind.code, _of(kind))
    for refusal in REFUSALS:
        error = GateRefusedError(refusal)
        found[error.code] = Problem(
            error.code, error.message, error.status, article=error.article, advice=error.advice
        )
    return found


def _descendants(kind: type[GovernanceError]) -> list[type[GovernanceError]]:
    return [d for child in kind.__subclasses__() for d in (child, *_descendants(child))]


def _of(kind: type[GovernanceError]) -> Problem:
    return Problem(
        kind.code, kind.message, kind.status, article=kind.article, advice=kind.advice,
        retryable=kind.retryable,
    )  # fmt: skip


@extend_schema(exclude=True)
class ProblemView(ApiView):
    """What one code means; says nothing about anybody and needs no token."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []

    def get(self, request: Request, code: str = "") -> Response:
        """Return the meaning of a code, or all of them."""
        del request
        problems = known()
        if not code:
            return Response({"items": [p.as_dict() for _, p in sorted(problems.items())]})
        if code not in problems:
            raise NotHeldError
        return Response(problems[code].as_dict())


@extend_schema(exclude=True)
class NowhereView(ApiView):
    """Every address that does not exist: a problem, and no address in the log."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer any method alike."""
        self.http_method_names = [str(request.method).lower()]
        for method in self.http_method_names:
            setattr(self, method, self.nothing)
        return super().dispatch(request, *args, **kwargs)

    def nothing(self, request: Request, **_kwargs: Any) -> Response:
        """Say that there is nothing.

        Raises
        ------
        NotHeldError
            always
        """
        del request
        raise NotHeldError
