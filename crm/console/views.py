"""The first page, the choice of a purpose, and the keyboard."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from crm.console import masks, purposes, shortcuts, work
from crm.console.desk import COMES_TO_IT, Desk, page
from governance.policy.vocabulary import Operation, Role
from registry import activities


@page(roles=COMES_TO_IT)
def home(desk: Desk) -> HttpResponse:
    """Show what waits for the person at the desk; a partner has one page."""
    if desk.role is Role.PARTNER:
        return redirect("desk:shared")
    context: dict[str, Any] = {"title": _("My work"), "sections": []}
    sections = _for(desk)
    if not sections:
        return desk.render("console/home.html", context)
    with desk.open(Operation.LIST, subjects=work.people_of(desk, sections)) as desk.access:
        desk.access.forgo(masks.COVERED)
        context["sections"] = [(section, section.lines(desk)) for section in sections]
        context["kept_back"] = desk.access.excluded.total()
        return desk.render("console/home.html", context)


def _for(desk: Desk) -> list[work.Section]:
    """Return the sections that the purpose and the role may see."""
    key = desk.purpose.key if desk.purpose else ""
    in_force = activities.in_force(desk.staff.controller_id, key, at=desk.now)
    if in_force is None or Operation.LIST not in in_force.terms.operations:
        return []
    granted = in_force.terms.usable_by(desk.role)
    return [section for section in work.SECTIONS if section.needs <= granted]


@page(needs_purpose=False, roles=COMES_TO_IT)
def purpose(desk: Desk) -> HttpResponse:
    """Ask for what somebody works, and keep it for the session."""
    back = _back(desk.request)
    if desk.request.method == "POST":
        if purposes.choose(desk.request, desk.request.POST.get("purpose", ""), desk.offered):
            return redirect(back)
        wrong = _("Choose one of the purposes.")
        return desk.render("console/purpose.html", _asking(back, wrong), status=422)
    return desk.render("console/purpose.html", _asking(back))


def _asking(back: str, wrong: Any = "") -> dict[str, Any]:
    return {"title": _("What are you working on?"), "back": back, "wrong": wrong}


def _back(request: HttpRequest) -> str:
    """Return where to go on: a page of the desk, never elsewhere."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    start = reverse("desk:home")
    return wanted if is_ours and wanted.startswith(start) else start


@page(needs_purpose=False)
def keyboard(desk: Desk) -> HttpResponse:
    """Say which keys there are, and let each be changed or turned off."""
    form = shortcuts.KeyForm(
        desk.request.POST or None, initial={"key": shortcuts.key_of(desk.request)}
    )
    if desk.request.method == "POST" and form.is_valid():
        shortcuts.keep(desk.request, form.cleaned_data["key"])
        return redirect("desk:keyboard")
    return desk.render("console/keyboard.html", {"title": _("Keyboard"), "form": form})
