"""The public help centre: no login, no script, nothing kept of whoever only reads.

What is searched for is sent in the body, for people write of themselves. A cookie is set for who
asks to show their pages to the one who answers, and for nobody else. `crm.help.urls` puts `page`
around each view.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.help import finding, markup, operations, trails
from crm.help.errors import ArticleNotFoundError
from crm.models import ArticleVersion
from governance.policy.errors import GovernanceError
from registry import labels
from registry.models import Controller

View = Callable[..., HttpResponse]
LONGEST_SEARCH = 200


def page(view: View) -> View:
    """Wrap a view of one company: nothing is cached, and what is refused is said as a page."""

    @wraps(view)
    @cache_control(no_store=True, private=True)
    def told(request: HttpRequest, company: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = Controller.objects.filter(slug=company).first()
        try:
            if found is None:
                raise ArticleNotFoundError
            return view(request, found, *args, **kwargs)
        except GovernanceError as error:
            context = {"company": found, "error": error}
            return render(request, "help/problem.html", context, status=error.status)

    return told  # type: ignore[return-value]  # cache_control widens the response


@require_GET
def home(request: HttpRequest, company: Controller) -> HttpResponse:
    """Show the search, and the articles that helped most."""
    versions = finding.most_useful(company.pk, labels.language())
    context = {"company": company, "found": _listed(versions), "trail": _trail(request)}
    return render(request, "help/home.html", context)


@sensitive_post_parameters("q")
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest, company: Controller) -> HttpResponse:
    """Show what is published about a question."""
    said = request.POST.get("q", "").strip()[:LONGEST_SEARCH]
    if not said:
        return redirect("help:home", company=company.slug)
    versions = finding.find(company.pk, said, labels.language())
    context = {"company": company, "found": _listed(versions), "said": said}
    return render(request, "help/results.html", context)


@require_GET
def article(request: HttpRequest, company: Controller, language: str, slug: str) -> HttpResponse:
    """Show one article, and note it in the trail of whoever asked for one."""
    version = _published(company, language, slug)
    context = {
        "company": company,
        "version": version,
        "blocks": markup.blocks(version.body),
        "pair": finding.pair(version.article).first(),
        "has_voted": "thanks" in request.GET,
    }
    response = render(request, "help/article.html", context)
    trail = _trail(request)
    if trail is not None:
        _carry(response, company, [*(p for p in trail if p != str(version.article_id)),
                                   str(version.article_id)])  # fmt: skip
    return response


@require_POST
def vote(request: HttpRequest, company: Controller, language: str, slug: str) -> HttpResponse:
    """Count whether an article helped; who was not helped is shown whom to ask."""
    version = _published(company, language, slug)
    is_useful = request.POST.get("useful") == "yes"
    operations.vote(company.pk, version.article_id, is_useful=is_useful)
    if not is_useful:
        return redirect("help:contact", company=company.slug)
    address = reverse("help:article", args=[company.slug, language, slug])
    return redirect(f"{address}?thanks")


@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest, company: Controller) -> HttpResponse:
    """Show whom to ask, and make a code for whoever wants to show the pages they looked at."""
    trail = _trail(request)
    context: dict[str, Any] = {"company": company, "trail": trail}
    if request.method == "POST" and trail:
        context["code"] = trails.keep(company.pk, trail, now=timezone.now())
    return render(request, "help/contact.html", context)


@require_POST
def trail(request: HttpRequest, company: Controller) -> HttpResponse:
    """Begin a trail for whoever wants one, or end it."""
    response = redirect("help:home", company=company.slug)
    if request.POST.get("do") == "begin":
        _carry(response, company, [])
    else:
        response.delete_cookie(trails.COOKIE, path=reverse("help:home", args=[company.slug]))
    return response


def _published(company: Controller, language: str, slug: str) -> ArticleVersion:
    rows = finding.published(company.pk)
    version = rows.filter(article__slug=slug, article__language=language).first()
    if version is None:
        raise ArticleNotFoundError
    return version


def _listed(versions: Any) -> list[dict[str, Any]]:
    return [
        {
            "title": version.title,
            "slug": version.article.slug,
            "language": version.language,
            "beginning": markup.beginning(version.body),
        }
        for version in versions
    ]


def _trail(request: HttpRequest) -> list[str] | None:
    """Return the pages of a trail; None where nobody asked for one."""
    cookie = request.COOKIES.get(trails.COOKIE)
    return None if cookie is None else trails.read(cookie)


def _carry(response: HttpResponse, company: Controller, pages: list[str]) -> None:
    response.set_cookie(
        trails.COOKIE,
        trails.written(pages),
        max_age=trails.VALID_FOR,
        path=reverse("help:home", args=[company.slug]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
