"""Letters to and from a person about a request of theirs."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dsar.models.requests import SubjectRequest
from registry.models import SubjectRow
from registry.sealed import SealedText

LETTER_STATES = ["waiting", "sent", "failed", "handed", "received"]


class Correspondence(SubjectRow):
    """One letter: the outbox of what goes out, and the file of what came in.

    waiting → sent
       │ └──→ failed → handed
       └─────→ handed
    received

    Attributes
    ----------
    attempts : how often it was taken up for sending; a worker with an older number notes nothing
    not_before : the next attempt; None where no machine sends it
    closed_on : the day its request was closed, from which its retention runs
    """

    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="letters")
    direction = models.CharField(max_length=3, default="out")
    kind = models.CharField(max_length=24)
    channel = models.CharField(max_length=12)
    language = models.CharField(max_length=5)
    state = models.CharField(max_length=8, default="waiting")
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    draft = models.CharField(max_length=200, blank=True)  # the texts it was made of, by name
    closed_on = models.DateField(null=True, blank=True)
    subject_line = SealedText()
    body = SealedText()
    address = SealedText()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=LETTER_STATES), name="known_state_of_letter"
            ),
            models.CheckConstraint(
                condition=Q(direction="in", state="received")
                | Q(direction="out") & ~Q(state="received"),
                name="only_letters_in_are_received",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "failed"]) | Q(sent_at__isnull=False),
                name="letter_that_went_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(not_before__isnull=True) | Q(state="waiting"),
                name="only_waiting_letters_are_sent",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"], condition=Q(not_before__isnull=False), name="letters_to_send"
            ),
            models.Index(fields=["request"], name="letters_of_request"),
            models.Index(fields=["subject"], name="letters_of_subject"),
        ]
