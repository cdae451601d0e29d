"""Questions of discovery by group: what was found where, the answer that seems right, and why."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from governance.policy.categories import Category
from governance.policy.vocabulary import Duty
from governance.portal.guard import page
from governance.portal.roles import May, Page, may, staff_of
from governance.portal.site import portal
from governance.portal.text_rules import place_text
from registry import activities, answering, labels, learning
from registry.admin import title_of
from registry.answering import Group, Key
from registry.models import ActivityVersion
from registry.operations import FindingAnswerError
from registry.returns import answers_of
from registry.texts import all_texts
from retention import masking

SHOWN = 50  # groups on the page; the rest comes when these are answered
MONTHS = 12
ANSWERS: dict[str, Promise] = {
    "masked": _("Mask it in these texts"),
    "confirmed": _("Yes, it belongs here"),
    "removed": _("Yes, and the data was removed"),
    "dismissed": _("No: a false alarm"),
}
WHY: dict[str, Promise] = {
    "masked": _("nothing in the register needs it in a text"),
    "confirmed": _("an activity uses it, or should say so"),
    "removed": _("a secret has no place in a file"),
    "dismissed": _("earlier answers here were mostly: a false alarm"),
}


@page(Page.FINDINGS, duty=Duty.SUPERVISION)
def index(request: HttpRequest) -> HttpResponse:
    """Show the groups of open questions, and how often discovery was right."""
    controller, now = staff_of(request).controller_id, timezone.now()
    found = answering.groups(controller, now=now)
    may_answer = may(request.user, Page.FINDINGS) >= May.CHANGE
    months = learning.by_month(controller, since=now - timedelta(days=31 * MONTHS))
    context = {
        **portal.each_context(request),
        "title": _("Findings"),
        "groups": [_shown(group) for group in found[:SHOWN]],
        "more": max(0, len(found) - SHOWN),
        "months": months,
        "may_answer": may_answer,
        "versions": [
            (version.pk, title_of(version))
            for version in (activities.all_in_force(controller, at=now) if may_answer else ())
        ],
        "one_by_one": reverse("admin:registry_finding_changelist"),
    }
    return TemplateResponse(request, "portal/finding_groups.html", context)


def _shown(group: Group) -> dict[str, Any]:
    offered = [group.proposed, *(w for w in answers_of(group.key.kind) if w != group.proposed)]
    return {
        "group": group,
        "place": _place(group.key.place),
        "category": labels.text(Category, group.key.category),
        "question": labels.FINDING_KIND.get(group.key.kind, group.key.kind),
        "answers": [(word, ANSWERS[word]) for word in offered],
        "proposed": ANSWERS[group.proposed],
        "why": WHY[group.proposed],
    }


def _place(place: str) -> str:
    """Return what the place of a text is called; the place of a column is a name already."""
    texts = next((t for t in all_texts() if place.startswith(f"{t.place}.")), None)
    return place_text(texts) if texts else place


def _key(request: HttpRequest) -> Key:
    said = request.POST
    return Key(said.get("place", ""), said.get("category", ""), said.get("kind", ""))


@require_POST
@page(Page.FINDINGS, level=May.CHANGE)
def answer(request: HttpRequest) -> HttpResponse:
    """Answer a group; masking is done at once."""
    key, word = _key(request), request.POST.get("answer", "")
    by, now = staff_of(request), timezone.now()
    if word == "masked":
        done = masking.mask(key, by=by, now=now)
        if done.held:
            said = ngettext(
                "%(n)d text is under a legal hold and stays as it is.",
                "%(n)d texts are under a legal hold and stay as they are.",
                done.held,
            )
            messages.warning(request, said % {"n": done.held})
        number = done.answered
    else:
        number = answering.answer(key, word, by=by, now=now)
    said = ngettext("%(n)d question answered.", "%(n)d questions answered.", number)
    messages.success(request, said % {"n": number})
    return redirect("admin:finding_groups")


@require_POST
@page(Page.REGISTER, level=May.CHANGE)
def declare(request: HttpRequest) -> HttpResponse:
    """Confirm a group, and draft the activity that uses it."""
    by = staff_of(request)
    if may(request.user, Page.FINDINGS) < May.CHANGE:
        raise FindingAnswerError
    version = get_object_or_404(
        ActivityVersion, pk=request.POST.get("version") or None, controller_id=by.controller_id
    )
    drafted = answering.declare(_key(request), version, by=by, now=timezone.now())
    messages.success(request, gettext("This is the draft. Complete it, and have it approved."))
    return redirect("admin:registry_activityversion_change", drafted.pk)
