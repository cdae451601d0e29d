"""Possible sales, and tasks: listed by id, one by one, new ones, and how they go on."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import pagination
from api.errors import BadInputError
from api.idempotency import once
from api.pagination import Page
from api.purposes import Asked, asked
from api.v1 import documents, sale_documents, sale_forms, shapes, subjects
from api.v1.base import (
    ApiView,
    created,
    idempotency_key,
    listed,
    path_of,
    reading,
    require_one,
    taken,
)
from api.v1.schema import operation
from crm.models import Opportunity, Task
from crm.sales import opportunities, todo
from crm.sales.opportunities import Hope
from governance.policy.categories import Category
from governance.policy.sales import About, Stage
from governance.policy.vocabulary import Operation
from registry.gate.access import Access


class OpportunitiesView(ApiView):
    """Possible sales."""

    @operation(
        "opportunities_list",
        "List possible sales",
        answer=sale_documents.OpportunityPage,
        parameters=pagination.PARAMETERS,
    )
    def get(self, request: Request) -> Response:
        """Return one page of the sales that have not ended, by id."""
        question = asked(request, *pagination.PARAMETERS)
        page = self.page(request, question, parts=1)
        people = subjects.of_open(Opportunity)
        with reading(question, Operation.LIST, subjects=people) as access:
            access.require(Category.COMMUNICATIONS)
            rows = access.rows(Opportunity).exclude(stage__in=["won", "lost"])
            body = _page(access, question, page, rows, of=Opportunity, name="opportunities")
        return Response(body)

    @operation(
        "opportunities_create",
        "Record a possible sale",
        body=sale_forms.OpportunityForm,
        answer=documents.Reference,
        status=201,
        idempotent=True,
    )
    def post(self, request: Request) -> Response:
        """Record a possible sale of a person or an account, at its first stage."""
        question = asked(request)
        said = taken(sale_forms.OpportunityForm, request)
        key = idempotency_key(request, question)
        with reading(question, Operation.CREATE, subjects=said["contact"]) as access:

            def make() -> UUID:
                hope = Hope(**{n: v for n, v in said.items() if n != "contact" and v is not None})
                by = question.actor.staff
                made: UUID = opportunities.open_one(access, said["contact"], hope, by=by).pk
                return made

            written = once(key, make, now=question.now)
        body = {"id": written.resource, "href": path_of("opportunities", written.resource)}
        return created(written, body)


class OpportunityView(ApiView):
    """One possible sale."""

    @operation("opportunities_retrieve", "Read a possible sale", answer=sale_documents.Opportunity)
    def get(self, request: Request, opportunity: UUID) -> Response:
        """Return one possible sale."""
        question = asked(request)
        people = subjects.of_row(Opportunity, opportunity)
        with reading(question, Operation.READ, subjects=people) as access:
            require_one(access)
            access.require(Category.COMMUNICATIONS)
            row = access.rows(Opportunity).get(pk=opportunity)
            body = shapes.opportunity(access, row) | {
                "_withheld": shapes.withheld(access, [Opportunity])
            }
        return Response(body)

    @operation(
        "opportunities_update",
        "Move a possible sale to a stage",
        body=sale_forms.StageForm,
        answer=documents.Reference,
    )
    def patch(self, request: Request, opportunity: UUID) -> Response:
        """Move it, and write when; what has ended stays as it ended."""
        question = asked(request)
        said = taken(sale_forms.StageForm, request)
        people = subjects.of_row(Opportunity, opportunity)
        with reading(question, Operation.UPDATE, subjects=people) as access:
            require_one(access)
            opportunities.move(
                access, opportunity, Stage(said["stage"]), by=question.actor.staff,
                probability=said.get("probability"),
            )  # fmt: skip
        return Response({"id": opportunity, "href": path_of("opportunities", opportunity)})


class TasksView(ApiView):
    """What is to be done for people."""

    @operation(
        "tasks_list",
        "List what is to be done",
        answer=sale_documents.TaskPage,
        parameters=pagination.PARAMETERS,
    )
    def get(self, request: Request) -> Response:
        """Return one page of the tasks that are not done, by id."""
        question = asked(request, *pagination.PARAMETERS)
        page = self.page(request, question, parts=1)
        with reading(question, Operation.LIST, subjects=subjects.of_open(Task)) as access:
            access.require(Category.COMMUNICATIONS)
            rows = access.rows(Task).filter(done_at__isnull=True)
            body = _page(access, question, page, rows, of=Task, name="tasks")
        return Response(body)

    @operation(
        "tasks_create",
        "Give a task",
        body=sale_forms.TaskForm,
        answer=documents.Reference,
        status=201,
        idempotent=True,
    )
    def post(self, request: Request) -> Response:
        """Write down what has to be done for a person, and by when."""
        question = asked(request)
        said = taken(sale_forms.TaskForm, request)
        key = idempotency_key(request, question)
        duty = _duty(said)
        with reading(question, Operation.CREATE, subjects=said["contact"]) as access:

            def make() -> UUID:
                made: UUID = todo.give(access, said["contact"], duty).pk
                return made

            written = once(key, make, now=question.now)
        body = {"id": written.resource, "href": path_of("tasks", written.resource)}
        return created(written, body)


class TaskView(ApiView):
    """One task."""

    @operation(
        "tasks_update",
        "Say whether a task is done",
        body=sale_forms.TaskDoneForm,
        answer=documents.Reference,
    )
    def patch(self, request: Request, task: UUID) -> Response:
        """Mark a task as done, or as still to do."""
        question = asked(request)
        said = taken(sale_forms.TaskDoneForm, request)
        people = subjects.of_row(Task, task)
        with reading(question, Operation.UPDATE, subjects=people) as access:
            require_one(access)
            todo.mark(access, task, is_done=said["is_done"])
        return Response({"id": task, "href": path_of("tasks", task)})


def _duty(said: dict[str, Any]) -> todo.Duty:
    """Return what is to be done; what it is about has a kind and an id, or neither."""
    kind, about = said.get("about_kind"), said.get("about")
    if (kind is None) != (about is None):
        raise BadInputError(
            "#/about", "kind_and_id", _("Say both what it is about and its id, or neither.")
        )
    return todo.Duty(
        title=said["title"],
        do_by=said["do_by"],
        note=said.get("note") or "",
        role=said.get("role", ""),
        about_kind=About(kind) if kind else About.PERSON,
        about=about,
    )


def _page(
    access: Access, question: Asked, page: Page, rows: Any, *, of: type, name: str
) -> dict[str, Any]:
    """Return one page of rows by id, with what was left out of it."""
    if page.after:
        rows = rows.filter(pk__gt=page.after[0])
    found = list(rows.order_by("pk")[: page.size + 1])
    shown = [SHAPES[of](access, row) for row in found[: page.size]]
    last = (str(found[page.size - 1].pk),) if len(found) > page.size else None
    return listed(
        shown,
        next_link=page.link(path_of(name), question.purpose, last) if last else None,
        excluded=access.excluded,
        withheld=shapes.withheld(access, [of]),
    )


SHAPES: dict[type, Any] = {Opportunity: shapes.opportunity, Task: shapes.task}
