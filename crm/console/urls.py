"""The addresses of the desk. No personal data is ever part of one."""

from django.urls import path

from crm.console import bulk, composer, duplicates, inbox, masks, person, search, sections, views

__all__ = ["app_name", "sections", "urlpatterns"]  # sections enter themselves on the first page
app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("purpose/", views.purpose, name="purpose"),
    path("search/", search.search, name="search"),
    path("people/<uuid:person>/", person.person, name="person"),
    path("people/<uuid:person>/uncover/", masks.uncover, name="uncover"),
    path("people/<uuid:person>/write/", composer.write, name="write"),
    path("people/<uuid:person>/duplicates/", duplicates.seek, name="seek-duplicates"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/<uuid:merge>/", duplicates.duplicate, name="duplicate"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/bulk/", bulk.bulk, name="bulk"),
    path("inbox/<uuid:conversation>/", inbox.conversation, name="conversation"),
    path("inbox/<uuid:conversation>/act/", inbox.act, name="act"),
    path("keyboard/", views.keyboard, name="keyboard"),
]
