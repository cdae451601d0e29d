"""Articles at the desk: written by one person, read and published by another. About nobody."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from crm.console.desk import Desk, page
from crm.help import markup, operations
from crm.help.errors import ArticleNamesSomebodyError, ArticleNotFoundError, Place
from crm.help.operations import NewArticle, Text
from crm.models import Article, ArticleVersion
from crm.service import words

MOST = 200


class ArticleForm(forms.Form):
    """What an article says."""

    title = forms.CharField(label=_("Title"), max_length=200)
    body = forms.CharField(
        label=_("Text"), widget=forms.Textarea, max_length=20000,
        help_text=_("“## ” begins a heading, “- ” a step. Nobody is named."),
    )  # fmt: skip


class NewArticleForm(ArticleForm):
    """An article as it is begun."""

    language = forms.ChoiceField(label=_("Language"), choices=words.LANGUAGE.items)
    audience = forms.ChoiceField(label=_("Who reads it"), choices=words.AUDIENCE.items)
    slug = forms.SlugField(
        label=_("Address"), max_length=70, required=False,
        help_text=_("The same as that of the article in the other language; empty for a new one."),
    )  # fmt: skip


@page(needs_purpose=False)
def articles(desk: Desk) -> HttpResponse:
    """List articles, those that wait for somebody first."""
    rows = Article.objects.filter(controller=desk.staff.controller_id)
    newest = rows.annotate(newest=Max("versions__number")).order_by("-newest", "slug")[:MOST]
    lines = [_line(article) for article in newest.prefetch_related("versions")]
    waiting = sorted(lines, key=lambda line: not line["waits"])
    return desk.render("console/articles.html", {"title": _("Help centre"), "articles": waiting})


@page(needs_purpose=False)
def new(desk: Desk) -> HttpResponse:
    """Begin an article."""
    form, places = NewArticleForm(desk.request.POST or None), []
    if desk.request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        text = Text(said.pop("title"), said.pop("body"))
        try:
            version = operations.begin(NewArticle(text, **said), by=desk.staff, now=desk.now)
            return redirect("desk:article", article=version.article_id)
        except ArticleNamesSomebodyError as error:
            places = error.places
    return _form(desk, form, places, title=_("New article"))


@page(needs_purpose=False)
def article(desk: Desk, article: UUID) -> HttpResponse:
    """Show an article with its versions, and write its draft or next version."""
    found = _article(desk, article)
    newest = found.versions.latest("number")
    form, places = (
        ArticleForm(
            desk.request.POST or None, initial={"title": newest.title, "body": newest.body}
        ),
        [],
    )
    if desk.request.method == "POST" and form.is_valid():
        try:
            operations.write(article, Text(**form.cleaned_data), by=desk.staff, now=desk.now)
            return redirect("desk:article", article=article)
        except ArticleNamesSomebodyError as error:
            places = error.places
    return _form(desk, form, places, title=newest.title, article=found)


@page(needs_purpose=False)
def act(desk: Desk, article: UUID) -> HttpResponse:
    """Give an article to somebody to read, send it back, publish or withdraw it."""
    acts = {
        "submit": operations.submit, "send_back": operations.send_back,
        "publish": operations.publish, "withdraw": operations.withdraw,
    }  # fmt: skip
    said = desk.request.POST.get("do", "")
    try:
        if said in acts:
            acts[said](article, by=desk.staff, now=desk.now)
    except ArticleNamesSomebodyError as error:
        found = _article(desk, article)
        newest = found.versions.latest("number")
        form = ArticleForm(initial={"title": newest.title, "body": newest.body})
        return _form(desk, form, error.places, title=newest.title, article=found)
    return redirect("desk:article", article=article)


def _article(desk: Desk, article: UUID) -> Article:
    rows = Article.objects.filter(controller=desk.staff.controller_id, pk=article)
    found = rows.first()
    if found is None:
        raise ArticleNotFoundError
    return found


def _form(
    desk: Desk, form: forms.Form, places: list[Place], *, title: Any, article: Article | None = None
) -> HttpResponse:
    """Show what is written, where it names somebody, and what can be done with it."""
    context: dict[str, Any] = {"title": title, "form": form, "places": places}
    if article is not None:
        versions = list(article.versions.select_related("written_by").order_by("-number"))
        newest = versions[0]
        context |= {
            "article": article,
            "newest": newest,
            "blocks": markup.blocks(newest.body),
            "versions": [(version, words.ARTICLE[version.state]) for version in versions],
            "is_own": newest.written_by_id == desk.staff.pk,
            "is_published": any(version.state == "published" for version in versions),
        }
    status = 422 if places or form.errors else 200
    return desk.render("console/article.html", context, status=status)


def _line(article: Article) -> dict[str, Any]:
    versions: list[ArticleVersion] = sorted(
        article.versions.all(), key=lambda version: version.number, reverse=True
    )
    newest = versions[0]
    return {
        "article": article,
        "title": newest.title,
        "state": words.ARTICLE[newest.state],
        "audience": words.AUDIENCE[article.audience],
        "language": words.LANGUAGE[article.language],
        "waits": newest.state == "review",
    }
