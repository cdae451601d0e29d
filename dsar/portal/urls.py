"""Addresses of the public pages. Nothing personal is ever part of one."""

from django.urls import path

from dsar.portal import case_views, preference_views, views

app_name = "portal"
urlpatterns = [
    path("", views.start, name="start"),
    path("c/<slug:company>/", views.home, name="home"),
    path("c/<slug:company>/rights/<slug:right>/", views.explain, name="right"),
    path("c/<slug:company>/request/", views.ask, name="which"),
    path("c/<slug:company>/request/<slug:right>/", views.ask, name="ask"),
    path("c/<slug:company>/case/", case_views.show, name="case"),
    path("c/<slug:company>/case/address/", case_views.confirm_address, name="confirm_address"),
    path("c/<slug:company>/case/copy/", case_views.download, name="case_copy"),
    path("c/<slug:company>/case/message/", case_views.add, name="case_message"),
    path("c/<slug:company>/case/withdrawal/", case_views.withdraw, name="case_withdrawal"),
    path("c/<slug:company>/help/", views.help_page, name="help"),
    path("c/<slug:company>/privacy/", views.privacy, name="privacy"),
    path(
        "c/<slug:company>/privacy/<int:number>/<slug:language>/",
        views.privacy_version,
        name="privacy_version",
    ),
    path(
        "c/<slug:company>/preferences/<str:token>/",
        preference_views.show,
        name="preferences",
    ),
    path(
        "c/<slug:company>/preferences/<str:token>/receipt/",
        preference_views.receipt,
        name="consent_receipt",
    ),
    path(
        "c/<slug:company>/unsubscribe/<str:token>/",
        preference_views.unsubscribe,
        name="unsubscribe",
    ),
    path("c/<slug:company>/confirm/<str:token>/", preference_views.confirm, name="confirm"),
    path("c/<slug:company>/accessibility/", views.accessibility, name="accessibility"),
]
