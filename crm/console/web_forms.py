"""Public forms at the desk: drafted, compared with what is open, opened by another person.

A form asks what its activity uses; no box of it is ticked before a person does.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from crm.acquisition import webforms
from crm.acquisition.errors import FormInvalidError, FormNotFoundError
from crm.acquisition.webforms import Asking
from crm.console import workflow_words
from crm.console.desk import Desk, page
from crm.console.workflows import DRAFT, KEY, SEE
from crm.models import WebForm
from crm.workflows.versions import may_approve
from governance.policy.acquisition import ASKED
from governance.policy.vocabulary import Channel, LawfulBasis, Role
from governance.policy.workflows import VersionState
from registry import activities, labels
from registry.labels import titled
from registry.models import Purpose

BOXES = 3
OF_A_BOX = ("purpose", "channel", "text_it", "text_en")
FIELD: dict[str, Promise] = {
    "given_name": _("First name"), "family_name": _("Last name"), "email": _("E-mail"),
    "phone": _("Phone"), "company_name": _("Company"), "job_title": _("Job title"),
    "message": _("Message"),
}  # fmt: skip
MISFIT: dict[str, Promise] = {
    "no_address": _("ask for an e-mail address or a phone, or nobody can be answered"),
    "unknown_field": _("a form does not ask for this"),
    "no_purpose": _("the activity of the purpose does not use it"),
    "not_asked": _("what has to be filled in is asked for too"),
    "parts": _("a box has a purpose, a channel and words in both languages"),
    "not_by_consent": _("a box asks for a consent: choose a purpose that rests on one"),
    "unknown_channel": _("choose a channel"),
}


@page(roles=SEE)
def web_forms(desk: Desk) -> HttpResponse:
    """List the public forms: the draft at each address, and the one that is open."""
    rows = _forms(desk).exclude(state=VersionState.RETIRED).order_by("slug", "number")
    lines = [
        (row, titled(row.title_it, row.title_en), workflow_words.STATE[row.state]) for row in rows
    ]
    context = {"title": _("Public forms"), "forms": lines, "may_draft": desk.role in DRAFT}
    return desk.render("console/web_forms.html", context)


def _forms(desk: Desk) -> Any:
    rows = WebForm.objects.filter(controller=desk.staff.controller_id)
    return rows.select_related("purpose", "drafted_by", "approved_by")


@page(roles=SEE)
def web_form(desk: Desk, form: UUID) -> HttpResponse:
    """Show what a form asks, and what it changes against the one that is open."""
    row = _found(desk, form)
    is_draft = row.state == VersionState.DRAFT
    opened = _forms(desk).filter(slug=row.slug, state=VersionState.APPROVED).first()
    said = _lines(row)
    before = _lines(opened) if is_draft and opened else None
    slug = desk.staff.controller.slug
    context = {
        "title": titled(row.title_it, row.title_en), "row": row, "is_draft": is_draft,
        "state": workflow_words.STATE[row.state], "is_compared": before is not None,
        "lines": workflow_words.compared(said if before is None else before, said),
        "address": reverse("web_form", kwargs={"company": slug, "form": row.slug}),
        "may_approve": may_approve(row, desk.staff), "may_draft": desk.role in DRAFT,
        "may_close": row.state == VersionState.APPROVED and desk.role is Role.MANAGER,
    }  # fmt: skip
    return desk.render("console/web_form.html", context)


def _found(desk: Desk, form: UUID) -> WebForm:
    found: WebForm | None = _forms(desk).filter(pk=form).first()
    if found is None:
        raise FormNotFoundError
    return found


def _lines(row: WebForm) -> list[str]:
    """Return what a form says and asks."""
    asked = [
        str(_("Asks: %(field)s") % {"field": FIELD.get(name, name)})
        + (f" ({_('has to be filled in')})" if name in row.required else "")
        for name in row.fields
    ]
    boxes = [
        str(_("Box, not ticked: %(text)s") % {"text": titled(box["text_it"], box["text_en"])})
        + f" ({box['purpose']}, {labels.text(Channel, box['channel'])})"
        for box in row.boxes
    ]
    return [str(_("Purpose: %(purpose)s") % {"purpose": row.purpose.text}), *asked, *boxes]


@page(roles=DRAFT)
def web_form_new(desk: Desk) -> HttpResponse:
    """Draft a form, or a further version of one."""
    said = desk.request.POST
    if desk.request.method != "POST":
        return _form(desk, _as_typed(desk, desk.request.GET.get("from", "")), [])
    typed = _asked(said)
    slug = slugify(typed["slug"] or typed["title_it"])[:KEY]
    mine = [one.key for one in desk.offered if one.key == typed["purpose"]]
    purposes = Purpose.objects.filter(controller=desk.staff.controller_id)
    purpose = purposes.filter(key__in=mine).first()
    if not (slug and typed["title_it"] and typed["title_en"] and purpose):
        return _form(desk, typed, [_("Give it a name in both languages, and a purpose.")])
    try:
        kept = webforms.draft(slug, _asking(typed), purpose=purpose, by=desk.staff, now=desk.now)
    except FormInvalidError as error:
        return _form(desk, typed, _explained(error))
    messages.success(desk.request, _("Kept as a draft. Somebody else approves it."))
    return redirect("desk:web_form", form=kept.pk)


def _asked(said: Any) -> dict[str, Any]:
    """Return what was typed; a box without words is none."""
    boxes = [{name: said.get(f"{n}.{name}", "").strip() for name in OF_A_BOX} for n in range(BOXES)]
    return {
        "slug": said.get("slug", "").strip(), "purpose": said.get("purpose", ""),
        "title_it": said.get("title_it", "").strip()[:120],
        "title_en": said.get("title_en", "").strip()[:120],
        "fields": said.getlist("fields"), "required": said.getlist("required"), "boxes": boxes,
    }  # fmt: skip


def _as_typed(desk: Desk, first: str) -> dict[str, Any]:
    """Return the form to go on from, or an empty one."""
    rows = _forms(desk).filter(slug=first).order_by("-number")
    row = rows.first() if first else None
    empty = [dict.fromkeys(OF_A_BOX, "")] * BOXES
    if row is None:
        return {"fields": ["email"], "required": ["email"], "boxes": empty}
    return {
        "slug": row.slug, "purpose": row.purpose.key, "title_it": row.title_it,
        "title_en": row.title_en, "fields": row.fields, "required": row.required,
        "boxes": [*row.boxes, *empty][:BOXES],
    }  # fmt: skip


def _asking(typed: dict[str, Any]) -> Asking:
    return Asking(
        typed["title_it"], typed["title_en"], typed["fields"], typed["required"],
        [box for box in typed["boxes"] if box["text_it"] or box["text_en"]],
    )  # fmt: skip


def _explained(error: FormInvalidError) -> list[str]:
    found: Any = error.details["misfits"]
    told = []
    for where, code in found:
        _part, _slash, name = where.partition("/")
        place = f"{FIELD[name]}: " if name in FIELD else ""
        told.append(f"{place}{MISFIT.get(code, code)}")
    return list(dict.fromkeys(told))


def _form(desk: Desk, typed: dict[str, Any], wrong: list[Any]) -> HttpResponse:
    rows = Purpose.objects.filter(controller=desk.staff.controller_id).order_by("key")
    consents = {
        version.activity.purpose.key
        for version in activities.all_in_force(desk.staff.controller_id, at=desk.now)
        if version.basis == LawfulBasis.CONSENT
    }
    context = {
        "title": _("New public form"), "typed": typed, "wrong": wrong,
        "purposes": [(one.key, one.text) for one in desk.offered],
        "consents": [(row.key, row.text) for row in rows if row.key in consents],
        "fields": [(name, FIELD[name]) for name in ASKED],
        "channels": [(c.value, labels.text(Channel, c)) for c in Channel],
    }  # fmt: skip
    return desk.render("console/web_form_new.html", context, status=422 if wrong else 200)


@page(roles=SEE)
def web_form_act(desk: Desk, form: UUID) -> HttpResponse:
    """Open a draft to the public as it was read, or close the form that is open."""
    row, said = _found(desk, form), desk.request.POST
    if said.get("do") == "approve":
        webforms.approve(row, by=desk.staff, now=desk.now, shown=said.get("shown", ""))
        messages.success(desk.request, _("Approved: the form is open to the public."))
    if said.get("do") == "close" and desk.role is Role.MANAGER:
        webforms.stop(row, by=desk.staff, now=desk.now)
        messages.success(desk.request, _("Closed: nobody can send it any more."))
    return redirect("desk:web_form", form=row.pk)
