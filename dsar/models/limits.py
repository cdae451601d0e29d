"""How often something was done on the public pages, under a hash of who did it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PortalCount(models.Model):
    """One count, which ends within a day; `dsar.portal.limits` says of what.

    The digest is a keyed hash, whose key is not in the database: a network or an address that is
    counted can not be read here.
    """

    digest = models.BinaryField(primary_key=True)
    number = models.PositiveIntegerField()
    ends_at = models.DateTimeField()

    class Meta:
        verbose_name = _("count of the public pages")
        verbose_name_plural = _("counts of the public pages")
        indexes = [models.Index(fields=["ends_at"], name="portal_counts_by_end")]

    def __str__(self) -> str:
        return f"count until {self.ends_at:%Y-%m-%d %H:%M}"
