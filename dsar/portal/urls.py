"""Addresses of the public pages. Nothing personal is ever part of one."""

from django.urls import path

from dsar.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.start, name="start"),
    path("c/<slug:company>/", views.home, name="home"),
    path("c/<slug:company>/request/", views.which, name="which"),
    path("c/<slug:company>/request/sent/<str:token>/", views.sent, name="sent"),
    path("c/<slug:company>/request/<slug:right>/", views.ask, name="ask"),
    path("c/<slug:company>/help/", views.help_page, name="help"),
    path("c/<slug:company>/privacy/", views.privacy, name="privacy"),
    path(
        "c/<slug:company>/privacy/<int:number>/<slug:language>/",
        views.privacy_version,
        name="privacy_version",
    ),
    path("c/<slug:company>/accessibility/", views.accessibility, name="accessibility"),
]
