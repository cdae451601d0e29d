"""Cases of service: the list, those of one contact, one by one, new ones, and how they go on."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import pagination, versions
from api.errors import BadInputError
from api.idempotency import once
from api.pagination import Page
from api.purposes import Asked, asked
from api.v1 import documents, filters, service_documents, service_forms, shapes, subjects
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
from api.v1.histories import Position
from api.v1.schema import operation
from api.v1.windows import Window
from crm.models import Article, Case
from crm.service import operations, queries
from crm.service.operations import NewCase
from governance.policy.cases import CaseKind, CaseState
from governance.policy.categories import Category
from governance.policy.vocabulary import Operation, Priority
from registry.gate.access import Access
from registry.gate.reading import rows_of
from registry.models import Staff

NARROWED = (
    filters.of_words("state", CaseState, "Where a case stands; those not solved without it."),
    filters.of_words("kind", CaseKind, "What somebody wants."),
    filters.of_words("priority", Priority, "How soon it is promised."),
    filters.of_id("assignee", "Who goes on with it."),
)
PARAMETERS = (*pagination.PARAMETERS, *(one.name for one in NARROWED))


class CasesView(ApiView):
    """Cases."""

    @operation(
        "cases_list",
        "List cases",
        answer=service_documents.CasePage,
        parameters=pagination.PARAMETERS,
        narrowed=NARROWED,
    )
    def get(self, request: Request) -> Response:
        """Return one page of the cases under the purpose of the call, the newest first."""
        question = asked(request, *PARAMETERS)
        page = self.page(request, question, parts=1)
        window = Window(queries.filtered(question.purpose, _filters(request)), page)
        with reading(question, Operation.LIST, subjects=window.people()) as access:
            access.require(Category.COMMUNICATIONS)
            rows, last = window.read(access)
            body = _page(access, question, page, rows, last, path=path_of("cases"))
        return Response(body)

    @operation(
        "cases_create",
        "Open a case",
        body=service_forms.CaseForm,
        answer=documents.Reference,
        status=201,
        idempotent=True,
    )
    def post(self, request: Request) -> Response:
        """Open a case; one about an order line carries the order, the product and the warranty."""
        question = asked(request)
        said = taken(service_forms.CaseForm, request)
        key = idempotency_key(request, question)
        subject: UUID = said.pop("contact")
        with reading(question, Operation.CREATE, subjects=subject) as access:

            def make() -> UUID:
                new = NewCase(**said)
                case = operations.open_case(access, new, subject=subject, purpose=question.purpose)
                made: UUID = case.pk
                return made

            written = once(key, make, now=question.now)
        body = {"id": written.resource, "href": path_of("cases", written.resource)}
        return created(written, body)


class CasesOfContactView(ApiView):
    """The cases of one contact."""

    @operation(
        "contacts_cases_list",
        "List the cases of a contact",
        answer=service_documents.CasePage,
        parameters=pagination.PARAMETERS,
    )
    def get(self, request: Request, contact: UUID) -> Response:
        """Return one page of cases, also of solved ones, newest first."""
        question = asked(request, *pagination.PARAMETERS)
        page = self.page(request, question, parts=2, about=str(contact))
        with reading(question, Operation.LIST, subjects=contact) as access:
            access.require(Category.COMMUNICATIONS)
            before = Position.of(page)
            rows = before.older(access.rows(Case), "opened_at") if before else access.rows(Case)
            found = list(_with(rows).order_by("-opened_at", "-pk")[: page.size + 1])
            shown = found[: page.size]
            last = (shown[-1].opened_at.isoformat(), str(shown[-1].pk)) if found != shown else ()
            path = f"{path_of('contacts', contact)}cases/"
            body = _page(access, question, page, shown, last, path=path)
        return Response(body)


class CaseView(ApiView):
    """One case."""

    @operation("cases_retrieve", "Read a case", answer=service_documents.Case)
    def get(self, request: Request, case: UUID) -> Response:
        """Return one case."""
        question = asked(request)
        people = subjects.of_row(Case, case)
        with reading(question, Operation.READ, subjects=people) as access:
            require_one(access)
            access.require(Category.COMMUNICATIONS)
            row = _with(access.rows(Case)).get(pk=case)
            body = _shown(access, row) | {"_withheld": shapes.withheld(access, [Case])}
            version = versions.version_of(_rows(access, case))
        return Response(body, headers={"ETag": versions.tag(version)})

    @operation(
        "cases_update",
        "Change a case",
        body=service_forms.CaseChangeForm,
        answer=documents.Reference,
        is_conditional=True,
    )
    def patch(self, request: Request, case: UUID) -> Response:
        """Change what a case says, give it to somebody, note an answer, or say where it stands."""
        question = asked(request)
        tags = versions.named(request)
        said = taken(service_forms.CaseChangeForm, request)
        people = subjects.of_row(Case, case)
        with reading(question, Operation.UPDATE, subjects=people) as access:
            require_one(access)
            operations.locked(access, case)
            versions.require(tags, _rows(access, case))
            _change(access, case, said)
        return Response({"id": case, "href": path_of("cases", case)})


def _filters(request: Request) -> queries.Filters:
    state = filters.word(request, "state", CaseState)
    return queries.Filters(
        states=frozenset({state}) if state else queries.Filters().states,
        kind=filters.word(request, "kind", CaseKind),
        priority=filters.word(request, "priority", Priority),
        assignee=filters.identifier(request, "assignee"),
    )


def _rows(access: Access, case: UUID) -> list[Case]:
    """Return the row of a case as its version is told by it."""
    return [row for row in rows_of(access, Case) if row.pk == case]


def _with(rows: Any) -> Any:
    return rows.select_related("product")


def _page(
    access: Access, question: Asked, page: Page, rows: Any, last: tuple[str, ...], *, path: str
) -> dict[str, Any]:
    found = _with(rows) if hasattr(rows, "select_related") else rows
    return listed(
        [_shown(access, row) for row in found],
        next_link=page.link(path, question.purpose, last) if last else None,
        excluded=access.excluded,
        withheld=shapes.withheld(access, [Case]),
    )


def _shown(access: Access, row: Case) -> dict[str, Any]:
    return {
        "id": row.pk,
        "contact": row.subject_id,
        "number": row.number,
        "purpose": row.purpose,
        "order": row.order_id,
        "order_line": row.order_line_id,
        "product_code": row.product.code if row.product else None,
        "conversation": row.conversation_id,
        "article": row.article_id,
        "assignee": row.assigned_to_id,
        **access.values(row),
    }


def _change(access: Access, case: UUID, said: dict[str, Any]) -> None:
    words: dict[str, Any] = {
        n: said[n] for n in ("topic", "description", "kind", "priority") if n in said
    }
    if words:
        operations.change(access, case, words)
    if "assignee" in said:
        operations.take(access, case, by=_colleague(access, said["assignee"]))
    if said.get("is_answered"):
        operations.answer(access, case)
    if "state" in said:
        _become(access, case, said)


def _become(access: Access, case: UUID, said: dict[str, Any]) -> None:
    """Take a case to a state; `open` means what it can mean as the case stands."""
    if said["state"] == CaseState.WAITING:
        operations.ask(access, case)
    elif said["state"] == CaseState.SOLVED:
        if not said.get("solution"):
            raise BadInputError(
                "#/solution", "required", _("Say what helped, for the next who ask the same.")
            )
        article = _article(access, said.get("article"))
        operations.solve(access, case, solution=said["solution"], article=article)
    elif operations.locked(access, case).state == CaseState.SOLVED:
        operations.reopen(access, case)
    else:
        operations.resume(access, case)


def _colleague(access: Access, staff: UUID) -> UUID:
    if not Staff.objects.filter(pk=staff, controller=access.controller, is_active=True).exists():
        raise BadInputError(
            "#/assignee", "unknown_staff", _("There is no member of staff with this id.")
        )
    return staff


def _article(access: Access, article: UUID | None) -> Article | None:
    if article is None:
        return None
    found = Article.objects.filter(controller=access.controller, pk=article).first()
    if found is None:
        raise BadInputError("#/article", "unknown_article", _("There is no article with this id."))
    return found
