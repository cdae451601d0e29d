"""Why the gate would open for a contact, or not: every question with its answer."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from api.purposes import asked
from api.v1 import documents, filters
from api.v1.base import ApiView
from api.v1.schema import operation
from governance.policy.vocabulary import Channel, Operation
from registry.gate import explaining
from registry.gate.errors import GateRefusedError
from registry.gate.explaining import Answer, Explanation

PARAMETERS = ("operation", "channel")


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
                operation=filters.word(request, "operation", Operation) or Operation.READ,
                channel=filters.word(request, "channel", Channel),
            ),
            now=question.now,
        )
        return Response(_body(explanation))


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
