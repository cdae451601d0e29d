"""Mailboxes of those who answer for a controller."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from registry.models import Controller


def officers() -> list[str]:
    """Return a mailbox for each controller: its DPO's, or where none is named its privacy mailbox.

    The DPO's contact may be any text (Art. 13(1)(b)): the first word that is an address counts.
    """
    found = (officer(controller) for controller in Controller.objects.order_by("pk"))
    return [address for address in dict.fromkeys(found) if address]


def officer(controller: Controller) -> str:
    """Return the mailbox of a controller's DPO, or its privacy mailbox; "" where it has none."""
    return _address(controller.dpo_contact) or controller.email


def _address(text: str) -> str:
    for word in text.replace(",", " ").replace(";", " ").split():
        candidate = word.strip("<>().").removeprefix("mailto:")
        try:
            validate_email(candidate)
        except ValidationError:
            continue
        return candidate
    return ""
