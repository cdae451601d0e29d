"""Backups of the main database, and what has to be repeated after one is restored."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from registry.models.parties import Controller


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


class OutboxLine(models.Model):
    """A line for the ledger outside this database, until it is there (`registry.outbox`)."""

    id = models.BigAutoField(primary_key=True)
    controller = models.ForeignKey(
        Controller, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=16)
    body = models.JSONField()

    class Meta:
        db_table = "registry_outbox"
        verbose_name = _("line of the outbox")
        verbose_name_plural = _("lines of the outbox")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
