"""Addresses of the help centre. They hold words of articles, which are about nobody."""

from collections.abc import Callable

from django.urls import URLPattern, path

from crm.help import satisfaction, views
from crm.help.views import View


def addresses(limited: Callable[[View], View]) -> tuple[list[URLPattern], str]:
    """Return the addresses; `limited` is what stands in front of forms of strangers."""

    def guarded(view: View) -> View:
        return views.page(limited(view))

    patterns = [
        path("", guarded(views.home), name="home"),
        path("search/", guarded(views.search), name="search"),
        path("contact/", guarded(views.contact), name="contact"),
        path("trail/", guarded(views.trail), name="trail"),
        path("satisfaction/<str:token>/", guarded(satisfaction.ask), name="satisfaction"),
        path("<str:language>/<slug:slug>/", guarded(views.article), name="article"),
        path("<str:language>/<slug:slug>/vote/", guarded(views.vote), name="vote"),
    ]
    return patterns, "help"
