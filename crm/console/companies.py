"""Companies and what they are to the house; who works for a partner, and what is shared with it.

A partner sees the cases that are shared with their own company, and nothing else: what was asked,
how it stands, until it is taken back. Never a note of ours.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.console import relations
from crm.console.desk import Desk, page
from crm.conversations import queries
from crm.models import AccountUser, Case, SharedCase
from crm.people import accounts
from crm.people.errors import AccountNotFoundError
from crm.service import words
from crm.service.errors import CaseNotFoundError
from governance.policy.cases import CaseKind
from governance.policy.categories import Category
from governance.policy.vocabulary import Operation, Role
from registry.gate.access import Access
from registry.gate.opening import Subjects
from registry.models import DataSource, Staff

WORK = frozenset({Role.AGENT, Role.SALES, Role.MANAGER})
STANDS_AS: dict[str, Promise] = {
    "customer": pgettext_lazy("company", "Customer"),
    "supplier": pgettext_lazy("company", "Supplier"),
    "partner": pgettext_lazy("company", "Partner"),
    "press": pgettext_lazy("company", "Press"),
    "other": pgettext_lazy("company", "Other"),
}
KIND: dict[str, Promise] = {
    "company": pgettext_lazy("company", "Company"),
    "household": pgettext_lazy("company", "Household"),
    "sole_trader": pgettext_lazy("company", "Sole trader"),
}
MOST = 100


class CompanyForm(forms.Form):
    """A company that is new to the house."""

    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=KIND.items)
    source: "forms.ModelChoiceField[DataSource]" = forms.ModelChoiceField(
        label=_("Where we have it from"), queryset=None
    )
    stands_as = forms.MultipleChoiceField(
        label=_("What it is to us"), choices=STANDS_AS.items, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *args: Any, controller: UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sources = DataSource.objects.filter(controller=controller).order_by("name")
        self.fields["source"].queryset = sources  # type: ignore[attr-defined]  # of its own kind


@page(roles=WORK)
def companies(desk: Desk) -> HttpResponse:
    """Find companies by name or number; the words come in the body."""
    text = desk.request.POST.get("q", "").strip()
    context: dict[str, Any] = {"title": _("Companies"), "asked": bool(text)}
    if desk.request.method != "POST" or not text:
        return desk.render("console/companies.html", context)
    found = accounts.meant_by(desk.staff.controller_id, text)
    with desk.open(Operation.SEARCH, subjects=found) as desk.access:
        desk.access.require(Category.NAME)
        context["found"] = [(row.pk, row.name) for row in accounts.all_of(desk.access)[:MOST]]
        context["kept_back"] = desk.access.excluded.total()
        return desk.render("console/companies.html", context)


@page(roles=WORK)
def new(desk: Desk) -> HttpResponse:
    """Write down a company, with a file of its own."""
    form = CompanyForm(desk.request.POST or None, controller=desk.staff.controller_id)
    if desk.request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        with desk.open(Operation.CREATE) as access:
            made = accounts.create(
                access, kind=said["kind"], fields={"name": said["name"]},
                stands_as=said["stands_as"], source=said["source"],
            ).pk  # fmt: skip
        return redirect("desk:company", account=made)
    context = {"title": _("New company"), "form": form}
    return desk.render("console/company_new.html", context, status=422 if form.errors else 200)


def _file(_desk: Desk, account: UUID) -> Subjects:
    return accounts.file_of(account)


@page(Operation.LIST, people=_file, roles=WORK, refused="console/closed.html")
def company(desk: Desk, account: UUID) -> HttpResponse:
    """Show what a company is to the house, and who works for it here."""
    access = desk.access
    relations.raise_excluded(access)
    row = accounts.held(access, account)
    access.require(Category.NAME)
    stands = accounts.roles(access, row) if Category.OCCUPATION in access.categories else []
    users = access.rows(AccountUser).filter(account=row, active_to__isnull=True)
    at_work = Staff.objects.filter(controller=access.controller, role=Role.PARTNER, is_active=True)
    context = {
        "title": row.name or _("Company without a name"), "account": row, "kind": KIND[row.kind],
        "stands": [STANDS_AS[word] for word in stands], "words": STANDS_AS.items(),
        "users": sorted(queries.names_of(users.values_list("staff", flat=True)).values()),
        "may_let_in": desk.role is Role.MANAGER and accounts.PARTNER in stands,
        "staff": at_work.order_by("username"),
    }  # fmt: skip
    return desk.render("console/company.html", context)


@page(Operation.UPDATE, people=_file, roles=WORK)
def company_act(desk: Desk, account: UUID) -> HttpResponse:
    """Write down what a company is to the house, or let a partner's user see what is shared."""
    relations.raise_excluded(desk.access)
    row, said = accounts.held(desk.access, account), desk.request.POST
    if said.get("do") == "stand" and said.get("stands_as") in STANDS_AS:
        accounts.stand(desk.access, row, said["stands_as"])
        messages.success(desk.request, _("Written down from today on."))
    if said.get("do") == "let_in" and desk.role is Role.MANAGER:
        partners = Staff.objects.filter(controller=desk.access.controller, role=Role.PARTNER)
        user = partners.filter(pk=accounts.id_of(said.get("user", ""))).first()
        if user is None or accounts.PARTNER not in accounts.roles(desk.access, row):
            raise AccountNotFoundError
        accounts.let_in(desk.access, row, user)
        messages.success(desk.request, _("They see what is shared with this company."))
    return redirect("desk:company", account=account)


def _with_partners(_desk: Desk, person: UUID, **_case: UUID) -> Subjects:
    return accounts.with_partners(person)


@page(Operation.LIST, people=_with_partners, roles=WORK, refused="console/closed.html")
def share(desk: Desk, person: UUID, case: UUID) -> HttpResponse:
    """Show with which partners a case is shared, and with which it can be."""
    access = desk.access
    row = _case(access, person, case)
    shared = access.rows(SharedCase).filter(case=row, ended_at__isnull=True)
    since = dict(shared.values_list("account", "shared_at"))
    partners = [(one.pk, one.name, since.get(one.pk)) for one in accounts.partners(access)]
    context = {
        "title": _("Share case %(number)s") % {"number": row.number}, "case": row,
        "shared": [one for one in partners if one[2]],
        "others": [one for one in partners if not one[2]],
    }  # fmt: skip
    return desk.render("console/case_share.html", context)


@page(Operation.UPDATE, people=_with_partners, roles=WORK)
def share_act(desk: Desk, person: UUID, case: UUID) -> HttpResponse:
    """Share a case with a partner, or take it back."""
    access, said = desk.access, desk.request.POST
    row = _case(access, person, case)
    account = accounts.id_of(said.get("account", ""))
    if said.get("do") == "share":
        if account not in {one.pk for one in accounts.partners(access)}:
            raise AccountNotFoundError
        accounts.share(access, row, account, by=desk.staff)
        messages.success(desk.request, _("Shared: they see the request and how it stands."))
    if said.get("do") == "end":
        accounts.take_back(access, row, account)
        messages.success(desk.request, _("Taken back: they see it no more."))
    return redirect("desk:case_share", person=person, case=case)


def _case(access: Access, person: UUID, case: UUID) -> Case:
    relations.require(access, person)
    access.require(Category.NAME)
    access.require(Category.COMMUNICATIONS)
    found = access.rows(Case).filter(pk=case, subject=person).first()
    if found is None:
        raise CaseNotFoundError
    return found


def _shared_with_me(desk: Desk) -> Subjects:
    return accounts.shared_people(desk.staff.pk)


@page(Operation.LIST, people=_shared_with_me, roles={Role.PARTNER})
def shared(desk: Desk) -> HttpResponse:
    """Show a partner the cases that are shared with their company."""
    rows = accounts.shared_cases(desk.access, desk.staff.pk)[:MOST]
    context = {
        "title": _("Shared with us"),
        "cases": [
            {
                "row": row, "state": words.STATE[row.state], "kind": words.KIND[CaseKind(row.kind)],
            }
            for row in rows
        ],
    }  # fmt: skip
    return desk.render("console/shared.html", context)
