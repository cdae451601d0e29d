"""Offers of the house, linked to the needs they answer; and greetings for a birthday."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.models.approved import APPROVED_BY_ANOTHER, Approved
from crm.models.base import CrmRow
from crm.models.orders import Product
from governance.policy.offering import OfferKind
from governance.policy.workflows import VersionState
from registry.sealed import SealedText


class Offer(Approved):
    """Something to propose, the needs it answers, and to whom it may be proposed at all."""

    key = models.SlugField(max_length=40)
    state = models.CharField(max_length=10, default=VersionState.DRAFT)
    offer_kind = models.CharField(max_length=8, default=OfferKind.SALE)
    text_it = models.CharField(max_length=300, blank=True)
    text_en = models.CharField(max_length=300, blank=True)
    needs = ArrayField(models.CharField(max_length=40), default=list)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    margin = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    from_orders = models.PositiveSmallIntegerField(default=0)
    not_within_days = models.PositiveSmallIntegerField(default=0)  # of buying the same product

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.UniqueConstraint(fields=["controller", "key"], name="one_offer_per_key"),
            models.CheckConstraint(
                condition=Q(state__in=list(VersionState)), name="known_offer_state"
            ),
            models.CheckConstraint(
                condition=Q(offer_kind__in=list(OfferKind)), name="known_kind_of_offer"
            ),
            models.CheckConstraint(condition=APPROVED_BY_ANOTHER, name="offer_approved_by_another"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="offer_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class BirthdayGreeting(CrmRow):
    """One greeting of one year, and the gift that the person chose by their own interest."""

    year = models.PositiveSmallIntegerField()
    greeted_on = models.DateField()
    chosen_on = models.DateField(null=True, blank=True)
    gift = models.ForeignKey(
        Offer, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    code = models.CharField(max_length=12, blank=True, editable=False)  # that hands the gift out
    interest = SealedText()

    class Meta:
        verbose_name = _("birthday greeting")
        verbose_name_plural = _("birthday greetings")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "subject", "year"], name="one_greeting_a_year"
            ),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_greeting_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(chosen_on__isnull=True, gift__isnull=True)
                | Q(chosen_on__isnull=False, gift__isnull=False),
                name="a_gift_is_chosen_on_a_day",
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="greetings_of_subject")]
