"""What stands between a person and a purpose: objection, restriction, evidence, suppression."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.policy.vocabulary import Channel
from registry.models.activities import Purpose
from registry.models.parties import Controller
from registry.models.subjects import SubjectRow
from registry.sealed import SealedText


class Objection(SubjectRow):
    """An objection (Art. 21) to one purpose, or to all direct marketing; perhaps by one channel."""

    purpose = models.ForeignKey(
        Purpose, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    to_marketing = models.BooleanField(default=False)
    channel = models.CharField(max_length=12, blank=True)  # "" for every one
    at = models.DateTimeField()
    overruled_at = models.DateTimeField(null=True, blank=True)
    unproven = models.UUIDField(null=True, blank=True)  # the request, until its identity is known
    merge = models.UUIDField(null=True, blank=True)  # carried over from another file by it
    grounds = SealedText()

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose__isnull=False) | Q(to_marketing=True),
                name="objection_to_something",
            ),
            models.CheckConstraint(
                condition=~Q(to_marketing=True, overruled_at__isnull=False),
                name="marketing_objection_is_absolute",
            ),
            models.CheckConstraint(
                condition=Q(channel="") | Q(channel__in=list(Channel), to_marketing=True),
                name="channel_of_objection",
            ),
        ]
        indexes = [
            models.Index(fields=["subject"], name="objection_by_subject"),
            models.Index(
                fields=["unproven"], condition=Q(unproven__isnull=False), name="unproven_objection"
            ),
            models.Index(
                fields=["merge"], condition=Q(merge__isnull=False), name="objection_by_merge"
            ),
        ]


class Restriction(SubjectRow):
    """A restriction (Art. 18): stored, not used, until lifted after the person was told."""

    ground = models.CharField(max_length=1)  # Art. 18(1), letter a-d
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    informed_at = models.DateTimeField(null=True, blank=True)

    evidence = SealedText()  # of the announcement: the letter, or what was said

    class Meta:
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        constraints = [
            models.CheckConstraint(
                condition=Q(ground__in=["a", "b", "c", "d"]), name="known_restriction_ground"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True)
                | Q(informed_at__isnull=False, informed_at__lte=F("lifted_at")),
                name="told_before_lifting",  # Art. 18(3)
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="restriction_by_subject")]


class QualifyingEvent(SubjectRow):
    """Evidence that a contract, or steps at the person's request, exist (Art. 6(1)(b)).

    `soft_opt_in_at` is when, with a sale, the person gave the address, was told that it is used
    for own similar products, and could refuse (art. 130(4) Codice).
    """

    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    ended_on = models.DateField(null=True, blank=True)
    soft_opt_in_at = models.DateTimeField(null=True, blank=True)
    evidence = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("qualifying event")
        verbose_name_plural = _("qualifying events")
        indexes = [models.Index(fields=["subject", "kind"], name="evidence_by_subject")]


class Suppression(models.Model):
    """Memory of deletions and objections: a keyed hash, never an address.

    It has a key, an activity and a period of its own; it is pseudonymous, and it outlives
    the person's other data because the duty not to write to them does (Art. 21(3), 17(3)(b)).
    What it decides is in `registry.suppression`.
    """

    # Random: an id with a time in it would join the row to the erasure of that moment.
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)
    token = models.BinaryField()
    reason = models.CharField(max_length=12)
    at = models.DateField()

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "kind", "token", "reason"],
                name="one_suppression_per_reason",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["erased", "objected"]), name="known_suppression_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reason}"
