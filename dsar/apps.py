"""Requests of data subjects as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DsarConfig(AppConfig):
    """Requests of data subjects as a Django app."""

    name = "dsar"
    verbose_name = _("Requests")

    def ready(self) -> None:
        """Erasures go on when a hold or a restriction has ended; letters do what they tell of."""
        from dsar import saga, timekeeping  # noqa: F401 - it says what letters about time do
        from registry import released

        released.listen(saga.wake)
