"""The analytic extract: what is known of people for an analysis, generalised and without names."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.base import CrmRow
from governance.crypto.ids import uuid7
from registry.models import Controller, Purpose


class AnalyticExtract(models.Model):
    """The extract of one purpose as it was last drawn; each drawing is an epoch of its own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    epoch = models.PositiveIntegerField(default=0)  # of its pseudonyms
    drawn_at = models.DateTimeField()
    since = models.DateField()  # orders before it say nothing any more
    currency = models.CharField(max_length=3, default="EUR")
    categories = ArrayField(models.CharField(max_length=24), default=list)
    people = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=dict)  # how many, by the code of the refusal

    class Meta:
        verbose_name = _("analytic extract")
        verbose_name_plural = _("analytic extracts")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "purpose"], name="one_extract_per_purpose"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose_id} {self.epoch}"


class AnalyticRow(CrmRow):
    """One person in an extract: bands, counts and sums, nothing that names them.

    `subject` is there for erasure, access and retention. Who analyses sees a pseudonym, which is
    computed when it is read (`crm.analysis.extract`) and stored nowhere.
    """

    extract = models.ForeignKey(AnalyticExtract, on_delete=models.CASCADE, related_name="rows")
    drawn_on = models.DateField()
    life_stage = models.CharField(max_length=12, blank=True)
    area = models.CharField(max_length=40, blank=True)
    country = models.CharField(max_length=40, blank=True)
    age_band = models.CharField(max_length=5, blank=True)
    declared_gender = models.CharField(max_length=6, blank=True)
    spoken = models.CharField(max_length=2, blank=True)
    declared_interests = ArrayField(models.CharField(max_length=40), default=list)
    first_order_on = models.DateField(null=True, blank=True)
    last_order_on = models.DateField(null=True, blank=True)
    orders = models.PositiveIntegerField(default=0)
    order_days = models.PositiveIntegerField(default=0)
    spent = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    repeat_spent = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    gap_days = models.PositiveIntegerField(null=True, blank=True)
    usual_weekday = models.PositiveSmallIntegerField(null=True, blank=True)
    products = ArrayField(models.CharField(max_length=80), default=list)
    reactions = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("row of an analytic extract")
        verbose_name_plural = _("rows of analytic extracts")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "extract", "subject"], name="once_in_an_extract"
            ),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_analytic_row_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(usual_weekday__isnull=True) | Q(usual_weekday__range=(1, 7)),
                name="day_of_the_week",
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="analytic_rows_of_subject")]
