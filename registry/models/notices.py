"""Privacy notices in versions, and to whom which was given (Art. 13, 14).

Not the notices to recipients of Art. 19: those are `retention.models.Notification`.
"""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from governance.policy.notifications import Telling
from registry.models.parties import Controller
from registry.models.subjects import SubjectRow


class PrivacyNotice(models.Model):
    """One version of the notice in one language; nothing of it changes once it is written.

    A number names the versions of all languages that were drafted together. A trigger lets a
    draft be approved once, and refuses everything else.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="notices")
    number = models.PositiveIntegerField(_("version"))
    language = models.CharField(_("language"), max_length=2)
    text = models.TextField(_("text"))
    digest = models.CharField(max_length=64)  # SHA-256 of the text
    drafted_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    drafted_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("privacy notice")
        verbose_name_plural = _("privacy notices")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "number", "language"], name="one_notice_per_language"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False)
                & Q(drafted_by__isnull=False)
                & ~Q(approved_by=F("drafted_by")),
                name="notice_approved_by_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """How a line of a ledger names it: version and language."""
        return f"{self.number}/{self.language}"


class NoticeGiven(SubjectRow):
    """Which version of the notice a person was given, when and how (Art. 5(2), 13, 14)."""

    notice = models.ForeignKey(PrivacyNotice, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    how = models.CharField(max_length=12)

    class Meta:
        verbose_name = _("notice given")
        verbose_name_plural = _("notices given")
        constraints = [
            models.CheckConstraint(condition=Q(how__in=list(Telling)), name="known_way_of_telling")
        ]
        indexes = [models.Index(fields=["subject"], name="notice_by_subject")]
