"""How the log stands, that it verifies, and the bundle an auditor takes along."""

import tempfile
from typing import BinaryIO, cast

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from audit import bundle, log, search, status, verify
from audit.actions import Action, Outcome
from audit.proofs import base64_of
from governance.policy.vocabulary import Duty
from governance.portal import audit
from governance.portal.guard import ACCESS_LOGGING, page
from governance.portal.roles import Page, staff_of
from governance.portal.site import portal
from registry.models import Staff

PATIENCE = 5.0  # seconds: the sequencer looks every tenth of a second, the signer every second


@page(Page.AUDIT, duty=Duty.SUPERVISION)
def state(request: HttpRequest) -> HttpResponse:
    """Show how the log stands now, its newest checkpoint and the last verification."""
    found = status.read(now=timezone.now())
    context = {
        **portal.each_context(request),
        "title": _("State of the log"),
        "found": found,
        "alarms": [status.TEXTS[alarm] for alarm in found.alarms],
        "root": base64_of(found.checkpoint.root) if found.checkpoint else "",
        "verified": _last_verification(staff_of(request)),
    }
    return TemplateResponse(request, "portal/audit_state.html", context)


def _last_verification(staff: Staff) -> dict[str, object] | None:
    criteria = search.Criteria(action=Action.LOG_VERIFIED)
    last = search.find(criteria, controller=staff.controller_id).first()
    if last is None:
        return None
    body = search.body_of(last)
    return {
        "entry": audit.read(staff, [last])[0],
        "is_fine": last.outcome == Outcome.DONE,
        "count": body.get("counts", {}).get("entries", 0),
        "reason": body.get("reason", ""),
    }


@require_POST
@page(Page.AUDIT)
def verify_log(request: HttpRequest) -> HttpResponse:
    """Verify the whole log with the auditor's connection, and record that it was done."""
    actor = staff_of(request).actor()
    result = verify.verify()
    fault = result.fault or result.doubt
    event = log.Event(
        action=Action.LOG_VERIFIED,
        purpose=ACCESS_LOGGING,
        outcome=Outcome.FAILED if fault else Outcome.DONE,
        reason=fault.kind if fault else "",
        counts={"entries": result.entries, "members": result.members},
    )
    log.record_apart(actor, event, now=timezone.now())
    _say(request, result)
    return redirect("admin:audit_state")


def _say(request: HttpRequest, result: verify.Verification) -> None:
    if result.fault:
        messages.error(
            request,
            _("The log does not verify: %(kind)s, entry %(entry)s. Keep everything as it is.")
            % {"kind": result.fault.kind, "entry": result.fault.entry or result.fault.index},
        )
    elif result.doubt:
        messages.warning(
            request,
            _("Nothing was found to be changed, but the log can not be verified in full: %(kind)s.")
            % {"kind": result.doubt.kind},
        )
    else:
        said = ngettext("%(n)d entry verified.", "%(n)d entries verified.", result.entries)
        messages.success(request, said % {"n": result.entries})


@require_POST
@page(Page.AUDIT)
def export(request: HttpRequest) -> HttpResponse:
    """Hand over the bundle of the company's log; that it was is committed before its first byte."""
    staff, file = staff_of(request), tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        name = _bundle(staff, file)
    except bundle.NotSealedYetError as error:
        file.close()
        messages.warning(request, f"{error.message} {error.advice}")
        return redirect("admin:audit_state")
    except BaseException:
        file.close()
        raise
    response = FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    response["Cache-Control"] = "no-store"
    return cast(HttpResponse, response)  # the guard hands it on as it is


def _bundle(staff: Staff, file: BinaryIO) -> str:
    made = bundle.export(staff.controller_id, file, patience=PATIENCE)
    event = log.Event(
        action=Action.LOG_EXPORTED,
        purpose=ACCESS_LOGGING,
        reason=f"sha256.{made.digest[:32]}",
        counts={"size": made.size, "entries": made.entries},
    )
    log.record_apart(staff.actor(), event, now=timezone.now())
    return f"log-{staff.controller.slug}-{made.size}.zip"
