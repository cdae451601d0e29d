"""Why an order does not change, and why a message is not written."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from crm.help.errors import Place
from governance.policy.errors import GovernanceError


class OrderKeyTakenError(GovernanceError):
    """The idempotency key is that of another order, of somebody else."""

    code = "order_key_taken"
    status = 409
    message = _("This key belongs to another order.")
    advice = _("Use a new random key for a new order.")


class OrderNotFoundError(GovernanceError):
    """No such order of the person, or one that whoever asks does not serve."""

    code = "order_not_found"
    status = 404
    message = _("There is no such order, or it is not yours to work on.")
    advice = _("Look at the orders of the person, or ask who works on it.")


class OrderStateError(GovernanceError):
    """An order does not go from the state it is in to the one that is asked for."""

    code = "order_state"
    status = 409
    message = _("The order cannot go from its state to this one.")
    advice = _(
        "A draft is confirmed; a confirmed order is shipped or cancelled; what was shipped is"
        " closed, and not cancelled any more."
    )


class ShipmentExceedsOrderError(GovernanceError):
    """More of a line would be shipped than was ordered, or it is no line of the order."""

    code = "shipment_exceeds_order"
    status = 409
    message = _("More would be shipped than was ordered.")
    advice = _("Look at what was shipped before, and ship at most what is left of each line.")


class ShipmentDeliveredError(GovernanceError):
    """A delivery before the goods left, or one that was recorded already."""

    code = "shipment_delivered"
    status = 409
    message = _("This delivery cannot be recorded.")
    advice = _("A shipment is delivered once, on the day it left or later.")


class OfferInServiceMessageError(GovernanceError):
    """A service message that offers something is marketing, whatever it is called."""

    code = "offer_in_service_message"
    article = "130(1) D.Lgs. 196/2003"
    message = _("This service message contains an offer.")
    advice = _("Take the offer out, or make it a marketing message, which needs consent.")


class TemplateInvalidError(GovernanceError):
    """A text with a placeholder that is not known, or a kind that does not fit its purpose."""

    code = "template_invalid"
    message = _("This text cannot be used for messages.")
    advice = _(
        "Use the placeholders {name}, {number} and {day} alone; a marketing text belongs to a"
        " marketing purpose, a service text to another."
    )


class TemplateNamesSomebodyError(GovernanceError):
    """A text for many people names one, or has an address, a number or a code of one."""

    code = "template_names_somebody"
    article = "5(1)(c)"
    status = 422
    message = _("The text seems to name a person, or to hold an address or number of one.")
    advice = _("Write {name} where the name of whoever gets it belongs, and leave out all others.")

    def __init__(self, places: Sequence[Place]) -> None:
        super().__init__(places=[f"{place.part}: {place.masked}" for place in places])
        self.places = list(places)
