"""Texts of the house for letters: versions that one person writes and another approves."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from registry.models import Controller


class LetterDraft(models.Model):
    """One version of a drafted text, in one language; the newest approved one is used.

    Attributes
    ----------
    key : kind of letter and ground, as in `dsar.drafts.DRAFTS`
    number : counts from 1; 0 is the text that is shipped
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=48)
    language = models.CharField(max_length=5)
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    written_by = models.ForeignKey("registry.Staff", on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("text for letters")
        verbose_name_plural = _("texts for letters")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "key", "language", "number"], name="one_draft_of_a_number"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("written_by")),
                name="draft_is_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="draft_is_approved_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}/{self.language}/{self.number}"
