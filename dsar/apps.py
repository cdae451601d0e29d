"""Requests of data subjects as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DsarConfig(AppConfig):
    """Requests of data subjects as a Django app."""

    name = "dsar"
    verbose_name = _("Requests")

    def ready(self) -> None:
        """Erasures go on when a hold or a restriction has ended; letters do what they tell of."""
        from dsar import codes, correspondence, restriction_right, saga, timekeeping
        from registry import released

        released.listen(saga.wake)
        # In every process: a worker sends the letters, and imports none of the rights by itself.
        correspondence.WHEN_SENT |= timekeeping.EFFECTS | restriction_right.EFFECTS
        correspondence.WHEN_SENT |= codes.EFFECTS
