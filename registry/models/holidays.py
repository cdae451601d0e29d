"""Holidays of one house, besides those of its country: the patron saint, a day of mourning."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from registry.models.parties import Controller


class HouseHoliday(models.Model):
    """A public holiday where the controller answers (Reg. 1182/71 Art. 2(1)).

    Rows are only added, and ended: a date that was told to somebody stays explicable.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="holidays")
    name = models.CharField(_("name"), max_length=120)
    first_on = models.DateField(_("first day"))
    is_yearly = models.BooleanField(_("every year"), default=False)
    last_year = models.PositiveSmallIntegerField(_("last year"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300)
    entered_by = models.ForeignKey("registry.Staff", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(_("entered at"), default=timezone.now)

    class Meta:
        verbose_name = _("holiday of the house")
        verbose_name_plural = _("holidays of the house")
        constraints = [
            models.CheckConstraint(condition=~Q(source=""), name="holiday_has_a_source"),
            models.UniqueConstraint(
                fields=["controller", "first_on"], name="one_house_holiday_per_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.first_on}"
