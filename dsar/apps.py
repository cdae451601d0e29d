"""Requests of data subjects as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DsarConfig(AppConfig):
    """Requests of data subjects as a Django app."""

    name = "dsar"
    verbose_name = _("Requests")
