"""The house's texts for letters: the list, and one text with its fields, preview and approval."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from dsar import drafts, letter_drafts
from dsar import labels as dsar_labels
from dsar.models import LetterDraft
from governance.policy.errors import GovernanceError
from governance.portal.clock import GROUNDS
from governance.portal.forms import EXTENSION
from governance.portal.guard import page
from governance.portal.roles import May, Page, may, staff_of
from governance.portal.site import portal

KINDS = {
    "refusal": gettext_lazy("Refusal"),
    "extension": gettext_lazy("Extension of the time limit"),
    "question": gettext_lazy("Question to the person"),
}


@dataclass(frozen=True)
class Line:
    """One text of the list, in one language."""

    key: str
    language: str
    title: str
    number: int
    is_waiting: bool


def title_of(key: str) -> str:
    """Return what a text is for, in words."""
    kind, _dot, ground = key.partition(".")
    words: dict[str, Any] = {**{str(k): v for k, v in EXTENSION.items()},
                             **{str(k): v for k, v in GROUNDS.items()}}  # fmt: skip
    said = dsar_labels.word(dsar_labels.GROUNDS, ground) if kind == "refusal" else words[ground]
    return f"{KINDS[kind]}: {said}"


@page(Page.REQUESTS)
def index(request: HttpRequest) -> HttpResponse:
    """List every text with the version in force."""
    rows = LetterDraft.objects.filter(controller_id=staff_of(request).controller_id)
    newest: dict[tuple[str, str], int] = {}
    waiting = set()
    for row in rows.order_by("number"):
        if row.approved_at is not None:
            newest[row.key, row.language] = row.number
            waiting.discard((row.key, row.language))
        else:
            waiting.add((row.key, row.language))
    lines = [
        Line(key, code, title_of(key), newest.get((key, code), 0), (key, code) in waiting)
        for key in drafts.DRAFTS
        for code, _name in settings.LANGUAGES
    ]
    context = {**portal.each_context(request), "title": _("Texts for letters"), "lines": lines}
    return TemplateResponse(request, "portal/letter_drafts.html", context)


@page(Page.REQUESTS)
def show(request: HttpRequest, key: str, language: str) -> HttpResponse:
    """Show one text, or keep a new version of it."""
    if key not in drafts.DRAFTS or language not in dict(settings.LANGUAGES):
        raise Http404
    staff = staff_of(request)
    used = letter_drafts.in_force(staff.controller_id, key, language)
    text, error = used.text, None
    if request.method == "POST":
        text = request.POST.get("text", "")
        if may(staff, Page.REQUESTS) < May.CHANGE:
            raise Http404
        try:
            letter_drafts.write(key=key, language=language, text=text, by=staff, now=timezone.now())
        except GovernanceError as refused:
            error = refused
        else:
            messages.success(request, _("Kept. Somebody else approves it before it is used."))
            return redirect("admin:letter_draft", key, language)
    rows = LetterDraft.objects.filter(controller=staff.controller, key=key, language=language)
    shown = {name: what for name, what in {**drafts.FILLED, **drafts.GAPS}.items()
             if name in drafts.FILLED or name in drafts.gaps(key)}  # fmt: skip
    context = {
        **portal.each_context(request),
        "title": f"{title_of(key)} ({language})",
        "text": text,
        "error": error,
        "details": _details(error),
        "used": used,
        "preview": letter_drafts.preview(staff.controller, key, language, text),
        "fields": [(f"{{{name}}}", what, name in drafts.FILLED) for name, what in shown.items()],
        "versions": rows.select_related("written_by", "approved_by").order_by("-number"),
        "may_change": may(staff, Page.REQUESTS) >= May.CHANGE,
    }
    status = 422 if error else 200
    return TemplateResponse(request, "portal/letter_draft.html", context, status=status)


def _details(error: GovernanceError | None) -> list[str]:
    """Return the fields that an error names."""
    found = error.details if error else {}
    said = []
    for name, words in (("unknown", _("Unknown:")), ("missing", _("Missing:"))):
        fields = found.get(name)
        if isinstance(fields, list) and fields:
            said.append(f"{words} {', '.join(f'{{{field}}}' for field in fields)}")
    return said


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def approve(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Let a version be used."""
    done = letter_drafts.approve(object_id, by=staff_of(request), now=timezone.now())
    messages.success(request, _("Approved. It is used from now on."))
    return redirect("admin:letter_draft", done.key, done.language)
