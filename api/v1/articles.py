"""Articles of the help centre: listed, read, begun and written on. They are about nobody.

Whoever writes is a person of the house, whom the calling system names; another person reads and
publishes, at the desk.
"""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery, TextField
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from api import pagination, versions
from api.authentication import System
from api.errors import BadInputError
from api.idempotency import once
from api.purposes import PARAMETER, Asked, ParameterUnknownError
from api.v1 import documents, filters, service_documents, service_forms
from api.v1.base import ApiView, created, idempotency_key, path_of, taken
from api.v1.schema import operation
from crm.conversations.queries import OUTSIDE
from crm.help import operations
from crm.help.errors import ArticleNotFoundError
from crm.help.operations import NewArticle, Text
from crm.models import Article, ArticleVersion, Product
from crm.models.knowledge import AUDIENCES, LANGUAGES, STATES
from governance.policy.decisions import Refusal
from registry.gate.errors import GateRefusedError
from registry.models import Staff

NARROWED = (
    filters.of_words("state", STATES, "Where the newest version stands."),
    filters.of_words("language", LANGUAGES, "In which it is written."),
    filters.of_words("audience", AUDIENCES, "Who may read it."),
)
PARAMETERS = (*pagination.PARAMETERS, *(one.name for one in NARROWED))

NAMES_SOMEBODY = {422: "The text seems to be about a person."}


class HouseView(ApiView):
    """The base of the views of articles: for systems of the house."""

    def asked(self, request: Request, *known: str) -> Asked:
        """Return who asks; `known` are the parameters the call may have.

        Raises
        ------
        ParameterUnknownError
        GateRefusedError
            the token is of somebody outside
        """
        if not isinstance(request.user, System):
            raise NotAuthenticated
        if set(request.query_params) - {PARAMETER, *known}:
            raise ParameterUnknownError
        if request.user.actor.role in OUTSIDE:
            raise GateRefusedError(Refusal.ROLE_NOT_ALLOWED)
        return Asked(request.user.actor, operations.PURPOSE, request.user.token, timezone.now())


class ArticlesView(HouseView):
    """Articles."""

    @operation(
        "articles_list",
        "List articles",
        answer=service_documents.ArticlePage,
        parameters=pagination.PARAMETERS,
        narrowed=NARROWED,
        is_about_people=False,
    )
    def get(self, request: Request) -> Response:
        """Return one page of articles, the newest first, also of those in the making."""
        question = self.asked(request, *PARAMETERS)
        page = self.page(request, question, parts=1)
        rows = _narrowed(_articles(question.actor.controller), request).order_by("-pk")
        if page.after:
            rows = rows.filter(pk__lt=UUID(page.after[0]))
        found = list(rows[: page.size + 1])
        shown = found[: page.size]
        last = (str(shown[-1].pk),) if found != shown else ()
        link = page.link(path_of("articles"), question.purpose, last) if last else None
        return Response({"items": [_shown(row) for row in shown], "next": link})

    @operation(
        "articles_create",
        "Begin an article",
        body=service_forms.ArticleForm,
        answer=documents.Reference,
        status=201,
        idempotent=True,
        is_about_people=False,
        refuses=NAMES_SOMEBODY,
    )
    def post(self, request: Request) -> Response:
        """Begin an article with a draft; one that seems to be about a person is refused."""
        question = self.asked(request)
        said = taken(service_forms.ArticleForm, request)
        key = idempotency_key(request, question)
        by = _writer(question, said.pop("written_by"))
        text = Text(said.pop("title"), said.pop("body"))
        product = _product(question, said.pop("product_code", None))
        new = NewArticle(text, product=product, **said)
        operations.check(by.controller_id, text, now=question.now)
        with transaction.atomic():

            def make() -> UUID:
                version = operations.begin_checked(new, by=by, now=question.now)
                made: UUID = version.article_id
                return made

            written = once(key, make, now=question.now)
        body = {"id": written.resource, "href": path_of("articles", written.resource)}
        return created(written, body)


class ArticleView(HouseView):
    """One article."""

    @operation(
        "articles_retrieve", "Read an article", answer=service_documents.Article,
        is_about_people=False,
    )  # fmt: skip
    def get(self, request: Request, article: UUID) -> Response:
        """Return one article with its versions, the newest first."""
        question = self.asked(request)
        row = _articles(question.actor.controller).filter(pk=article).first()
        if row is None:
            raise ArticleNotFoundError
        of_row = _versions(article)
        body = _shown(row) | {"versions": [_version(one) for one in of_row]}
        return Response(body, headers={"ETag": versions.tag(versions.version_of(of_row))})

    @operation(
        "articles_update",
        "Write on an article",
        body=service_forms.ArticleChangeForm,
        answer=documents.Reference,
        is_conditional=True,
        is_about_people=False,
        refuses=NAMES_SOMEBODY,
    )
    def patch(self, request: Request, article: UUID) -> Response:
        """Write the draft anew or begin the next version, and give it to somebody to read."""
        question = self.asked(request)
        tags = versions.named(request)
        said = taken(service_forms.ArticleChangeForm, request)
        by = _writer(question, said["written_by"])
        text = Text(said["title"], said["body"]) if "title" in said else None
        if text:
            operations.check(by.controller_id, text, now=question.now)
        with transaction.atomic():
            operations.locked(article, by)
            versions.require(tags, _versions(article))
            if text:
                operations.write_checked(article, text, by=by, now=question.now)
            if move := MOVES.get(said.get("state", "")):
                move(article, by=by, now=question.now)
        return Response({"id": article, "href": path_of("articles", article)})


MOVES = {"review": operations.submit, "draft": operations.send_back}


def _articles(controller: UUID) -> "QuerySet[Article, Any]":
    """Return the articles of a company with what their newest version says."""
    of_row = ArticleVersion.objects.filter(article=OuterRef("pk")).order_by("-number")
    return (
        Article.objects.filter(controller=controller)
        .select_related("product")
        .annotate(
            **{name: Subquery(of_row.values(name)[:1]) for name in ("number", "state", "title")},
            is_published=Exists(of_row.filter(state="published")),
        )
    )


def _narrowed(rows: "QuerySet[Article, Any]", request: Request) -> "QuerySet[Article, Any]":
    for name, words in (("state", STATES), ("language", LANGUAGES), ("audience", AUDIENCES)):
        if chosen := filters.one_of(request, name, words):
            rows = rows.filter(**{name: chosen})
    return rows


def _versions(article: UUID) -> "list[ArticleVersion]":
    written = RawSQL('"crm_articleversion".xmin::text', [], TextField())
    rows = ArticleVersion.objects.filter(article=article).annotate(written=written)
    return list(rows.defer("words").order_by("-number"))


def _shown(row: Any) -> dict[str, Any]:
    plain = ("slug", "language", "audience", "kind", "useful", "not_useful", "number", "state",
             "title", "is_published")  # fmt: skip
    return {
        "id": row.pk,
        "product_code": row.product.code if row.product else None,
        **{name: getattr(row, name) for name in plain},
    }


def _version(row: ArticleVersion) -> dict[str, Any]:
    return {
        "number": row.number,
        "state": row.state,
        "title": row.title,
        "body": row.body,
        "written_by": row.written_by_id,
        "written_at": row.written_at,
        "reviewed_by": row.reviewed_by_id,
        "published_at": row.published_at,
    }


def _writer(question: Asked, name: str) -> Staff:
    """Return the member of staff who wrote, whose role as well as the token's may write.

    Raises
    ------
    BadInputError, GateRefusedError
    """
    if question.actor.role not in operations.MAY_WRITE:
        raise GateRefusedError(Refusal.ROLE_NOT_ALLOWED)
    staff: Staff | None = Staff.objects.filter(
        controller=question.actor.controller, username=name, is_active=True
    ).first()
    if staff is None:
        raise BadInputError(
            "#/written_by", "unknown_staff", _("There is no member of staff with this login name.")
        )
    return staff


def _product(question: Asked, code: str | None) -> Product | None:
    if code is None:
        return None
    found = Product.objects.filter(controller=question.actor.controller, code=code).first()
    if found is None:
        raise BadInputError(
            "#/product_code",
            "unknown_product",
            _("The catalogue has no product with this code."),
        )
    return found
