"""The project itself as a Django app: commands, templates, texts."""

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """Wiring."""

    name = "governance"
    verbose_name = "Custode"
