"""Backups of the main database, as far as erasures ask about them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7


class Backup(models.Model):
    """A backup that was begun, and when it was finished; where it is, the operator knows."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    begun_at = models.DateTimeField(_("begun at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(finished_at__isnull=True)
                | models.Q(finished_at__gte=models.F("begun_at")),
                name="backup_ends_after_it_began",
            )
        ]
        indexes = [models.Index(fields=["begun_at"], name="backup_by_begin")]

    def __str__(self) -> str:
        return f"{self.begun_at:%Y-%m-%d %H:%M}"
