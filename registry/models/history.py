"""What parts of the register said before: purposes, sources, recipients, agreements, transfers."""

from enum import StrEnum, unique

from django.db import models
from django.db.models import F, Q

from governance.crypto.ids import uuid7
from registry.models.parties import Controller


@unique
class Part(StrEnum):
    """A kind of row whose history is kept; activities have versions of their own."""

    CONTROLLER = "controller"
    PURPOSE = "purpose"
    SOURCE = "source"
    RECIPIENT = "recipient"
    TRANSFER = "transfer"
    ON_BEHALF = "on_behalf"


class PartVersion(models.Model):
    """What one row said from one moment to another; written by a trigger (`registry.history`)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=10)
    row = models.UUIDField()
    page = models.UUIDField()  # of what the row is edited with: of a transfer, its recipient
    content = models.JSONField()
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    changed_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = "version of a part of the register"
        verbose_name_plural = "versions of parts of the register"
        constraints = [
            models.CheckConstraint(condition=Q(part__in=list(Part)), name="known_part"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="part_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["row"], condition=Q(valid_to__isnull=True), name="one_part_in_force"
            ),
        ]
        indexes = [models.Index(fields=["controller", "page"], name="part_by_page")]

    def __str__(self) -> str:
        return f"{self.part} {self.valid_from:%Y-%m-%d}"
