"""Planning visits at the desk: who goes, when, where to, what is checked; and taking one back.

The office sees the address and whoever goes only in their time (`governance.policy.visits`).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.console.desk import Desk, page
from crm.conversations import queries
from crm.models import Case, Contact, ContactPoint, FieldVisit
from crm.people.accounts import id_of
from crm.service import visits
from crm.service.visits import NewVisit
from governance.policy.cases import CaseState
from governance.policy.categories import Category
from governance.policy.visits import VisitKind, VisitState
from governance.policy.vocabulary import Operation, Role
from registry.gate.access import Access
from registry.models import Staff

OFFICE = frozenset({Role.AGENT, Role.SALES, Role.MANAGER})
GOES = {VisitKind.SERVICE: Role.FIELD_AGENT, VisitKind.SALES: Role.SALES}
KIND: dict[str, Promise] = {
    VisitKind.SERVICE: _("To install, repair or check"), VisitKind.SALES: _("To sell"),
}  # fmt: skip
STATE: dict[str, Promise] = {
    VisitState.PLANNED: pgettext_lazy("visit", "Planned"),
    VisitState.DONE: pgettext_lazy("visit", "Done"),
    VisitState.NOT_MET: _("Nobody was there"),
    VisitState.CANCELLED: pgettext_lazy("visit", "Cancelled"),
}
NEEDS = (Category.COMMUNICATIONS, Category.NAME, Category.PHONE, Category.POSTAL_ADDRESS)
ADDRESS = ("street", "postal_code", "city")


class VisitForm(forms.Form):
    """A visit as the office plans it."""

    kind = forms.ChoiceField(label=_("What for"), choices=KIND.items)
    technician = forms.ChoiceField(label=_("Who goes"))
    case = forms.ChoiceField(label=_("For the case"), required=False)
    day = forms.DateField(
        label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    begins = forms.TimeField(
        label=_("From (hour)"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(
        label=_("To (hour)"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    topic = forms.CharField(label=_("What is to be done"), max_length=200)
    contact_name = forms.CharField(label=_("Ask for"), max_length=120, required=False)
    contact_phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    street = forms.CharField(label=_("Street and number"), max_length=200, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=12, required=False)
    city = forms.CharField(label=_("City"), max_length=80, required=False)
    checklist = forms.CharField(
        label=_("What is to be checked"), widget=forms.Textarea, max_length=2000, required=False,
        help_text=_("One thing on each line."),
    )  # fmt: skip

    def __init__(self, *args: Any, people: Any, cases: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields
        chosen["technician"].choices = people
        chosen["case"].choices = [("", _("None")), *cases]

    def clean(self) -> dict[str, Any]:
        """Refuse a window that ends before it begins."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("begins") and said.get("ends") and said["ends"] <= said["begins"]:
            self.add_error("ends", _("It ends after it begins."))
        return said

    def visit(self) -> NewVisit:
        """Return what was planned."""
        said = self.cleaned_data
        lines = (line.strip() for line in said["checklist"].splitlines())
        plain = ("topic", "contact_name", "contact_phone", *ADDRESS)
        return NewVisit(
            technician=UUID(said["technician"]), starts_at=_at(said["day"], said["begins"]),
            ends_at=_at(said["day"], said["ends"]), kind=VisitKind(said["kind"]),
            case=UUID(said["case"]) if said["case"] else None,
            checklist=tuple(line for line in lines if line), **{n: said[n] for n in plain},
        )  # fmt: skip


def _at(day: Any, hour: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))


@page(Operation.CREATE, about="person", roles=OFFICE, refused="console/closed.html")
def plan(desk: Desk, person: UUID) -> HttpResponse:
    """Show the visits of a person, and plan one."""
    access = desk.access
    for category in NEEDS:
        access.require(category)
    contact = access.rows(Contact).filter(subject=person).first()
    if contact is None:
        raise Http404
    named = desk.request.GET.get("case", "")
    form = VisitForm(
        desk.request.POST or None, initial=_usual(access, contact, named),
        people=_who_goes(desk), cases=_cases(access, person),
    )  # fmt: skip
    if desk.request.method == "POST" and form.is_valid():
        purpose = desk.purpose.key if desk.purpose else ""
        visits.plan(access, form.visit(), subject=person, purpose=purpose)
        messages.success(desk.request, _("Planned: it is on the page of whoever goes."))
        return redirect("desk:visit_plan", person=person)
    context = {
        "title": _("Visits to %(name)s") % {"name": contact.full_name}, "person": person,
        "form": form, "visits": _planned(access, person),
    }  # fmt: skip
    return desk.render("console/visit_plan.html", context, status=422 if form.errors else 200)


def _who_goes(desk: Desk) -> list[tuple[str, str]]:
    rows = Staff.objects.filter(
        controller=desk.staff.controller_id, is_active=True, role__in=set(GOES.values())
    )
    return [(str(row.pk), row.username) for row in rows.order_by("username")]


def _cases(access: Access, person: UUID) -> list[tuple[str, str]]:
    rows = access.rows(Case).filter(subject=person).exclude(state=CaseState.SOLVED)
    return [(str(row.pk), f"#{row.number} {row.topic or ''}") for row in rows.order_by("number")]


def _usual(access: Access, contact: Contact, case: str) -> dict[str, Any]:
    """Return what is known already: name, phone and address of the person."""
    found: dict[str, Any] = {"contact_name": contact.full_name, "case": case}
    points = access.rows(ContactPoint).filter(subject=contact.subject_id).order_by("is_primary")
    for point in points:
        if point.kind == "phone":
            found["contact_phone"] = point.phone
        if point.kind == "post":
            found |= {name: getattr(point, name) for name in ADDRESS}
    return found


def _planned(access: Access, person: UUID) -> list[dict[str, Any]]:
    rows = list(access.rows(FieldVisit).filter(subject=person).order_by("-starts_at")[:50])
    names = queries.names_of(row.technician_id for row in rows)
    return [
        {
            "row": row, "who": names.get(row.technician_id, ""), "state": STATE[row.state],
            "is_planned": row.state == VisitState.PLANNED,
        }
        for row in rows
    ]  # fmt: skip


@page(Operation.UPDATE, about="person", roles=OFFICE)
def cancel(desk: Desk, person: UUID) -> HttpResponse:
    """Take a planned visit back."""
    if desk.request.method == "POST":
        visits.cancel(desk.access, id_of(desk.request.POST.get("visit", "")))
        messages.success(desk.request, _("Cancelled: it is gone from the page of whoever goes."))
    return redirect("desk:visit_plan", person=person)
