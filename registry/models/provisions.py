"""What the law of a country, or the house, sets for a time: rows that are never changed."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from governance.policy.provisions import Parameter
from registry.models.parties import Controller


class Provision(models.Model):
    """What a parameter is in a country from one day to another, and by which source.

    A change of law is a new row (docs/spec/gate.md, section 7); the application may not update.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="provisions")
    country = models.CharField(_("country"), max_length=2, default="IT")
    parameter = models.CharField(_("parameter"), max_length=40)
    value = models.CharField(_("value"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300)
    entered_by = models.ForeignKey("registry.Staff", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(_("entered at"), default=timezone.now)

    class Meta:
        verbose_name = _("provision")
        verbose_name_plural = _("provisions")
        constraints = [
            models.CheckConstraint(
                condition=Q(parameter__in=list(Parameter)), name="known_parameter"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="provision_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="provision_has_a_source"),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.parameter} {self.valid_from}"
