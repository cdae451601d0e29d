"""Two files of one person: proposed, decided by somebody, perhaps undone."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models.staff import Staff
from registry.models.subjects import SubjectRow
from registry.sealed import SealedText


class Merge(SubjectRow):
    """That this file and another may be, or are, about one person; a row in the file of each.

    So that access and erasure of either reach what is said of them. `pair` joins the two rows;
    `other` is the random id of the other subject, which stays when they are erased. Rows of people
    are never moved (docs/spec/merging.md): a merge is this and `DataSubject.person`.
    """

    pair = models.UUIDField()
    other = models.UUIDField()
    state = models.CharField(max_length=8, default="proposed")
    likeness = models.SmallIntegerField()
    reasons = ArrayField(models.CharField(max_length=20), default=list)
    is_leading = models.BooleanField(default=False)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    words = SealedText()
    ended_words = SealedText()

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "refused", "merged", "undone"]),
                name="known_merge_state",
            ),
            # No merge without somebody who decided it, and none undone likewise.
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="merge_decided_by_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="undone") | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="merge_undone_by_a_person",
            ),
            models.UniqueConstraint(
                fields=["controller", "subject", "other"],
                condition=Q(state__in=["proposed", "merged"]),
                name="one_merge_per_pair",
            ),
            # A file follows one other at most, so that who leads is never in doubt.
            models.UniqueConstraint(
                fields=["controller", "subject"],
                condition=Q(state="merged", is_leading=False),
                name="one_file_to_follow",
            ),
        ]
        indexes = [
            models.Index(fields=["pair"], name="merge_by_pair"),
            models.Index(
                fields=["controller", "pair"],
                condition=Q(state="proposed", is_leading=True),
                name="open_merge_proposals",
            ),
        ]
