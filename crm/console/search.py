"""Finding a person from anywhere: the words come in the body, for addresses end up in logs."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.console import masks, words
from crm.console.desk import Desk, page
from crm.models import Contact, ContactPoint
from governance.policy.categories import Category
from governance.policy.vocabulary import Operation
from registry import search as index
from registry.gate.access import Access

MOST = 30


@dataclass(frozen=True)
class Found:
    """One person that a search means, with what tells them from others."""

    id: UUID
    name: str
    stage: str | Promise
    beside: list[str]


@page()
def search(desk: Desk) -> HttpResponse:
    """Show whom somebody means; a single one is opened at once."""
    text = desk.request.POST.get("q", "").strip()[:200]
    context: dict[str, Any] = {"title": _("Find a person"), "searched": text, "found": None}
    if not any(sign.isalnum() for sign in text):
        return desk.render("console/search.html", context)
    people = _meant(desk, text)
    with desk.open(Operation.SEARCH, subjects=people[: MOST + 1]) as desk.access:
        desk.access.require(index.category_of(text))
        desk.access.forgo(masks.COVERED)
        found = _shown(desk.access)
        closed = desk.access.excluded.total()
        context |= {"found": found[:MOST], "more": len(found) > MOST, "closed": closed}
        page_of_results = desk.render("console/search.html", context)
    if len(found) == 1 and not closed:
        return redirect("desk:person", person=found[0].id)
    return page_of_results


def _meant(desk: Desk, text: str) -> QuerySet[Any, Any]:
    """Return ids of the contacts that are meant, as a queryset nobody has evaluated."""
    ids = index.subjects_matching(desk.staff.controller_id, text)
    return (
        Contact.objects.filter(subject_id__in=ids)
        .order_by("subject_id")
        .values_list("subject_id", flat=True)
    )


def _shown(access: Access) -> list[Found]:
    """Return the people of the access by name."""
    beside: dict[UUID, list[str]] = {}
    for point in access.rows(ContactPoint).order_by("-is_primary", "id"):
        values = access.values(point)
        told = values.get("email") or values.get("phone") or values.get("city")
        if told:
            beside.setdefault(point.subject_id, []).append(told)
    named = Category.NAME in access.categories
    staged = Category.BEHAVIOUR in access.categories
    found = [
        Found(
            contact.subject_id,
            contact.full_name if named else "",
            words.said(words.STAGE, contact.stage) if staged else "",
            beside.get(contact.subject_id, [])[:3],
        )
        for contact in access.rows(Contact)
    ]
    return sorted(found, key=lambda person: (person.name.casefold(), person.id))
