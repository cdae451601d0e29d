"""The register as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    """Data map, register, gate, discovery."""

    name = "registry"
    verbose_name = _("Register")

    def ready(self) -> None:
        """Register the system checks that keep the data map total."""
        from registry import checks, stores  # noqa: F401 - importing registers
