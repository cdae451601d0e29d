"""The addresses of version 1. All end with a slash, but those that OpenDSR writes without one.

No personal data is ever part of an address.
"""

from functools import wraps
from threading import Lock
from typing import Any

from csp.decorators import csp_update
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, re_path
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from api.v1.articles import ArticlesView, ArticleView
from api.v1.audit import CheckpointView, ConsistencyView, ProofView
from api.v1.calls import CallsOfContactView, CallsView
from api.v1.cases import CasesOfContactView, CasesView, CaseView
from api.v1.consents import ConsentsOfContactView, LinksOfContactView
from api.v1.contacts import ContactSearchView, ContactsView, ContactView
from api.v1.conversations import (
    ConversationsView,
    ConversationView,
    MessagesView,
    NotesView,
)
from api.v1.decisions import DecisionView
from api.v1.interactions import InteractionsOfContactView, InteractionsView, TimelineView
from api.v1.many import ContactsChangeView, ContactsReadView
from api.v1.merges import DuplicatesView, MergesView, MergeView
from api.v1.oauth import TokenView
from api.v1.opendsr import DiscoveryView, OpenDsrRequestsView, OpenDsrRequestView
from api.v1.orders import OrdersOfContactView, OrdersView, OrderView, ShipmentsOfOrderView
from api.v1.problems import NowhereView, ProblemView
from api.v1.requests import RequestsView, RequestView
from api.v1.sales import OpportunitiesView, OpportunityView, TasksView, TaskView

_loading = Lock()
_schema = SpectacularAPIView.as_view(authentication_classes=[])


@wraps(_schema)
def schema(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """Return the OpenAPI document; its library loads itself at the first call, one at a time."""
    with _loading:
        return _schema(request, *args, **kwargs)


swagger = SpectacularSwaggerSplitView.as_view(url_name="api-schema", authentication_classes=[])
# The page has a style element and draws icons; its scripts come from here alone.
docs = require_safe(csp_update({"style-src": ["'self'", "'unsafe-inline'"]})(swagger))

urlpatterns = [
    path("contacts/", ContactsView.as_view()),
    path("contacts/search/", ContactSearchView.as_view()),
    path("contacts/read/", ContactsReadView.as_view()),
    path("contacts/change/", ContactsChangeView.as_view()),
    path("contacts/<uuid:contact>/", ContactView.as_view()),
    path("contacts/<uuid:contact>/duplicates/", DuplicatesView.as_view()),
    path("contacts/<uuid:contact>/consents/", ConsentsOfContactView.as_view()),
    path("contacts/<uuid:contact>/links/", LinksOfContactView.as_view()),
    path("contacts/<uuid:contact>/orders/", OrdersOfContactView.as_view()),
    path("contacts/<uuid:contact>/interactions/", InteractionsOfContactView.as_view()),
    path("contacts/<uuid:contact>/cases/", CasesOfContactView.as_view()),
    path("contacts/<uuid:contact>/calls/", CallsOfContactView.as_view()),
    path("contacts/<uuid:contact>/timeline/", TimelineView.as_view()),
    path("contacts/<uuid:contact>/decision/", DecisionView.as_view()),
    path("merges/", MergesView.as_view()),
    path("merges/<uuid:merge>/", MergeView.as_view()),
    path("orders/", OrdersView.as_view()),
    path("orders/<uuid:order>/", OrderView.as_view()),
    path("orders/<uuid:order>/shipments/", ShipmentsOfOrderView.as_view()),
    path("opportunities/", OpportunitiesView.as_view()),
    path("opportunities/<uuid:opportunity>/", OpportunityView.as_view()),
    path("tasks/", TasksView.as_view()),
    path("tasks/<uuid:task>/", TaskView.as_view()),
    path("interactions/", InteractionsView.as_view()),
    path("conversations/", ConversationsView.as_view()),
    path("conversations/<uuid:conversation>/", ConversationView.as_view()),
    path("conversations/<uuid:conversation>/notes/", NotesView.as_view()),
    path("cases/", CasesView.as_view()),
    path("cases/<uuid:case>/", CaseView.as_view()),
    path("calls/", CallsView.as_view()),
    path("articles/", ArticlesView.as_view()),
    path("articles/<uuid:article>/", ArticleView.as_view()),
    path("messages/", MessagesView.as_view()),
    path("requests/", RequestsView.as_view()),
    path("requests/<uuid:request_id>/", RequestView.as_view()),
    path("opendsr/v2/discovery", DiscoveryView.as_view()),
    path("opendsr/v2/requests", OpenDsrRequestsView.as_view()),
    path("opendsr/v2/requests/<uuid:number>", OpenDsrRequestView.as_view()),
    path("oauth/token/", TokenView.as_view()),
    path("audit/checkpoint/", CheckpointView.as_view()),
    path("audit/proofs/<str:receipt>/", ProofView.as_view()),
    path("audit/consistency/", ConsistencyView.as_view()),
    path("problems/", ProblemView.as_view()),
    path("problems/<slug:code>/", ProblemView.as_view()),
    path("schema/", schema, name="api-schema"),
    path("docs/", docs, name="api-docs"),
    # No `.`: it does not match the newline that an address may hold.
    re_path("", NowhereView.as_view()),
]
