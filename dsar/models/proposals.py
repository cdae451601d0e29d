"""Decisions about a request that need a second person."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dsar.models.requests import SubjectRequest
from registry.models import SubjectRow
from registry.sealed import SealedText

ACTS = ["refuse", "refuse_part"]


class Proposal(SubjectRow):
    """What one person proposes against a request, and what another made of it.

    Attributes
    ----------
    act : `refuse`, or `refuse_part`: one kind of record
    record, field : the model that a refusal in part is about, and which field of it
    words : the reasons, as the person will read them
    """

    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="proposals")
    act = models.CharField(max_length=12)
    ground = models.CharField(max_length=24)
    record = models.CharField(max_length=60, blank=True)
    field = models.CharField(max_length=60, blank=True)  # of the record; "" for all of it
    draft = models.CharField(max_length=80, blank=True)  # the text its words were made of
    proposed_by = models.ForeignKey("registry.Staff", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    is_accepted = models.BooleanField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)  # of its request, as for letters
    words = SealedText()

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        constraints = [
            models.CheckConstraint(condition=Q(act__in=ACTS), name="known_act_of_proposal"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="proposal_is_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True, decided_at__isnull=True, is_accepted=None)
                | Q(decided_by__isnull=False, decided_at__isnull=False, is_accepted__isnull=False),
                name="proposal_is_decided_whole",
            ),
            models.UniqueConstraint(
                fields=["controller", "request", "act", "record", "field"],
                condition=Q(decided_at__isnull=True),
                name="one_open_proposal_of_a_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["request"], name="proposals_of_request"),
            models.Index(fields=["subject"], name="proposals_of_subject"),
        ]
