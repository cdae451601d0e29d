"""Imports in the portal: upload, proposal, progress, and what was set aside.

A file comes in by a person's hand and lands in a worker's (`crm.imports.jobs`). On the way it
is never written in clear: the upload stays in memory, and what lies on disk is sealed under
the key of its batch (`crm.imports.staging`). Which purposes are offered, and what lands, is
what the register says; the gate decides again when the rows come.
"""

import io
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler, SkipFile
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from crm import tasks
from crm.admin import STATES
from crm.imports import expiry, jobs, landing, mapping, reading, rejects, staging
from crm.imports.columns import Mapping as ColumnMap
from crm.imports.errors import FileTooLargeError, ImportFileError
from crm.imports.landing import UnknownEntityError
from crm.imports.outcomes import Report
from crm.imports.targets import Entity
from crm.models import ImportBatch
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Operation, Role, SubjectKind
from governance.portal import import_words
from governance.portal.guard import page, under_duty
from governance.portal.import_forms import ColumnsForm, UploadForm
from governance.portal.roles import May, Page, may, staff_of, supervises
from governance.portal.site import portal
from governance.templatetags.days import day
from registry import activities, labels, operations
from registry.gate import opening as gate
from registry.models import DataSource, PrivacyNotice, Purpose, Staff

CHANGE = "admin:crm_importbatch_change"
LIST = "admin:crm_importbatch_changelist"
LIMIT = 64 * 1024 * 1024
"""Bytes of a file that a person may upload: it is held in memory. `import_file` takes more."""
SLACK = 64 * 1024  # the other fields of the form, and what lies between them


class InMemoryOnly(MemoryFileUploadHandler):
    """Holds an upload in memory, never in a file of the system's temporary folder.

    What is larger than the limit is read and dropped.
    """

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Take every upload; Django's own handler would leave the larger ones to the disk."""
        del args, kwargs
        self.activated = True

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin one file."""
        if is_too_large(cast(HttpRequest, self.request)):
            raise SkipFile
        super().new_file(*args, **kwargs)


def is_too_large(request: HttpRequest) -> bool:
    """Whether the body of a request is larger than any upload accepted."""
    return int(request.META.get("CONTENT_LENGTH") or 0) > LIMIT + SLACK


def in_memory(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Choose how uploads are held before anybody reads the form.

    The middleware against forged forms would read it first, so it passes this page by;
    the same check runs inside, as `AdminSite.admin_view` puts it around every view.
    """

    def prepared(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.upload_handlers = [InMemoryOnly(request)]
        return view(request, *args, **kwargs)

    return csrf_exempt(prepared)


# Upload


@page(Page.IMPORTS, level=May.CHANGE)
def new(request: HttpRequest) -> HttpResponse:
    """Take a file, look at it, and go on to what is proposed for its columns."""
    staff = staff_of(request)
    error: GovernanceError | None = None
    if is_too_large(request):
        size = int(request.META["CONTENT_LENGTH"])
        error = FileTooLargeError(size=size, limit=LIMIT)
    approved = PrivacyNotice.objects.filter(
        controller_id=staff.controller_id, approved_at__isnull=False
    )
    offered: dict[str, Any] = {
        "sources": _sources(staff),
        "purposes": _purposes(staff),
        "notices": approved.order_by("-number", "language"),
    }
    is_sent = request.method == "POST" and error is None
    form = UploadForm(*((request.POST, request.FILES) if is_sent else ()), **offered)
    if is_sent and form.is_valid():
        try:
            batch = _staged(form, staff)
        except (ImportFileError, UnknownEntityError) as refused:
            error = refused
        else:
            return redirect(CHANGE, batch.pk)
    context = {
        **portal.each_context(request), "title": _("New import"), "form": form, "error": error,
        "has_purposes": bool(offered["purposes"]),
    }  # fmt: skip
    status = error.status if error else 422 if form.is_bound else 200
    return TemplateResponse(request, "portal/import_new.html", context, status=status)


def _sources(staff: Staff) -> list[tuple[str, str]]:
    found = DataSource.objects.filter(controller_id=staff.controller_id, kind="import")
    return [(name, name) for name in found.order_by("name").values_list("name", flat=True)]


def _purposes(staff: Staff) -> list[tuple[str, str]]:
    """Return the purposes for which the role may import now."""
    return [
        (purpose.key, purpose.text)
        for version in activities.all_in_force(staff.controller_id, at=timezone.now())
        if landing.may_import(activities.terms_of(version), Role(staff.role))
        for purpose in [version.activity.purpose]
    ]


def _staged(form: UploadForm, staff: Staff) -> ImportBatch:
    """Look at the file, save a batch with what is proposed, and seal the file beside it.

    Nothing is written before the file could be read.
    """
    said, now = form.cleaned_data, timezone.now()
    upload: UploadedFile[bytes] = said["file"]
    if (upload.size or 0) > LIMIT:
        raise FileTooLargeError(size=upload.size or 0, limit=LIMIT)
    with staging.plaintext(upload.chunks()) as path:
        opened = reading.open_source(path, limits=reading.Limits(max_bytes=LIMIT))
        entity = said["entity"] or mapping.guess_entity(opened.header, upload.name or "")
        if not entity:
            raise UnknownEntityError
        source = operations.add_source(
            controller=staff.controller, name=said["source"] or said["new_source"],
            kind="import", by=staff, now=now,
        )  # fmt: skip
        batch, _mapping = landing.propose(
            path, source=source, purpose=said["purpose"], by=staff, now=now,
            entity=Entity(entity), kind=SubjectKind(said["kind"]), told=form.told(),
        )  # fmt: skip
    try:
        staging.seal(batch, upload.chunks())
    except OSError:
        batch.delete()
        raise
    return batch


# One import


@page(Page.IMPORTS)
def detail(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Show an import: the proposal while it is one, then progress and counts."""
    batch = _batch(request, object_id)
    if batch.state == "proposed" and _may_steer(request, batch):
        return _proposal(request, batch, ColumnsForm(mapping=_mapping_of(batch)))
    return _result(request, batch)


@require_POST
@page(Page.IMPORTS, level=May.CHANGE)
def steer(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Save what was chosen for the columns; then try it, start it, or throw the file away."""
    batch, staff, now = _batch(request, object_id), staff_of(request), timezone.now()
    if not _may_steer(request, batch):
        raise PermissionDenied
    if batch.state != "proposed":
        raise jobs.NotProposedError
    said = request.POST.get("do")
    if said == "discard":
        expiry.expire(batch, now=now)
        messages.success(request, _("The file was destroyed. Nothing was imported."))
        return redirect(LIST)
    form = ColumnsForm(request.POST, mapping=_mapping_of(batch))
    if not form.is_valid():
        return _proposal(request, batch, form)
    chosen = form.applied()
    batch.mapping = {**batch.mapping, "columns": chosen.to_json()}
    ImportBatch.objects.filter(pk=batch.pk, state="proposed").update(mapping=batch.mapping)
    if said == "start":
        return _started(request, batch, staff)
    with staging.opened(batch) as path:
        report = landing.try_out(path, batch, chosen, by=staff, now=now)
    return _proposal(request, batch, ColumnsForm(mapping=chosen), tried=report)


def _started(request: HttpRequest, batch: ImportBatch, staff: Staff) -> HttpResponse:
    jobs.start(batch, by=staff)
    try:
        tasks.land_import.delay(str(batch.pk), str(batch.controller_id), str(staff.pk))
    except OperationalError:  # the row is the job: the timetable wakes it as well
        messages.warning(
            request, _("The worker does not answer; the import starts when it does.")
        )  # fmt: skip
    return redirect(CHANGE, batch.pk)


def _proposal(
    request: HttpRequest, batch: ImportBatch, form: ColumnsForm, *, tried: Report | None = None
) -> HttpResponse:
    columns = form.mapping
    staff, now = staff_of(request), timezone.now()
    uncovered = set(landing.uncovered(batch, columns, by=staff, now=now))
    lines = []
    for column in columns.columns:
        name = f"column_{column.index}"
        lines.append(
            {
                "header": column.header,
                "field": form[name] if name in form.fields else None,
                "is_refused": name not in form.fields,
                "is_uncovered": column.target in uncovered,
                "because": import_words.because(column),
                "category": import_words.category(column.category),
            }
        )
    context = {
        **_context(request, batch),
        "lines": lines, "form": form, "tried": tried,
        "tried_reasons": import_words.reasons(tried.reasons) if tried else [],
        "would_land": tried.read - tried.rejected if tried else 0,
        "kind_text": labels.text(SubjectKind, batch.mapping.get("kind", "")),
        "asks_kind": batch.entity == Entity.CONTACT,
    }  # fmt: skip
    status = 422 if form.errors else 200
    return TemplateResponse(request, "portal/import_columns.html", context, status=status)


def _result(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    context = {
        **_context(request, batch),
        "is_running": batch.state == "running",
        "share": _share(batch),
        "reasons": import_words.reasons(batch.mapping.get("reasons", {})),
        "failure": import_words.failure(code) if (code := batch.mapping.get("failed")) else None,
        "mapping": _pairs(batch),
        "may_download": batch.rows_rejected
        and batch.state in {"done", "failed"}
        and _may_steer(request, batch),
    }
    if not supervises(staff_of(request)):
        return TemplateResponse(request, "portal/import.html", context)
    rejected = batch.rejected.values("code", "column").annotate(n=Count("pk"))
    context["rejected"] = rejected.order_by("-n", "code")
    return under_duty(
        request, lambda _access: TemplateResponse(request, "portal/import.html", context)
    )


def _context(request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
    purpose = Purpose.objects.filter(controller=batch.controller_id, key=batch.purpose).first()
    return {
        **portal.each_context(request),
        "title": _("Import of %(day)s") % {"day": day(timezone.localdate(batch.created_at))},
        "batch": batch,
        "state_text": STATES[batch.state],
        "entity_text": import_words.entity(batch.entity),
        "purpose_text": purpose.text if purpose else batch.purpose,
    }


def _share(batch: ImportBatch) -> int | None:
    """Return per cent of the rows read, as far as their number is known."""
    estimate = batch.mapping.get("estimate")
    return min(99, 100 * batch.rows_read // estimate) if estimate else None


def _pairs(batch: ImportBatch) -> list[tuple[str, str]]:
    """Return column and field as texts."""
    if not isinstance(batch.mapping.get("columns"), str):
        return []
    columns, uncovered = _mapping_of(batch), batch.mapping.get("uncovered", [])

    def place(target: str | None) -> str:
        if target in uncovered:
            return f"— ({_('Not covered')})"
        return import_words.target(columns.entity, target) if target else "—"

    return [(c.header, place(c.target)) for c in columns.columns]


def _mapping_of(batch: ImportBatch) -> ColumnMap:
    return ColumnMap.from_json(batch.mapping["columns"])


# What was set aside


@page(Page.IMPORTS, level=May.CHANGE)
def rejected(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Hand out the rows that were set aside, under an access of the import's purpose."""
    batch, staff = _batch(request, object_id), staff_of(request)
    file = io.StringIO(newline="")
    header = [column.header for column in _mapping_of(batch).columns]
    with gate.open(staff.actor(), batch.purpose, Operation.IMPORT, now=timezone.now()):
        rejects.write_csv(batch, header, file)
    response = HttpResponse(file.getvalue().encode("utf-8-sig"), content_type="text/csv")
    name = f"rejected-{timezone.localdate(batch.created_at)}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _batch(request: HttpRequest, object_id: UUID) -> ImportBatch:
    batches = ImportBatch.objects.select_related("source", "started_by")
    return get_object_or_404(batches, pk=object_id, controller_id=staff_of(request).controller_id)


def _may_steer(request: HttpRequest, batch: ImportBatch) -> bool:
    if may(request.user, Page.IMPORTS) < May.CHANGE:
        return False
    return batch.purpose in dict(_purposes(staff_of(request)))
