"""Requests of data subjects: one right, one legal clock."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.policy.vocabulary import Right
from registry.models import SubjectRow
from registry.sealed import SealedText

STATES = ["received", "identified", "fulfilled", "refused", "failed", "withdrawn"]
MARKETING, OTHER_USES = "marketing", "other"
OBJECTED_TO = [MARKETING, OTHER_USES, "both"]  # Art. 21(2), 21(1)


class SubjectRequest(SubjectRow):
    """One request, one right, one legal clock (Art. 12(3))."""

    reference = models.CharField(max_length=20)
    family = models.UUIDField(null=True, blank=True)  # the first of several asked for together
    right = models.CharField(max_length=16)
    objects_to = models.CharField(max_length=9, blank=True)  # of an objection, if they said it
    state = models.CharField(max_length=12, default="received")
    channel = models.CharField(max_length=12)
    language = models.CharField(max_length=5, default="it")
    received_at = models.DateTimeField()
    received_on = models.DateField()
    due_on = models.DateField()
    internal_on = models.DateField()
    extended_to = models.DateField(null=True, blank=True)
    extension_ground = models.CharField(max_length=20, blank=True)  # announced, or in effect
    paused_days = models.PositiveSmallIntegerField(default=0)  # of pauses that have ended
    paused_since = models.DateField(null=True, blank=True)
    is_held = models.BooleanField(default=True)
    identity = models.CharField(max_length=16, default="unverified")
    identified_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    refusal_ground = models.CharField(max_length=24, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    late_since = models.DateField(null=True, blank=True)  # the day after the last lawful one
    escalated_at = models.DateTimeField(null=True, blank=True)  # told to the DPO
    complained_on = models.DateField(null=True, blank=True)  # to the Garante, as far as is known
    late_ground = models.CharField(max_length=24, blank=True)
    requester_name = SealedText()
    requester_email = SealedText()
    requester_phone = SealedText()
    answer_to = SealedText()  # where letters go instead: a contact point we knew
    details = SealedText()
    decision = SealedText()
    evidence = SealedText()  # of an earlier arrival, Art. 12(3)
    extension_reasons = SealedText()
    late_reasons = SealedText()

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
            models.CheckConstraint(
                condition=Q(objects_to__in=["", *OBJECTED_TO]), name="known_object_of_objection"
            ),
            models.CheckConstraint(
                condition=Q(late_ground="") | Q(late_since__isnull=False),
                name="only_what_is_late_has_its_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_on"], name="requests_by_deadline"),
            models.Index(fields=["subject"], name="requests_of_subject"),
            models.Index(
                fields=["late_since"], condition=Q(late_since__isnull=False), name="late_requests"
            ),
            models.Index(
                fields=["family"], condition=Q(family__isnull=False), name="requests_of_family"
            ),
        ]
