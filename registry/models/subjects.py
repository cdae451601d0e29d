"""Data subjects, and the base of every row about one of them."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from governance.policy.vocabulary import Scope, SubjectKind, SubjectStatus
from registry.models.activities import DataSource
from registry.models.parties import Controller
from registry.sealed import SealedManager, SealedRow


class DataSubject(models.Model):
    """Whom data is about, for one controller: an id and a standing, nothing that names them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # No index of its own: it would tempt the planner away from the subject's, which is the
    # selective one (a controller holds most rows of a table).
    controller = models.ForeignKey(
        Controller, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=20, default=SubjectKind.CUSTOMER)
    status = models.CharField(max_length=12, default=SubjectStatus.ACTIVE)
    created_at = models.DateTimeField(default=timezone.now)
    # Start events that concern the whole person. They are raised by whoever writes a row and
    # never computed again from what is left, for retention itself removes rows.
    last_contact_on = models.DateField(null=True, blank=True)
    last_order_on = models.DateField(null=True, blank=True)
    # Art. 14(3): last day to tell whose data came from elsewhere; None where nothing is owed.
    # A first disclosure may make it earlier: `registry.notices.due_on`.
    notice_due_on = models.DateField(null=True, blank=True)
    # The file that leads where several are one person's, itself included: `registry.one_person`.
    person = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("data subject")
        verbose_name_plural = _("data subjects")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=list(SubjectKind)), name="known_kind_of_subject"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=list(SubjectStatus)), name="known_subject_status"
            ),
        ]
        indexes = [
            models.Index(fields=["controller", "status"], name="subject_by_status"),
            models.Index(
                fields=["controller", "notice_due_on"],
                condition=models.Q(notice_due_on__isnull=False),
                name="subject_by_notice_due",
            ),
            models.Index(
                fields=["person"],
                condition=models.Q(person__isnull=False),
                name="files_of_one_person",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class SubjectRow(SealedRow, models.Model):
    """The base of every table that holds personal data: one controller, one subject.

    Personal values are sealed attributes (`registry.sealed`); what stays a column says
    why in the data map. `scope` is set from the record class at the first write.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # No index of its own: it would tempt the planner away from the subject's, which is the
    # selective one (a controller holds most rows of a table).
    controller = models.ForeignKey(
        Controller, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject = models.ForeignKey(DataSubject, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(
        DataSource, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    scope = models.CharField(max_length=16, default=Scope.ORDINARY, editable=False)
    collected_at = models.DateTimeField(default=timezone.now)
    sealed = models.BinaryField(default=b"", editable=False)

    objects = SealedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"  # a row reached through another is noted as well

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}"


class SearchToken(models.Model):
    """A keyed hash by which a sealed value can be found; deleted with its row.

    `kind` is `email`, `phone`, `fiscal_code`, `number` (exact) or `name` (words and prefixes).
    `version` is that of the controller's index key it was made with.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # No index of its own: it would tempt the planner away from the subject's, which is the
    # selective one (a controller holds most rows of a table).
    controller = models.ForeignKey(
        Controller, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject = models.ForeignKey(DataSubject, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)
    token = models.BinaryField()
    version = models.PositiveSmallIntegerField(default=1, db_default=1)
    row = models.UUIDField()

    class Meta:
        verbose_name = _("search token")
        verbose_name_plural = _("search tokens")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "kind", "token", "row"], name="one_token_per_row"
            ),
        ]
        indexes = [models.Index(fields=["row"], name="token_by_row")]

    def __str__(self) -> str:
        return f"{self.kind} token"

    def save(self, *_args: Any, **_kwargs: Any) -> None:
        """Refuse: tokens are written by `registry.search` alone, together with their row."""
        msg = "search tokens are written by registry.search"
        raise TypeError(msg)
