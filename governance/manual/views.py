"""The manual's pages: the contents, and each chapter. They show nobody, so everybody may read them.

Who cannot log in needs them most.
"""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from crm.console.desk import COMES_TO_IT
from governance.manual import chapters
from governance.manual.contents import BOOKS, BY_NAME
from governance.manual.errors import ChapterError
from registry import labels
from registry.models import Staff


@require_safe
def contents(request: HttpRequest) -> HttpResponse:
    """Show the three books with their chapters."""
    books = [
        (book, [chapters.read(labels.language(), book.name, name) for name in book.chapters])
        for book in BOOKS
    ]
    return render(request, "manual/contents.html", {"books": books, "work": _work(request)})


@require_safe
def chapter(request: HttpRequest, book: str, name: str) -> HttpResponse:
    """Show one chapter, with the others of its book beside it."""
    language = labels.language()
    try:
        shown = chapters.read(language, book, name)
    except ChapterError:
        raise Http404 from None
    beside = [chapters.read(language, book, other) for other in BY_NAME[book].chapters]
    here = beside.index(shown)
    context = {
        "chapter": shown,
        "work": _work(request),
        "beside": beside,
        "before": beside[here - 1] if here else None,
        "after": beside[here + 1] if here + 1 < len(beside) else None,
    }
    return render(request, "manual/chapter.html", context)


def _work(request: HttpRequest) -> str:
    """Return where the work of whoever reads is; "" for somebody who is not logged in."""
    user = cast(object, request.user)
    if not isinstance(user, Staff):
        return ""
    return reverse("desk:home" if user.role in COMES_TO_IT else "admin:index")
