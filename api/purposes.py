"""What every call says before it gets anything: as whom, for which purpose, at which moment.

The purpose comes as the query parameter `purpose` or the header `X-Purpose`. It is not judged
here: the gate does that, and records its refusal. Parameters that an operation does not know
are refused, so that nobody gets used to putting search terms, which are
personal data, into addresses that end up in logs.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from api.authentication import System
from audit import log
from audit.actions import Action, Outcome
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.decisions import Refusal, decide_request
from governance.policy.decisions import Request as DecisionRequest
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Operation
from registry import activities
from registry.gate.errors import GateRefusedError

PARAMETER = "purpose"
HEADER = "X-Purpose"


class PurposeMissingError(GovernanceError):
    """The call names no purpose."""

    code = "purpose_missing"
    article = "5(1)(b)"
    message = _("The call names no purpose.")
    advice = _("Add `?purpose=` with a purpose of the register that your token may act for.")


class PurposeAmbiguousError(GovernanceError):
    """The call names two purposes."""

    code = "purpose_ambiguous"
    article = "5(1)(b)"
    message = _("The call names more than one purpose.")
    advice = _("Send one purpose, in the query or in the header.")


class ParameterUnknownError(GovernanceError):
    """A query parameter that this operation does not have."""

    code = "parameter_unknown"
    message = _("The address has a parameter that is not known here.")
    advice = _(
        "Remove it. Search terms never go into an address: use POST /api/v1/contacts/search/."
    )


@dataclass(frozen=True)
class Asked:
    """Who asks, for which purpose, when; `token` names the system."""

    actor: Actor
    purpose: str
    token: UUID
    now: datetime


def asked(request: Request, *known: str, only: bool = False) -> Asked:
    """Return what the call says of itself; `known` are its other query parameters.

    Arguments
    ---------
    only : a call that names no purpose acts for the only one of its token, where it has one

    Raises
    ------
    PurposeMissingError, PurposeAmbiguousError, ParameterUnknownError
    """
    system = request.user
    if not isinstance(system, System):
        raise NotAuthenticated
    if set(request.query_params) - {PARAMETER, *known}:
        raise ParameterUnknownError
    said = {*request.query_params.getlist(PARAMETER), request.headers.get(HEADER, "")} - {""}
    own = system.actor.purposes or frozenset()
    if not said and only and len(own) == 1:
        said = set(own)
    if not said:
        raise PurposeMissingError
    if len(said) > 1:
        raise PurposeAmbiguousError
    # PostgreSQL takes no NUL in a text; such a purpose is as unknown as any other.
    purpose = said.pop().replace("\x00", "�")
    return Asked(system.actor, purpose, system.token, timezone.now())


def require(question: Asked, operation: Operation, *, categories: frozenset[Category]) -> None:
    """Refuse, and record it, unless the purpose allows the operation on these categories.

    For the duties (Art. 12-22): they open without a purpose, but a connected system has to act
    within the purposes of its token there too.
    """
    actor, purpose, now = question.actor, question.purpose, question.now
    in_force = activities.in_force(actor.controller, purpose, at=now)
    refusal = decide_request(
        DecisionRequest(actor.role, actor.purposes, purpose, operation, categories),
        purpose_exists=activities.purpose_exists(actor.controller, purpose),
        activity=in_force.terms if in_force else None,
    )
    if refusal:
        _record_refusal(question, operation, refusal)
        raise GateRefusedError(refusal)


def _record_refusal(question: Asked, operation: Operation, refusal: Refusal) -> None:
    purpose = question.purpose if log.WORD.match(question.purpose) else "unknown"
    event = log.Event(
        action=Action.ACCESS_REFUSED,
        purpose=purpose,
        outcome=Outcome.REFUSED,
        operation=operation,
        reason=refusal,
    )
    log.record_apart(question.actor, event, now=question.now)
