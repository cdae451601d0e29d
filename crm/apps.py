"""Operational data as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    """Operational data as a Django app."""

    name = "crm"
    verbose_name = _("Customers")

    def ready(self) -> None:
        """Messages write the links of questions about satisfaction; visits narrow what is seen."""
        from crm.conversations import own_links
        from crm.service import serving, survey
        from registry.gate import serving as gate

        own_links.WRITERS.append(survey.again)
        gate.RULES += serving.RULES
