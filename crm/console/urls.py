"""The addresses of the desk. No personal data is ever part of one."""

from django.urls import path

from crm.console import views

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("purpose/", views.purpose, name="purpose"),
    path("keyboard/", views.keyboard, name="keyboard"),
]
