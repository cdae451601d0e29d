"""The Art. 30 record in the portal: shown, taken out in every form, and taken in."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from crm.imports.errors import ImportFileError
from governance.policy.actors import Actor
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Duty
from governance.portal import record_pdf, register_sheets
from governance.portal.guard import page
from governance.portal.roles import May, Page, may, staff_of
from governance.portal.site import portal
from registry import labels, record
from registry.exchange import document, linked, sheets
from registry.exchange.document import Facts
from registry.exchange.drafting import RegisterDocumentError, TakenIn, take_in
from registry.exchange.layouts import LAYOUTS
from registry.models import Controller

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LIMIT = 8 * 1024 * 1024
"""Bytes of a register that is taken in."""
FORMS = {
    "garante": gettext_lazy("Garante, simplified register (XLSX)"),
    "cnil": gettext_lazy("CNIL (XLSX)"),
    "ico": gettext_lazy("ICO (XLSX)"),
    "jsonld": gettext_lazy("Linked data with DPV terms (JSON-LD)"),
}
"""Forms that can be taken in again; the record as page, PDF and JSON is to be read."""
SECTIONS = {
    "controller": gettext_lazy("company"),
    "recipient": gettext_lazy("recipient"),
    "datasource": gettext_lazy("source"),
    "processingonbehalf": gettext_lazy("processing for others"),
    "purpose": gettext_lazy("purpose"),
    "assessment": gettext_lazy("impact assessment"),
}


@page(Page.RECORD, duty=Duty.SUPERVISION)
def record_page(request: HttpRequest) -> HttpResponse:
    """Show the record, to be read or printed."""
    controller = Controller.objects.get(pk=staff_of(request).controller_id)
    context = {
        **portal.each_context(request),
        "title": _("Record of processing activities"),
        "record": record.record(controller, now=timezone.now(), language=labels.language()),
        "forms": FORMS.items(),
        "authority_url": request.build_absolute_uri(reverse("authority", args=[controller.slug])),
        "may_take_in": may(request.user, Page.REGISTER) >= May.CHANGE,
    }
    return TemplateResponse(request, "portal/record.html", context)


@require_POST
@page(Page.RECORD)
def download(request: HttpRequest) -> HttpResponse:
    """Hand over the register in the form that was asked for."""
    wanted, actor = request.POST.get("format", ""), staff_of(request).actor()
    if wanted in FORMS:
        return _as_form(wanted, document.export(actor, now=timezone.now()))
    return _as_record(wanted, actor)


def _as_form(wanted: str, said: Facts) -> HttpResponse:
    if wanted == "jsonld":
        text = json.dumps(linked.to_linked(said), ensure_ascii=False, indent=2)
        return _file(text, "application/ld+json", "register.jsonld")
    content = register_sheets.written(sheets.laid_out(said, LAYOUTS[wanted]))
    return _file(content, XLSX, f"register-{wanted}.xlsx")


def _as_record(wanted: str, actor: Actor) -> HttpResponse:
    made = record.export(actor, now=timezone.now(), language=labels.language())
    as_kind: dict[str, tuple[Callable[[], str | bytes], str]] = {
        "html": (lambda: render_to_string("portal/record_alone.html", {"record": made}),
                 "text/html"),
        "pdf": (lambda: record_pdf.pdf(made), "application/pdf"),
        "json": (lambda: json.dumps(made, ensure_ascii=False, indent=2), "application/json"),
    }  # fmt: skip
    kind = wanted if wanted in as_kind else "json"
    make, media = as_kind[kind]
    return _file(make(), media, f"record-art-30.{kind}")


def _file(content: str | bytes, media: str, name: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=media, headers=headers)


class RegisterFileForm(forms.Form):
    """A register that another system, or an official form, brought out."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "XLSX in the form of the Garante, the CNIL or the ICO, or JSON-LD; at most 8 MiB."
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.jsonld,.json"}),
    )


@page(Page.REGISTER, level=May.CHANGE)
def take_in_page(request: HttpRequest) -> HttpResponse:
    """Take a register in as drafts, and say what became of it."""
    form = RegisterFileForm(request.POST or None, request.FILES or None)
    error: GovernanceError | None = None
    done: TakenIn | None = None
    if request.method == "POST" and form.is_valid():
        try:
            said = _said_in(form.cleaned_data["file"])
            done = take_in(said, by=staff_of(request), now=timezone.now())
        except (RegisterDocumentError, ImportFileError) as refused:
            error = refused
    context = {
        **portal.each_context(request),
        "title": _("Take in a register"),
        "form": form,
        "error": error,
        "places": getattr(error, "places", ()),
        "done": done,
        "made": _made(done),
        "differing": [(SECTIONS.get(kind, kind), name) for kind, name in done.differing]
        if done else [],
    }  # fmt: skip
    status = 400 if error or form.errors else 200
    return TemplateResponse(request, "portal/record_import.html", context, status=status)


def _made(done: TakenIn | None) -> list[tuple[Any, int]]:
    return [(SECTIONS.get(kind, kind), n) for kind, n in sorted(done.made.items())] if done else []


def _said_in(file: "UploadedFile[bytes]") -> Facts:
    content = file.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise RegisterDocumentError([_("larger than 8 MiB")])
    if not content.startswith(b"PK"):
        return _linked(content)
    # A register says what a company does, and names no customer: it may lie on disk for a moment.
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as lying:
        lying.write(content)
        lying.flush()
        found = register_sheets.read(Path(lying.name))
    return sheets.read_back(found, today=timezone.localdate())


def _linked(content: bytes) -> Facts:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        raise RegisterDocumentError(["JSON"]) from None
    if not isinstance(said, dict):
        raise RegisterDocumentError(["JSON"])
    return linked.from_linked(said)
