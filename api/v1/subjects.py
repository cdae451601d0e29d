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
from registry import merging, one_person, resembling, search
from registry.models import Merge, SubjectRow


def of_row(model: type[SubjectRow], row: UUID) -> QuerySet[Any, Any]:
    """Return the subject of a row."""
    return model._default_manager.filter(pk=row).order_by().values_list("subject_id", flat=True)


def of_open(model: type[SubjectRow]) -> QuerySet[Any, Any]:
    """Return the subjects of all rows of a model."""
    return model._default_manager.order_by().values_list("subject_id", flat=True)


def after(page: Page) -> QuerySet[Any, Any]:
    """Return everybody who is a contact, by id, from a position on; of one person one file."""
    leading = Contact.objects.exclude(subject__in=one_person.following())
    people = leading.order_by("subject_id").values_list("subject_id", flat=True)
    if page.after:
        people = people.filter(subject_id__gt=UUID(page.after[0]))
    return people


def meant_by(controller: UUID, text: str, page: Page) -> QuerySet[Any, Any]:
    """Return the contacts that an operator means by `text`, by id, from a position on."""
    found = one_person.leading(search.subjects_matching(controller, text))
    return after(page).filter(subject_id__in=found)


def alike(contact: UUID) -> QuerySet[Any, Any]:
    """Return a contact and who may be the same person."""
    return resembling.candidates(contact)


def of_pair(pair: UUID) -> QuerySet[Any, Any]:
    """Return the two people of a merge."""
    return merging.of_pair(pair)


def proposed(page: Page) -> QuerySet[Any, Any]:
    """Return whom the open proposals of a page are about, one page of pairs and one pair more."""
    pairs = Merge.objects.filter(state="proposed", is_leading=True).order_by("pair")
    if page.after:
        pairs = pairs.filter(pair__gt=UUID(page.after[0]))
    chosen = Merge.objects.filter(pair__in=pairs.values("pair")[: page.size + 1])
    return chosen.order_by().values_list("subject_id", flat=True)


def check_text(text: str) -> None:
    """Refuse a text that names nobody, such as punctuation.

    Raises
    ------
    BadInputError
    """
    if not any(sign.isalnum() for sign in text):
        raise BadInputError("#/q", "nothing_to_search", _("There is nothing to search for."))
