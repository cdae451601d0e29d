"""The log of calls: those of one contact, and new ones."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import pagination
from api.errors import BadInputError
from api.idempotency import once
from api.purposes import asked
from api.v1 import documents, service_documents, service_forms, shapes
from api.v1.base import ApiView, created, idempotency_key, listed, path_of, reading, taken
from api.v1.histories import Position
from api.v1.schema import operation
from crm.conversations import calls
from crm.conversations.calls import Outcome
from crm.models import Call
from governance.policy.categories import Category
from governance.policy.vocabulary import Operation
from registry.gate.access import Access


class CallsOfContactView(ApiView):
    """The phone calls with one contact."""

    @operation(
        "contacts_calls_list",
        "List the phone calls with a contact",
        answer=service_documents.CallPage,
        parameters=pagination.PARAMETERS,
    )
    def get(self, request: Request, contact: UUID) -> Response:
        """Return one page of calls, newest first; what was said is in their interactions."""
        question = asked(request, *pagination.PARAMETERS)
        page = self.page(request, question, parts=2, about=str(contact))
        with reading(question, Operation.LIST, subjects=contact) as access:
            access.require(Category.COMMUNICATIONS)
            before = Position.of(page)
            rows = before.older(access.rows(Call), "called_at") if before else access.rows(Call)
            ordered = rows.select_related("interaction").order_by("-called_at", "-pk")
            found = list(ordered[: page.size + 1])
            shown = found[: page.size]
            last = (shown[-1].called_at.isoformat(), str(shown[-1].pk)) if found != shown else ()
            path = f"{path_of('contacts', contact)}calls/"
            body = listed(
                [_shown(access, row) for row in shown],
                next_link=page.link(path, question.purpose, last) if last else None,
                excluded=access.excluded,
                withheld=shapes.withheld(access, [Call]),
            )
        return Response(body)


class CallsView(ApiView):
    """New calls."""

    @operation(
        "calls_create",
        "Log a phone call",
        body=service_forms.CallForm,
        answer=documents.Reference,
        status=201,
        idempotent=True,
    )
    def post(self, request: Request) -> Response:
        """Log how a call went; who asked not to be called again is heeded at once.

        Before a call goes out, ask: a message by `phone` through `/api/v1/messages/` is prepared
        only where the gate lets the house call.
        """
        question = asked(request)
        said = taken(service_forms.CallForm, request)
        if ("interaction" in said) == ("direction" in said):
            raise BadInputError(
                "#/direction", "either_or", _("Say the interaction of the call, or its direction.")
            )
        key = idempotency_key(request, question)
        subject: UUID = said["contact"]
        with reading(question, Operation.CREATE, subjects=subject) as access:

            def make() -> UUID:
                made: UUID = _log(access, said, purpose=question.purpose).pk
                return made

            written = once(key, make, now=question.now)
        href = f"{path_of('contacts', subject)}calls/"
        return created(written, {"id": written.resource, "href": href})


def _log(access: Access, said: dict[str, Any], *, purpose: str) -> Call:
    outcome = Outcome(
        said["disposition"], said.get("seconds", 0), said.get("script"), said.get("words", "")
    )
    at = min(said["called_at"], access.now)
    if "interaction" in said:
        return calls.log_call(access, said["interaction"], outcome, at=at)
    return calls.record(
        access, said["contact"], outcome, at=at, direction=said["direction"], purpose=purpose,
        topic=said.get("topic", ""),
    )  # fmt: skip


def _shown(access: Access, row: Call) -> dict[str, Any]:
    return {
        "id": row.pk,
        "contact": row.subject_id,
        "interaction": row.interaction_id,
        "direction": row.interaction.direction,
        "script": row.script_id,
        **access.values(row),
    }
