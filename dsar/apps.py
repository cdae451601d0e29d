"""Requests of data subjects as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DsarConfig(AppConfig):
    """Requests of data subjects as a Django app."""

    name = "dsar"
    verbose_name = _("Requests")

    def ready(self) -> None:
        """Erasures go on when a hold or a restriction has ended."""
        from dsar import saga
        from registry import released

        released.listen(saga.wake)
