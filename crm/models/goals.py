"""Goals of the house for a stage of the relation: what is to be reached by when; about nobody."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from governance.policy.goals import Measure
from registry.models import Controller, Purpose, Staff


class StageGoal(models.Model):
    """What a measure of a stage is to come to in a period, under the purpose it is measured for."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    measure = models.CharField(max_length=20)
    since = models.DateField()
    until = models.DateField()
    target = models.DecimalField(max_digits=12, decimal_places=4)
    set_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = _("goal of a stage")
        verbose_name_plural = _("goals of stages")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "purpose", "measure", "since", "until"],
                name="one_goal_per_measure",
            ),
            models.CheckConstraint(condition=Q(measure__in=list(Measure)), name="known_measure"),
            models.CheckConstraint(
                condition=Q(until__gte=F("since")), name="a_goal_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(target__gte=0), name="no_goal_below_nothing"),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.since}"
