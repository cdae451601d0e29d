"""Finding articles: by words, and by what they solved before. Nothing here is about anybody.

One word of a question is enough to find an article; the more of them, and those in the title, put
it higher. The database cuts words as the language of each article does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Case as Choice
from django.db.models import F, FloatField, Q, QuerySet, Sum, Value, When

from crm.models import Article, ArticleUse, ArticleVersion
from crm.models.knowledge import LANGUAGES

PUBLIC = ("public",)
EVERY_AUDIENCE = ("public", "internal")
MOST = 20
SUGGESTED = 3
LONGEST_QUESTION = 500  # characters; a description is longer than what tells
# A case of the same product that an article solved says more than one word in its body.
SAME_PRODUCT, SAME_KIND = 0.3, 0.05


class AnyWord(SearchQuery):
    """A question of which one word is enough."""

    function = "plainto_tsquery"
    template = "replace(%(function)s(%(expressions)s)::text, '&', '|')::tsquery"


@dataclass(frozen=True)
class Suggestion:
    """An article beside a case: why it is there is how often it solved such cases, or its words."""

    article: UUID
    slug: str
    language: str
    title: str
    solved: int


def published(controller: UUID, audiences: Sequence[str] = PUBLIC) -> "QuerySet[ArticleVersion]":
    """Return published versions, with their articles."""
    rows = ArticleVersion.objects.filter(
        controller=controller, state="published", article__audience__in=audiences
    )
    return rows.select_related("article")


def find(
    controller: UUID, text: str, language: str, *, audiences: Sequence[str] = PUBLIC
) -> "QuerySet[ArticleVersion]":
    """Return what is published about a question, best first; in the language before the other."""
    rows = published(controller, audiences)
    return _ranked(rows, text, language).order_by(F("in_language").desc(), F("rank").desc(), "pk")[
        :MOST
    ]


def most_useful(controller: UUID, language: str) -> "QuerySet[ArticleVersion]":
    """Return public articles in a language, those first that helped most."""
    rows = published(controller).filter(language=language)
    helped = F("article__useful") - F("article__not_useful")
    return rows.order_by(helped.desc(), "title")[:MOST]


def suggestions(
    controller: UUID, text: str, language: str, *, kind: str, product: UUID | None
) -> list[Suggestion]:
    """Return the articles that are likeliest to solve a case: by its words, and by past cases.

    Of past cases only kind, product and the article that solved them are used, as counts.
    """
    rows = published(controller, EVERY_AUDIENCE)
    found = list(_ranked(rows, text, language).order_by(F("rank").desc())[:MOST])
    solved = _solved(controller, kind=kind, product=product)
    known = {version.article_id for version in found}
    found += rows.filter(article__in=[article for article in solved if article not in known])

    def worth(version: Any) -> tuple[float, int]:
        of_kind, of_product = solved.get(version.article_id, (0, 0))
        past = SAME_KIND * log1p(of_kind) + SAME_PRODUCT * log1p(of_product)
        return getattr(version, "rank", 0.0) + past, version.language == language

    best = sorted(found, key=worth, reverse=True)[:SUGGESTED]
    return [
        Suggestion(
            v.article_id, v.article.slug, v.language, v.title, solved.get(v.article_id, (0, 0))[1]
        )
        for v in best
    ]


def pair(article: Article) -> "QuerySet[ArticleVersion]":
    """Return the published version in the other language of a pair, if there is one."""
    rows = published(article.controller_id, [article.audience])
    return rows.filter(article__slug=article.slug).exclude(article=article)


def _ranked(
    rows: "QuerySet[ArticleVersion]", text: str, language: str
) -> "QuerySet[ArticleVersion]":
    asked = text[:LONGEST_QUESTION]
    by_language = {code: AnyWord(asked, config=config) for code, config in LANGUAGES.items()}
    matching = Q()
    for code, question in by_language.items():
        matching |= Q(language=code, words=question)
    rank = Choice(
        *(
            When(language=code, then=SearchRank("words", question))
            for code, question in by_language.items()
        ),
        output_field=FloatField(),
    )
    in_language = Choice(When(language=language, then=Value(1)), default=Value(0))
    return rows.filter(matching).annotate(rank=rank, in_language=in_language)


def _solved(controller: UUID, *, kind: str, product: UUID | None) -> dict[UUID, tuple[int, int]]:
    """Return how many cases of the kind, and of these about the product, each article solved."""
    rows = ArticleUse.objects.filter(controller=controller, kind=kind).values("article")
    of_kind = dict(rows.annotate(n=Sum("solved")).values_list("article", "n"))
    of_product: dict[UUID, int] = {}
    if product is not None:
        same = rows.filter(product=product).annotate(n=Sum("solved"))
        of_product = dict(same.values_list("article", "n"))
    return {article: (count, of_product.get(article, 0)) for article, count in of_kind.items()}
