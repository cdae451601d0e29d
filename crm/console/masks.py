"""What the desk covers until somebody says why they need it, and the page that shows it.

A category that is covered is not opened: no key for it is fetched. To see it is an access of its
own for that category alone, whose entry has the reason, and never the value (Art. 5(1)(c), 25).
"""

from enum import StrEnum, unique
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.console import words
from crm.console.desk import Desk, page
from crm.models import Contact
from governance.policy.categories import SPECIAL, Category
from governance.policy.vocabulary import Operation
from registry import labels
from registry.datamap import data_map
from registry.gate.access import Access

COVERED = (
    frozenset(
        {
            Category.NATIONAL_ID, Category.IDENTITY_DOCUMENT, Category.BIRTH, Category.GENDER,
            Category.FAMILY, Category.INCOME, Category.PROPERTY, Category.BANK_ACCOUNT,
        }
    )
    | SPECIAL
)  # fmt: skip
"""Not needed to help somebody on the phone, and worth much to a thief."""


@unique
class Because(StrEnum):
    """Why somebody uncovers a value: what the entry of the log says."""

    IDENTITY = "uncovered.identity"
    INVOICE = "uncovered.invoice"
    CORRECTION = "uncovered.correction"
    CONTRACT = "uncovered.contract"
    AUTHORITY = "uncovered.authority"


BECAUSE: dict[Because, Promise] = {
    Because.IDENTITY: _("To make sure who is calling"),
    Because.INVOICE: _("For an invoice or a payment"),
    Because.CORRECTION: _("To correct it, as the person asked"),
    Because.CONTRACT: _("To conclude or carry out a contract"),
    Because.AUTHORITY: _("An authority or a law asks for it"),
}


class UncoverForm(forms.Form):
    """Which category is to be shown, and why."""

    category = forms.ChoiceField(choices=[(c.value, c.value) for c in sorted(COVERED)])
    because = forms.ChoiceField(label=_("Why you need it"), choices=[("", "—"), *BECAUSE.items()])


def covered(contact: Contact, *, granted: frozenset[Category]) -> list[Category]:
    """Return the categories of a contact that are held, could be seen, and are covered."""
    return sorted(Category(word) for word in contact.held() if word in COVERED & granted)


@page()
def uncover(desk: Desk, person: UUID) -> HttpResponse:
    """Ask why; then show the values of one category of a person."""
    form = UncoverForm(desk.request.POST or None, initial=_asked(desk.request))
    category = form["category"].value()
    if category not in COVERED:
        return desk.render("console/uncover.html", _context(person, None, form), status=404)
    context = _context(person, Category(category), form)
    if desk.request.method != "POST" or not form.is_valid():
        status = 422 if form.errors else 200
        return desk.render("console/uncover.html", context, status=status)
    wanted = frozenset({Category(category)})
    with desk.open(Operation.READ, subjects=person, categories=wanted) as desk.access:
        desk.access.because = form.cleaned_data["because"]
        context["values"] = _values(desk.access)
        return desk.render("console/uncover.html", context)


def _asked(request: HttpRequest) -> dict[str, str]:
    return {"category": request.GET.get("what", "")}


def _context(person: UUID, category: Category | None, form: UncoverForm) -> dict[str, Any]:
    title = labels.text(Category, category) if category else _("There is no such thing to show.")
    return {"title": title, "person": person, "form": form, "category": category}


def _values(access: Access) -> list[tuple[str | Promise, Any]]:
    """Return the fields of the category that the contact has, with their names."""
    declared = data_map()[Contact].personal()
    return [
        (words.said(words.FIELD, name), value)
        for contact in access.rows(Contact)
        for name, value in access.values(contact).items()
        if value is not None and not declared[name].clear
    ]
