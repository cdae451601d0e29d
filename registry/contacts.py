"""Mailboxes of those who answer for a controller."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from registry.models import Controller


def officers() -> list[str]:
    """Return a mailbox for each controller: its DPO's, or where none is named its privacy mailbox.

    The DPO's contact may be any text (Art. 13(1)(b)): the first word that is an address counts.
    """
    rows = Controller.objects.order_by("pk").values_list("dpo_contact", "email")
    found = (_address(contact) or email for contact, email in rows)
    return [address for address in dict.fromkeys(found) if address]


def _address(text: str) -> str:
    for word in text.replace(",", " ").replace(";", " ").split():
        candidate = word.strip("<>().").removeprefix("mailto:")
        try:
            validate_email(candidate)
        except ValidationError:
            continue
        return candidate
    return ""
