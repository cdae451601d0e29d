"""Retention as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RetentionConfig(AppConfig):
    """Retention as a Django app."""

    name = "retention"
    verbose_name = _("Retention")
