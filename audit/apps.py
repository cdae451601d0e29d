"""The audit log as a Django app; its tables live in the PostgreSQL schema `audit`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """The log."""

    name = "audit"
    verbose_name = _("Audit log")
