"""Operational data as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    """Operational data as a Django app."""

    name = "crm"
    verbose_name = _("Customers")
