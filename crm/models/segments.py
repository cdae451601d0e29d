"""Segments: who is meant, in the closed language, and who they were when it was approved."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.approved import APPROVED_BY_ANOTHER, Approved
from crm.models.base import CrmRow
from governance.policy.workflows import VersionState
from registry.models import Purpose


class Segment(Approved):
    """One version of a segment: drafted by one person, approved by another, frozen then."""

    key = models.SlugField(max_length=40)
    number = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, default=VersionState.DRAFT)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    definition = models.JSONField()
    variables = ArrayField(models.CharField(max_length=40))
    reached = models.PositiveIntegerField(default=0)  # when it was frozen
    left_out = models.JSONField(default=dict)  # how many, by the code of the refusal

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "key", "number"], name="one_segment_per_number"
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(VersionState)), name="known_segment_state"
            ),
            models.CheckConstraint(
                condition=APPROVED_BY_ANOTHER,
                name="segment_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.number}"


class SegmentMember(CrmRow):
    """Somebody who was in a segment when it was approved."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="members")
    segment_key = models.CharField(max_length=40)
    frozen_on = models.DateField()

    class Meta:
        verbose_name = _("member of a segment")
        verbose_name_plural = _("members of segments")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "segment", "subject"], name="once_in_a_segment"
            ),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_member_per_origin"
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="segments_of_subject")]
