"""Erasures: the job, the markers of its steps, and what was certified."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dsar.models.requests import SubjectRequest
from governance.crypto.ids import uuid7
from registry.models import Controller, SubjectRow

ERASURE_STATES = [
    "planned", "approved", "running", "waiting", "partial", "certified", "closed",
]  # fmt: skip


class Erasure(SubjectRow):
    """The job of an erasure: its plan as shown, its approvals, where it stands. No values.

    Attributes
    ----------
    approval, second_approval : their entries in the audit log
    round : begins anew with each certificate; `pass_no` with each difference that was found
    fence : how often it was taken up; a worker with an older one writes nothing
    not_before : when it is looked at again; null where a person has to decide, or nothing is left
    attempts : how often it was taken up since something went forward
    reason, difference : why it waits or is done in part; rows by table that make the difference
    r : the secret of the certificate's commitment, sealed; empty once it was handed over
    """

    request = models.ForeignKey(
        SubjectRequest, on_delete=models.CASCADE, related_name="erasures", null=True, blank=True
    )
    state = models.CharField(max_length=10, default="planned")
    plan = models.JSONField()
    plan_hash = models.CharField(max_length=64)
    planned_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approval = models.UUIDField(null=True, blank=True)
    second_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    second_at = models.DateTimeField(null=True, blank=True)
    second_approval = models.UUIDField(null=True, blank=True)
    round = models.PositiveSmallIntegerField(default=1)
    pass_no = models.PositiveSmallIntegerField(default=1)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=20, blank=True)
    difference = models.JSONField(default=dict)
    logical_at = models.DateTimeField(null=True, blank=True)
    physical_at = models.DateTimeField(null=True, blank=True)
    physical_receipt = models.CharField(max_length=101, blank=True)
    r = models.BinaryField(default=bytes)
    certified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ERASURE_STATES), name="known_erasure_state"
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True) | ~Q(second_by=F("approved_by")),
                name="approved_by_two",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"], condition=Q(not_before__isnull=False), name="erasures_due"
            ),
            models.Index(fields=["subject"], name="erasures_of_subject"),
        ]


class ErasureStep(models.Model):
    """The marker of one step: written with its effect, never changed, gone with its erasure."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    # The database takes the markers along (migration 0003), so that Django need not delete any.
    erasure = models.ForeignKey(
        Erasure, on_delete=models.DO_NOTHING, db_constraint=False, related_name="markers"
    )
    round = models.PositiveSmallIntegerField()
    pass_no = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=80)
    at = models.DateTimeField()
    fence = models.PositiveIntegerField()
    result = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("step of an erasure")
        verbose_name_plural = _("steps of erasures")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "erasure", "round", "pass_no", "step"], name="one_marker"
            )
        ]

    def __str__(self) -> str:
        return f"{self.round}.{self.pass_no} {self.step}"


class ErasureCertificate(models.Model):
    """What was certified at the end of a round: one a round, or none."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    erasure = models.ForeignKey(
        Erasure, on_delete=models.DO_NOTHING, db_constraint=False, related_name="certificates"
    )
    round = models.PositiveSmallIntegerField()
    body = models.JSONField()
    receipt = models.CharField(max_length=101)  # of the entry `subject.erased`

    class Meta:
        db_table = "dsar_certificate"
        verbose_name = _("certificate of an erasure")
        verbose_name_plural = _("certificates of erasures")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "erasure", "round"], name="one_certificate_per_round"
            )
        ]

    def __str__(self) -> str:
        return f"certificate of round {self.round}"
