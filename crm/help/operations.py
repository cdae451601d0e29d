"""Writing articles: one person writes, another reads and publishes, and old versions stay.

    draft ──submit──► review ──publish──► published ──► superseded   (by the next version)
      ▲                 │                     └────────► withdrawn
      └────send back────┘

Nothing is kept that discovery finds to be about a person, and it is asked again at publication,
since somebody may have become a customer meanwhile.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max
from django.utils.text import slugify

from audit import log
from audit.actions import Action
from crm.help import checking
from crm.help.errors import (
    ArticleNamesSomebodyError,
    ArticleNotFoundError,
    ArticleStateError,
    OwnArticleError,
)
from crm.models import Article, ArticleVersion, Case, Product
from governance.policy.decisions import Refusal
from governance.policy.vocabulary import Role
from registry.gate.access import Access
from registry.gate.errors import GateRefusedError
from registry.models import Controller, Staff

MAY_WRITE = frozenset({Role.AGENT, Role.MANAGER})
PURPOSE = "knowledge_keeping"  # of the log: an article is about nobody
LONGEST_SLUG = 70
IN_THE_MAKING = ("draft", "review")


@dataclass(frozen=True)
class Text:
    """What a version says."""

    title: str
    body: str


@dataclass(frozen=True)
class NewArticle:
    """An article as it is begun; the other language of a pair has the same slug."""

    text: Text
    language: str
    audience: str = "public"
    kind: str = ""
    product: Product | None = None
    slug: str = ""


def begin(new: NewArticle, *, by: Staff, now: datetime) -> ArticleVersion:
    """Begin an article with a draft.

    Raises
    ------
    ArticleNamesSomebodyError
        discovery finds what may be about a person
    ArticleStateError
        there is one under this slug and language
    """
    _require(by)
    check(by.controller_id, new.text, now=now)
    return begin_checked(new, by=by, now=now)


@transaction.atomic
def begin_checked(new: NewArticle, *, by: Staff, now: datetime) -> ArticleVersion:
    """Begin an article whose text was checked before this transaction; see `begin`."""
    _require(by)
    Controller.objects.select_for_update().get(pk=by.controller_id)
    if _taken(by.controller_id, new.slug, new.language):
        raise ArticleStateError
    article = Article.objects.create(
        controller_id=by.controller_id, slug=new.slug or _free_slug(by.controller_id, new),
        language=new.language, audience=new.audience, kind=new.kind, product=new.product,
        created_at=now,
    )  # fmt: skip
    return _draft(article, new.text, by=by, now=now)


def write(article_id: UUID, text: Text, *, by: Staff, now: datetime) -> ArticleVersion:
    """Write the draft of an article anew, or begin its next version; see `begin`.

    Raises
    ------
    ArticleNotFoundError, ArticleNamesSomebodyError
    ArticleStateError
        a version is being read: publish it or send it back first
    """
    _require(by)
    check(by.controller_id, text, now=now)
    return write_checked(article_id, text, by=by, now=now)


@transaction.atomic
def write_checked(article_id: UUID, text: Text, *, by: Staff, now: datetime) -> ArticleVersion:
    """Write a text that was checked before this transaction; see `write`."""
    _require(by)
    article = locked(article_id, by)
    making = article.versions.filter(state__in=IN_THE_MAKING).first()
    if making is None:
        return _draft(article, text, by=by, now=now)
    if making.state != "draft":
        raise ArticleStateError
    making.title, making.body, making.written_by, making.written_at = (
        text.title, text.body, by, now,
    )  # fmt: skip
    making.save(update_fields=["title", "body", "written_by", "written_at"])
    _record(by, Action.ARTICLE_WRITTEN, article, now)
    return making


def submit(article_id: UUID, *, by: Staff, now: datetime) -> ArticleVersion:
    """Give a draft to somebody else to read."""
    return _move(article_id, "draft", "review", by=by, now=now)


def send_back(article_id: UUID, *, by: Staff, now: datetime) -> ArticleVersion:
    """Give a version back to be written on."""
    return _move(article_id, "review", "draft", by=by, now=now)


def publish(article_id: UUID, *, by: Staff, now: datetime) -> ArticleVersion:
    """Publish what somebody else wrote; the version before is superseded.

    Raises
    ------
    OwnArticleError
        whoever wrote it does not approve it
    ArticleStateError
        no version is being read
    ArticleNamesSomebodyError
        discovery finds what may be about a person
    """
    _require(by)
    with transaction.atomic():
        version = locked(article_id, by).versions.filter(state="review").first()
    if version is None:
        raise ArticleStateError
    if version.written_by_id == by.pk:
        raise OwnArticleError
    check(by.controller_id, Text(version.title, version.body), now=now)
    with transaction.atomic():
        article = locked(article_id, by)
        read = article.versions.filter(pk=version.pk, state="review", written_at=version.written_at)
        article.versions.filter(state="published").update(state="superseded")
        if not read.update(state="published", reviewed_by=by, published_at=now):
            raise ArticleStateError  # somebody wrote on it meanwhile
        _record(by, Action.ARTICLE_PUBLISHED, article, now)
    version.refresh_from_db()
    return version


def withdraw(article_id: UUID, *, by: Staff, now: datetime) -> None:
    """Take a published article out of the help centre; what it said is kept."""
    _require(by)
    with transaction.atomic():
        article = locked(article_id, by)
        if not article.versions.filter(state="published").update(state="withdrawn"):
            raise ArticleStateError
        _record(by, Action.ARTICLE_WITHDRAWN, article, now)


def from_case(access: Access, case_id: UUID, text: Text, language: str, *, by: Staff) -> UUID:
    """Begin an article from a solved case: its kind and product, and words written for it.

    Not one word of the case is copied: it is somebody's. The article is noted with the case, so
    that the next one of its kind is pointed to it.
    """
    case = access.rows(Case).select_for_update(of=("self",)).filter(pk=case_id).first()
    if case is None:
        raise ArticleNotFoundError
    new = NewArticle(text, language, kind=case.kind, product=case.product)
    version = begin(new, by=by, now=access.now)
    case.article_id = version.article_id
    case.save(update_fields=["article"])
    made: UUID = version.article_id
    return made


def vote(controller: UUID, article_id: UUID, *, is_useful: bool) -> None:
    """Count whether a published article helped; who said so is nowhere."""
    column = "useful" if is_useful else "not_useful"
    rows = Article.objects.filter(pk=article_id, controller=controller, audience="public")
    if not rows.filter(versions__state="published").update(**{column: F(column) + 1}):
        raise ArticleNotFoundError


def check(controller: UUID, text: Text, *, now: datetime) -> None:
    """Raise `ArticleNamesSomebodyError` where a text seems to be about a person."""
    if found := checking.places(controller, text.title, text.body, now=now):
        raise ArticleNamesSomebodyError(found)


def _move(article_id: UUID, before: str, after: str, *, by: Staff, now: datetime) -> ArticleVersion:
    _require(by)
    with transaction.atomic():
        article = locked(article_id, by)
        version = article.versions.filter(state=before).first()
        if version is None:
            raise ArticleStateError
        version.state = after
        version.save(update_fields=["state"])
        _record(by, Action.ARTICLE_WRITTEN, article, now)
    return version


def _draft(article: Article, text: Text, *, by: Staff, now: datetime) -> ArticleVersion:
    last = article.versions.aggregate(last=Max("number"))["last"] or 0
    version = ArticleVersion.objects.create(
        controller_id=article.controller_id, article=article, number=last + 1,
        language=article.language, title=text.title, body=text.body, written_by=by, written_at=now,
    )  # fmt: skip
    _record(by, Action.ARTICLE_WRITTEN, article, now)
    return version


def locked(article_id: UUID, by: Staff) -> Article:
    """Return an article of the house for a change, locked until the transaction ends.

    Raises
    ------
    ArticleNotFoundError
    """
    rows = Article.objects.select_for_update(of=("self",))
    article = rows.filter(pk=article_id, controller=by.controller_id).first()
    if article is None:
        raise ArticleNotFoundError
    return article


def _taken(controller: UUID, slug: str, language: str) -> bool:
    rows = Article.objects.filter(controller=controller, slug=slug, language=language)
    return rows.exists()


def _free_slug(controller: UUID, new: NewArticle) -> str:
    """Return the words of the title as an address, with a number where another has them."""
    words = slugify(new.text.title)[:LONGEST_SLUG] or "article"
    number, slug = 1, words
    while _taken(controller, slug, new.language):
        number += 1
        slug = f"{words}-{number}"
    return slug


def _require(by: Staff) -> None:
    if by.role not in MAY_WRITE:
        raise GateRefusedError(Refusal.ROLE_NOT_ALLOWED)


def _record(by: Staff, action: Action, article: Article, now: datetime) -> None:
    event = log.Event(action=action, purpose=PURPOSE, object_type="article", object_id=article.pk)
    log.record(by.actor(), event, now=now)
