"""What complaints are about, in the words of the house, and what it does to have fewer of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.orders import Product
from governance.crypto.ids import uuid7
from registry.models import Controller, Staff


class ComplaintTheme(models.Model):
    """One theme of the taxonomy of complaints; a case keeps its key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    key = models.SlugField(max_length=40)
    title_it = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("theme of complaints")
        verbose_name_plural = _("themes of complaints")
        constraints = [
            models.UniqueConstraint(fields=["controller", "key"], name="one_theme_per_key")
        ]

    def __str__(self) -> str:
        return self.key


class ImprovementAction(models.Model):
    """What is done about complaints: by whom, until when, and the rate before and after (A17)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=40)  # under which the rate is measured
    theme = models.CharField(max_length=40, blank=True)  # key of a theme; "" for all
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    opened_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    before = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    after = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    closed_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("improvement")
        verbose_name_plural = _("improvements")
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True)
                | Q(before__isnull=False, after__isnull=False, closed_by__isnull=False),
                name="closed_with_a_number_before_and_after",
            ),
        ]
        indexes = [models.Index(fields=["controller", "due_on"], name="improvements_by_due")]

    def __str__(self) -> str:
        return self.title
