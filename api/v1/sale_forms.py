"""What calls about orders on their way, possible sales and tasks say."""

from decimal import Decimal

from rest_framework import serializers

from api.v1.fields import DayField, StrictSerializer, text
from governance.policy.sales import About, Stage
from governance.policy.vocabulary import Role

SETTABLE = ["confirmed", "closed", "cancelled"]
"""States of an order that are said; the others come of shipments."""


class OrderStateForm(StrictSerializer):
    """The state that an order is to have."""

    state = serializers.ChoiceField(
        choices=SETTABLE, help_text="`partly_fulfilled` and `fulfilled` come of shipments."
    )


class ParcelLineForm(StrictSerializer):
    """How much of one order line leaves."""

    line = serializers.UUIDField()
    quantity = serializers.DecimalField(max_digits=12, decimal_places=3, min_value=Decimal("0.001"))


class ShipmentForm(StrictSerializer):
    """What leaves, and how; without lines, all that is left."""

    shipped_on = DayField(is_past=True)
    carrier = text(40)
    tracking = text(100)
    address = text(500)
    lines = ParcelLineForm(many=True, required=False, max_length=500)  # type: ignore[call-arg]  # of the list


class OpportunityForm(StrictSerializer):
    """A sale that may come, of a person or an account."""

    contact = serializers.UUIDField()
    title = serializers.CharField(max_length=200)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=Decimal(0))
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    probability = serializers.IntegerField(
        min_value=0, max_value=100, required=False, help_text="In percent; else as its stage says."
    )
    expected_on = DayField(required=False)
    note = text(4000)


class StageForm(StrictSerializer):
    """The stage that an opportunity has reached."""

    stage = serializers.ChoiceField(choices=[stage.value for stage in Stage])
    probability = serializers.IntegerField(min_value=0, max_value=100, required=False)


class TaskForm(StrictSerializer):
    """Something to be done for a person."""

    contact = serializers.UUIDField()
    title = serializers.CharField(max_length=200)
    do_by = DayField()
    role = serializers.ChoiceField(
        choices=[r.value for r in Role if r not in {Role.SYSTEM, Role.DATA_SUBJECT}],
        required=False,
        help_text="Who may do it.",
    )
    about_kind = serializers.ChoiceField(
        choices=[kind.value for kind in About if kind is not About.PERSON], required=False
    )
    about = serializers.UUIDField(required=False, help_text="The order, opportunity, case or so.")
    note = text(4000)


class TaskDoneForm(StrictSerializer):
    """Whether a task is done."""

    is_done = serializers.BooleanField()
