"""How a customer's buying compares with that of the others: a conclusion, told as one."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.base import CrmRow
from governance.policy.tiers import Tier


class CustomerTier(CrmRow):
    """Recency, frequency and value of a customer's orders in fifths, and the tier they make."""

    computed_on = models.DateField()
    recency = models.PositiveSmallIntegerField()
    frequency = models.PositiveSmallIntegerField()
    monetary = models.PositiveSmallIntegerField()
    tier = models.CharField(max_length=12)

    class Meta:
        verbose_name = _("customer tier")
        verbose_name_plural = _("customer tiers")
        constraints = [
            models.UniqueConstraint(fields=["controller", "subject"], name="one_tier"),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_tier_per_origin"
            ),
            models.CheckConstraint(condition=Q(tier__in=list(Tier)), name="known_tier"),
            models.CheckConstraint(
                condition=Q(recency__range=(1, 5), frequency__range=(1, 5), monetary__range=(1, 5)),
                name="scores_in_fifths",
            ),
        ]
