"""In which language a person is written to, and the house writes to its own staff."""

from uuid import UUID

from crm.models import Contact
from governance.policy.categories import Category
from registry.gate.access import Access
from registry.models import Controller

USUAL = "it"


def of(access: Access, contact: Contact | None) -> str:
    """Return the language of a person, as far as it is known and the purpose may see it."""
    if contact is None or Category.LANGUAGE not in access.categories:
        return USUAL
    return "en" if (contact.language or "").casefold().startswith("en") else USUAL


def of_house(controller: UUID) -> str:
    """Return the language of the house: Italian in Italy, English elsewhere."""
    country = Controller.objects.values_list("country", flat=True).get(pk=controller)
    return "it" if country == "IT" else "en"
