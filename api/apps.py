"""The API as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    """The API as a Django app."""

    name = "api"
    verbose_name = _("API")
