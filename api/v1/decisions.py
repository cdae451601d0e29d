"""Why the gate would open for a contact, or not: every question with its answer."""

from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import BadInputError
from api.purposes import asked
from api.v1 import documents
from api.v1.base import ApiView
from api.v1.schema import operation
from governance.policy.vocabulary import Channel, Operation
from registry.gate import explaining
from registry.gate.errors import GateRefusedError
from registry.gate.explaining import Answer, Explanation

PARAMETERS = ("operation", "channel")
W = TypeVar("W", bound=StrEnum)


class DecisionView(ApiView):
    """The decision about one contact, explained."""

    @operation(
        "contacts_decision",
        "Explain the decision about a contact",
        answer=documents.Decision,
        parameters=PARAMETERS,
    )
    def get(self, request: Request, contact: UUID) -> Response:
        """Return each question in order, its answer, and the ids of the rows it rests on."""
        question = asked(request, *PARAMETERS)
        explanation = explaining.explain(
            question.actor,
            explaining.Asked(
                who=contact,
                purpose=question.purpose,
                operation=_word(request, "operation", Operation) or Operation.READ,
                channel=_word(request, "channel", Channel),
            ),
            now=question.now,
        )
        return Response(_body(explanation))


def _word(request: Request, name: str, words: type[W]) -> W | None:
    """Return a parameter that is a word of the vocabulary; None where it is not given.

    Raises
    ------
    BadInputError
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return words(text)
    except ValueError:
        raise BadInputError(
            f"#/{name}", "unknown_word", _("This word is not known here.")
        ) from None


def _body(explanation: Explanation) -> dict[str, Any]:
    return {
        "decision": explanation.refusal or "open",
        "activity": explanation.activity,
        "operation": explanation.asked.operation,
        "channel": explanation.asked.channel,
        "at": explanation.at,
        "answers": [_answer(answer) for answer in explanation.answers],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    told = GateRefusedError(answer.refusal) if answer.refusal else None
    return {
        "asks": answer.asks,
        "code": told.code if told else None,
        "article": told.article if told else "",
        "detail": str(told.message) if told else "",
        "advice": str(told.advice) if told else "",
        "evidence": [{"kind": row.kind, "id": row.id} for row in answer.evidence],
    }
