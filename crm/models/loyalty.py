"""Loyalty: a programme with its terms, who joined it, their ledger of points, and their tiers."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.approved import APPROVED_BY_ANOTHER, Approved
from crm.models.base import CrmRow
from governance.policy.loyalty import CorrectedBecause, LineKind
from governance.policy.workflows import VersionState
from registry.models import Purpose, Staff


class LoyaltyProgramme(Approved):
    """One version of a programme, drafted by one person and approved by another.

    `definition` is of `governance.policy.loyalty`; the terms are what a person accepts.
    """

    number = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, default=VersionState.DRAFT)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    definition = models.JSONField()
    terms_it = models.TextField()
    terms_en = models.TextField()

    class Meta:
        verbose_name = _("loyalty programme")
        verbose_name_plural = _("loyalty programmes")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "number"], name="one_programme_per_number"
            ),
            models.UniqueConstraint(
                fields=["controller"],
                condition=Q(state="approved"),
                name="one_programme_in_force",
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(VersionState)), name="known_programme_state"
            ),
            models.CheckConstraint(
                condition=APPROVED_BY_ANOTHER, name="programme_approved_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title_en} {self.number}"


class LoyaltyAccount(CrmRow):
    """Somebody's membership: the terms they accepted, their balance, and the tier they stand in."""

    programme = models.ForeignKey(
        LoyaltyProgramme, on_delete=models.PROTECT, related_name="accounts"
    )
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    balance = models.PositiveIntegerField(default=0)
    tier = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("loyalty account")
        verbose_name_plural = _("loyalty accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "subject"],
                condition=Q(left_at__isnull=True),
                name="one_running_membership",
            ),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_loyalty_account_per_origin"
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="memberships_of_subject")]


class LoyaltyLine(CrmRow):
    """One line of the ledger of points; never changed (a trigger refuses it).

    `balance` is that after it: what was carried over stays known when old lines have ended.
    """

    account = models.ForeignKey(LoyaltyAccount, on_delete=models.CASCADE, related_name="lines")
    line_kind = models.CharField(max_length=10)
    points = models.IntegerField()
    balance = models.PositiveIntegerField()
    written_at = models.DateTimeField()
    reference = models.CharField(max_length=80)  # what it is for; the same once more is one line
    order = models.UUIDField(null=True, blank=True)  # no key: a line does not keep an order
    corrects = models.UUIDField(null=True, blank=True)
    because = models.CharField(max_length=16, blank=True)
    reward = models.CharField(max_length=40, blank=True)
    code = models.CharField(max_length=12, blank=True, editable=False)  # by which it is handed out
    written_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("line of points")
        verbose_name_plural = _("lines of points")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "account", "reference"], name="one_line_per_reference"
            ),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_line_of_points_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(line_kind__in=list(LineKind)), name="known_kind_of_line"
            ),
            models.CheckConstraint(
                condition=Q(because__in=["", *CorrectedBecause]), name="known_reason_of_line"
            ),
            models.CheckConstraint(
                condition=Q(line_kind="corrected", corrects__isnull=False) & ~Q(because="")
                | ~Q(line_kind="corrected") & Q(corrects__isnull=True, because=""),
                name="a_correction_says_of_what_and_why",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "written_at"], name="lines_of_account"),
            models.Index(fields=["subject"], name="points_of_subject"),
        ]


class LoyaltyTierChange(CrmRow):
    """A tier was reached or left on a day, by figures that are kept beside it; never changed."""

    account = models.ForeignKey(LoyaltyAccount, on_delete=models.CASCADE, related_name="changes")
    programme = models.ForeignKey(LoyaltyProgramme, on_delete=models.PROTECT, related_name="+")
    came_from = models.CharField(max_length=40, blank=True)
    tier = models.CharField(max_length=40)
    changed_on = models.DateField()
    points = models.IntegerField()  # earned within the year before
    member_days = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("change of a tier")
        verbose_name_plural = _("changes of tiers")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_tier_change_per_origin"
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="tier_changes_of_subject")]
