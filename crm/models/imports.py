"""Imports: a batch per file, and its rejected rows, sealed under a key of the batch."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from registry.models import Controller, DataSource


class ImportBatch(models.Model):
    """One file on its way in; its key, and so what was rejected, goes on `expires_on`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(DataSource, on_delete=models.PROTECT, related_name="+")
    entity = models.CharField(max_length=20)
    purpose = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default="proposed")
    rows_read = models.PositiveIntegerField(default=0)
    rows_created = models.PositiveIntegerField(default=0)
    rows_updated = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    rows_rejected = models.PositiveIntegerField(default=0)
    started_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_on = models.DateField()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "running", "done", "failed", "expired"]),
                name="known_import_state",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entity} {self.created_at:%Y-%m-%d}"


class RejectedRow(models.Model):
    """A row that could not land: where, why, and the row itself, sealed for thirty days."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rejected")
    line = models.PositiveIntegerField()
    code = models.CharField(max_length=40)
    column = models.CharField(max_length=120, blank=True)
    blob = models.BinaryField(default=b"")

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "batch", "line"], name="one_rejection_per_line"
            )
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.code}"
