"""Ways in: public forms, and links by which people bring others."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.approved import APPROVED_BY_ANOTHER, Approved
from crm.models.base import CrmRow
from governance.policy.workflows import VersionState
from registry.models import Purpose


class WebForm(Approved):
    """A version of a public form by which people come to a company (O2): what it asks, for what."""

    slug = models.SlugField(max_length=40)
    number = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, default=VersionState.DRAFT)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    fields = ArrayField(models.CharField(max_length=40))
    required = ArrayField(models.CharField(max_length=40), default=list)
    boxes = models.JSONField(default=list)

    class Meta:
        verbose_name = _("web form")
        verbose_name_plural = _("web forms")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "slug", "number"], name="one_form_per_number"
            ),
            models.UniqueConstraint(
                fields=["controller", "slug"],
                condition=Q(state="approved"),
                name="one_form_open_at_an_address",
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(VersionState)), name="known_form_state"
            ),
            models.CheckConstraint(
                condition=APPROVED_BY_ANOTHER,
                name="form_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class ReferralLink(CrmRow):
    """A link that a person may pass on. Who comes by it is counted, and not tied to who sent it."""

    form = models.ForeignKey(WebForm, on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField()
    expires_on = models.DateField()
    arrivals = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("referral link")
        verbose_name_plural = _("referral links")
        constraints = [
            models.UniqueConstraint(fields=["controller", "digest"], name="one_referral_link"),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_referral_per_origin"
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="referrals_of_subject")]
