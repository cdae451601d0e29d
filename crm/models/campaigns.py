"""Campaigns: what is to be said to whom at what cost, who is in it, and what came of it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.models.approved import APPROVED_BY_ANOTHER, Approved
from crm.models.base import CrmRow
from crm.models.segments import Segment
from governance.policy.campaigns import CampaignState, Place, Response
from registry.models import Purpose


class Campaign(Approved):
    """A campaign: drafted by one person, approved by another; its costs, never beyond its budget.

    `definition` has channels in their order, what a message costs on each, and the steps with
    their waits and blocks (`governance.policy.campaigns`).
    """

    key = models.SlugField(max_length=40)
    state = models.CharField(max_length=10, default=CampaignState.DRAFT)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="campaigns")
    definition = models.JSONField()
    budget = models.DecimalField(max_digits=12, decimal_places=2)
    fixed_cost = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    currency = models.CharField(max_length=3, default="EUR")
    held_out = models.PositiveSmallIntegerField(default=0)  # per cent
    within_days = models.PositiveSmallIntegerField(
        default=30
    )  # of a message: what is counted for it
    margin_percent = models.PositiveSmallIntegerField(default=100)  # of what is sold
    spent = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    stopped_because = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.UniqueConstraint(fields=["controller", "key"], name="one_campaign_per_key"),
            models.CheckConstraint(
                condition=Q(state__in=list(CampaignState)), name="known_campaign_state"
            ),
            models.CheckConstraint(
                condition=APPROVED_BY_ANOTHER,
                name="campaign_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(budget__gt=0, spent__gte=0, spent__lte=F("budget")),
                name="never_beyond_the_budget",
            ),
            models.CheckConstraint(condition=Q(held_out__lte=50), name="half_held_out_at_most"),
            models.CheckConstraint(
                condition=Q(stopped_because__in=["", "person", "budget"]), name="known_stop"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class CampaignRecipient(CrmRow):
    """Somebody who is in a campaign, or held out of it to compare."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="recipients")
    campaign_key = models.CharField(max_length=40)
    entered_at = models.DateTimeField()
    is_held_out = models.BooleanField(default=False)
    state = models.CharField(max_length=8, default=Place.WAITING)
    position = models.PositiveSmallIntegerField(default=0)
    wake_at = models.DateTimeField(null=True, blank=True)
    left_because = models.CharField(max_length=24, blank=True)
    code = models.CharField(max_length=12, editable=False)  # what a coupon of theirs says

    class Meta:
        verbose_name = _("recipient of a campaign")
        verbose_name_plural = _("recipients of campaigns")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "campaign", "subject"], name="once_in_a_campaign"
            ),
            models.UniqueConstraint(fields=["controller", "code"], name="one_recipient_per_code"),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_recipient_per_origin"
            ),
            models.CheckConstraint(condition=Q(state__in=list(Place)), name="known_place"),
        ]
        indexes = [
            models.Index(fields=["subject"], name="campaigns_of_subject"),
            models.Index(
                fields=["campaign", "wake_at"],
                condition=Q(state="waiting"),
                name="recipients_to_wake",
            ),
        ]


class CampaignEvent(CrmRow):
    """One thing that happened between a campaign and a person; told twice, it is one."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="events")
    recipient = models.ForeignKey(
        CampaignRecipient, on_delete=models.CASCADE, related_name="events"
    )
    response = models.CharField(max_length=10)
    step = models.PositiveSmallIntegerField(default=0)
    channel = models.CharField(max_length=12, blank=True)
    happened_at = models.DateTimeField()
    cost = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    revenue = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    external_id = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("event of a campaign")
        verbose_name_plural = _("events of campaigns")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "external_id"], name="one_event_per_external_id"
            ),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_event_per_origin"
            ),
            models.CheckConstraint(condition=Q(response__in=list(Response)), name="known_response"),
        ]
        indexes = [
            models.Index(fields=["campaign", "response"], name="events_of_campaign"),
            models.Index(fields=["subject"], name="events_of_subject"),
        ]
