"""Files of requests in the portal: added, handed out, destroyed.

An upload stays in memory and is looked at before anything is kept. What is handed out is always a
download of its own kind, never a page: no browser shows what somebody else wrote.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dsar.attachments import keeping
from dsar.attachments.errors import WHY, FileRefusedError, FileTooLargeError
from dsar.attachments.limits import Refused, Type
from dsar.models import Attachment, SubjectRequest
from governance.portal.guard import page
from governance.portal.imports import is_too_large
from governance.portal.roles import May, Page, staff_of
from registry.gate.access import Access

CHANGE = "admin:dsar_subjectrequest_change"
MEDIA = {
    Type.PDF: "application/pdf",
    Type.PNG: "image/png",
    Type.JPEG: "image/jpeg",
    Type.GIF: "image/gif",
    Type.WEBP: "image/webp",
    Type.TEXT: "text/plain; charset=utf-8",
    Type.XML: "application/xml",
    Type.SIGNED: "application/pkcs7-mime",
    Type.ZIP: "application/zip",
}
"""What is said of a file besides its name; of the rest nothing is said."""


@dataclass(frozen=True)
class Shown:
    """A file as it is listed; `why` says why it was not kept."""

    row: Attachment
    name: str
    kind: str
    why: str


def of_request(access: Access, request: SubjectRequest) -> list[Shown]:
    """Return the files of a request, inside the access of its page."""
    return shown(access.rows(Attachment).filter(request=request).order_by("added_at", "pk"))


def shown(rows: Any) -> list[Shown]:
    """Return files as they are listed, in an open access."""
    return [
        Shown(
            row=row,
            name=row.name or "",
            kind=row.type.upper(),
            why=str(WHY[Refused(row.refused)]) if row.refused else "",
        )
        for row in rows
    ]


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def add(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Add a file to a request."""
    if is_too_large(request):
        raise FileTooLargeError
    upload = request.FILES.get("file")
    if upload is None or upload.file is None:
        raise FileRefusedError(Refused.EMPTY)
    keeping.add(
        object_id, upload.name or "", upload.file, size=upload.size or 0,
        by=staff_of(request).actor(), now=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("The file was looked at and kept with the request."))
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def download(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Hand out a file, recorded before it leaves."""
    handed = keeping.open_file(object_id, by=staff_of(request).actor(), now=timezone.now())
    media = MEDIA.get(handed.type, "application/octet-stream")
    response = HttpResponse(handed.content, content_type=media)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(handed.name, safe='')}"
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def destroy(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Destroy a file that is not needed any more."""
    row = keeping.destroy(object_id, by=staff_of(request).actor(), now=timezone.now())
    messages.success(request, _("The file was destroyed."))
    if row.request_id is None:
        return redirect("admin:mail", row.mail_id)
    return redirect(CHANGE, row.request_id)
