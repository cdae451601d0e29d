"""The addresses of the desk. No personal data is ever part of one."""

from django.urls import path

from crm.console import (
    articles,
    board,
    bulk,
    cases,
    composer,
    duplicates,
    figures,
    inbox,
    masks,
    person,
    search,
    sections,
    segments,
    views,
    visits,
)

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
    path("people/<uuid:person>/cases/new/", cases.new, name="case_new"),
    path("people/<uuid:person>/cases/<uuid:case>/", cases.case, name="case"),
    path("people/<uuid:person>/cases/<uuid:case>/act/", cases.act, name="case_act"),
    path("people/<uuid:person>/cases/<uuid:case>/pages/", cases.pages, name="case_pages"),
    path(
        "people/<uuid:person>/cases/<uuid:case>/survey/",
        cases.ask_satisfaction,
        name="case_survey",
    ),
    path("people/<uuid:person>/cases/<uuid:case>/article/", cases.article, name="case_article"),
    path("cases/", cases.cases, name="cases"),
    path("articles/", articles.articles, name="articles"),
    path("articles/new/", articles.new, name="article_new"),
    path("articles/<uuid:article>/", articles.article, name="article"),
    path("articles/<uuid:article>/act/", articles.act, name="article_act"),
    path("figures/", figures.figures, name="figures"),
    path("visits/", visits.mine, name="visits"),
    path("visits/<uuid:visit>/report/", visits.report, name="visit_report"),
    path("sales/", board.board, name="board"),
    path("sales/<uuid:opportunity>/move/", board.move, name="move"),
    path("segments/", segments.segments, name="segments"),
    path("segments/draw/", segments.draw, name="segment_draw"),
    path("segments/new/", segments.new, name="segment_new"),
    path("segments/<uuid:segment>/act/", segments.act, name="segment_act"),
    path("keyboard/", views.keyboard, name="keyboard"),
]
