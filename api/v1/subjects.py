"""Which people a call is about, as querysets that nobody has evaluated yet.

The gate evaluates them inside the transaction of the access. Evaluated anywhere else they raise
`gate closed`: this is the only module of the API that names rows outside an access, and a test
keeps it so.
"""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from api.errors import BadInputError
from api.pagination import Page
from crm.models import Contact
from registry import search
from registry.models import SubjectRow


def of_row(model: type[SubjectRow], row: UUID) -> QuerySet[Any, Any]:
    """Return the subject of a row."""
    return model._default_manager.filter(pk=row).order_by().values_list("subject_id", flat=True)


def after(page: Page) -> QuerySet[Any, Any]:
    """Return everybody who is a contact, by id, from a position on."""
    people = Contact.objects.order_by("subject_id").values_list("subject_id", flat=True)
    if page.after:
        people = people.filter(subject_id__gt=UUID(page.after[0]))
    return people


def meant_by(controller: UUID, text: str, page: Page) -> QuerySet[Any, Any]:
    """Return the contacts that an operator means by `text`, by id, from a position on."""
    return after(page).filter(subject_id__in=search.subjects_matching(controller, text))


def check_text(text: str) -> None:
    """Refuse a text that names nobody, such as punctuation.

    Raises
    ------
    BadInputError
    """
    if not any(sign.isalnum() for sign in text):
        raise BadInputError("#/q", "nothing_to_search", _("There is nothing to search for."))
