"""Requests of data subjects: intake, request, events, package, erasure."""

from typing import cast

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from governance.policy.vocabulary import Right
from registry.gate import context
from registry.models import Controller, Purpose, SubjectRow
from registry.sealed import SealedText

STATES = ["received", "identified", "fulfilled", "refused", "failed"]
ERASURE_STATES = [
    "planned", "approved", "running", "waiting", "partial", "certified", "closed",
]  # fmt: skip


class Intake(models.Model):
    """What a person sent through the public page, sealed to the controller's public key.

    The page's database role can insert here and read nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    blob = models.BinaryField()

    class Meta:
        verbose_name = _("intake")
        verbose_name_plural = _("intakes")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "reference"], name="one_intake_per_reference"
            )
        ]

    def __str__(self) -> str:
        return self.reference


class IntakeKey(models.Model):
    """The public half of a controller's intake key, which the public page seals to.

    Published here because the page must not be able to derive it: that takes the private
    half, which only the keystore gives out.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.OneToOneField(Controller, on_delete=models.PROTECT, related_name="+")
    public = models.BinaryField()
    published_at = models.DateTimeField()

    class Meta:
        verbose_name = _("intake key")
        verbose_name_plural = _("intake keys")

    def __str__(self) -> str:
        return f"intake key of {self.controller_id}"


class SubjectRequest(SubjectRow):
    """One request, one right, one legal clock (Art. 12(3))."""

    reference = models.CharField(max_length=20)
    right = models.CharField(max_length=16)
    state = models.CharField(max_length=12, default="received")
    channel = models.CharField(max_length=12)
    language = models.CharField(max_length=5, default="it")
    received_at = models.DateTimeField()
    received_on = models.DateField()
    due_on = models.DateField()
    internal_on = models.DateField()
    extended_to = models.DateField(null=True, blank=True)
    is_held = models.BooleanField(default=True)
    identity = models.CharField(max_length=16, default="unverified")
    identified_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    refusal_ground = models.CharField(max_length=24, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    requester_name = SealedText()
    requester_email = SealedText()
    requester_phone = SealedText()
    details = SealedText()
    decision = SealedText()
    evidence = SealedText()  # of an earlier arrival, Art. 12(3)
    extension_reasons = SealedText()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "reference"], name="one_request_per_reference"
            ),
            models.CheckConstraint(condition=Q(right__in=list(Right)), name="known_right"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="known_request_state"),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(refusal_ground=""),
                name="refused_on_a_ground",  # Art. 12(4)
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_on"], name="requests_by_deadline"),
            models.Index(fields=["subject"], name="requests_of_subject"),
        ]


class AccessPackage(SubjectRow):
    """The copy handed over (Art. 15(3)), sealed with the request file; gone at its expiry."""

    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="packages")
    made_at = models.DateTimeField()
    expires_on = models.DateField()
    digest = models.CharField(max_length=64)
    content = SealedText()

    class Meta:
        verbose_name = _("access package")
        verbose_name_plural = _("access packages")

    def reseal_inner(self, scope: str) -> None:
        """Seal the copy anew too, which is sealed once more inside the row."""
        from dsar.package import resealed_copy
        from registry.gate.access import Access

        if self.content:
            access = cast(Access, context.current())
            stored = resealed_copy(access, self.subject_id, self.pk, self.content, scope=scope)
            if stored != self.content:
                self.content = stored


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


class PreferenceLink(SubjectRow):
    """A link that lets a person say what they agree to, without a login; it names nobody.

    What is kept is the hash of its token. `dsar.links` makes and finds them.
    """

    digest = models.BinaryField()
    kind = models.CharField(max_length=12)
    purpose = models.ForeignKey(
        Purpose, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    channel = models.CharField(max_length=12, blank=True)
    asked = models.UUIDField(null=True, blank=True)  # the line of the ledger it confirms
    expires_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("preference link")
        verbose_name_plural = _("preference links")
        indexes = [models.Index(fields=["subject"], name="link_by_subject")]
        constraints = [
            models.UniqueConstraint(fields=["controller", "digest"], name="one_link_per_token"),
            models.CheckConstraint(
                condition=Q(kind="preferences", purpose__isnull=True, asked__isnull=True)
                | Q(kind="unsubscribe", purpose__isnull=False, asked__isnull=True)
                | Q(kind="confirm", purpose__isnull=False, asked__isnull=False),
                name="link_says_what_it_can_do",
            ),
        ]
