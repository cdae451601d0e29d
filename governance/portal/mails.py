"""Requests that came by e-mail, in the portal: what waits, what is proposed, and the decision.

Who sent a mail and what it says is shown under the duty of answering, to the DPO and legal; an
auditor sees how many wait, and since when.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dsar import clock, signs
from dsar.errors import RequestNotFoundError
from dsar.identity import Requester
from dsar.mail import deciding
from dsar.mail.deciding import Reason
from dsar.mail.message import Automatic
from dsar.models import Attachment, InboundMail, Mailbox, SubjectRequest
from governance.policy import letters
from governance.policy.actors import Actor
from governance.policy.letters import Reading, Verdict
from governance.policy.vocabulary import Duty, Right
from governance.portal import files
from governance.portal.guard import page, under_duty
from governance.portal.items import Item
from governance.portal.roles import May, Page, answers, may, staff_of
from governance.portal.site import portal
from registry import labels
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Controller, Staff

CHANGE = "admin:dsar_subjectrequest_change"
MOST = 100  # of each list
AUTOMATIC = {
    Automatic.REPLY: _("Automatic answer"),
    Automatic.BOUNCE: _("Undelivered mail"),
    Automatic.LIST: _("Newsletter"),
    Automatic.RECEIPT: _("Receipt of certified mail"),
    Automatic.LOOP: _("Our own letter, come back"),
}
REASONS = {
    Reason.BUSINESS: _("For another office: an order, a parcel, an invoice"),
    Reason.ADVERTISING: _("Advertising"),
    Reason.AUTOMATIC: _("Written by a machine"),
    Reason.DUPLICATE: _("The same request came another way"),
    Reason.OTHER: _("Something else"),
}
DATED = {
    "received": _("by the trace of our mail server"),
    "mailbox": _("by the date of the mailbox"),
    "now": _("by the moment it was read: its trace says nothing"),
}


class AcceptForm(forms.Form):
    """What a mail is taken for."""

    right = forms.MultipleChoiceField(
        label=_("Right"),
        choices=lambda: labels.choices(Right),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Several asked for in one message become linked requests."),
    )
    language = forms.ChoiceField(
        label=_("Language of the answer"), choices=[("it", _("Italian")), ("en", _("English"))]
    )
    name = forms.CharField(label=_("Name of the person"), required=False, max_length=200)
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("As the sender wrote it. Anybody can write any address: it proves nothing."),
    )


class DeclineForm(forms.Form):
    """Why a mail is no request."""

    reason = forms.ChoiceField(
        label=_("What is it?"),
        choices=lambda: [(reason.value, text) for reason, text in REASONS.items()],
        widget=forms.RadioSelect,
    )


class FileForm(forms.Form):
    """The request a mail belongs to."""

    reference = forms.CharField(label=_("Reference"), max_length=24)


@dataclass(frozen=True)
class Line:
    """One mail of the list; the first three are empty for who may not see people."""

    row: InboundMail
    sender: str
    subject: str
    said: str
    rights: list[str]
    automatic: str
    due_on: date


@page(Page.REQUESTS)
def index(request: HttpRequest) -> HttpResponse:
    """List what waits, the longest waiting first; machines' mails and what was set aside apart."""
    staff = staff_of(request)
    sees = answers(staff)

    def view(access: Access) -> HttpResponse:
        rows = access.rows(InboundMail).order_by("received_at")
        waiting = rows.filter(state="waiting")
        lines = {
            "waiting": waiting.filter(automatic="")[:MOST],
            "automatic": waiting.exclude(automatic="")[:MOST],
            "declined": rows.filter(state="declined").order_by("-closed_on")[:MOST],
        }
        context = {
            **portal.each_context(request),
            "title": gettext("Requests by e-mail"),
            "sees": sees,
            "trouble": Mailbox.objects.filter(controller_id=access.controller)
            .exclude(trouble="").exists(),
            **{name: [_line(row, staff.controller, sees=sees) for row in found]
               for name, found in lines.items()},
        }  # fmt: skip
        return TemplateResponse(request, "portal/mails.html", context)

    duty = Duty.ANSWERING if sees else Duty.SUPERVISION
    return under_duty(request, view, duty=duty, reference=staff.controller_id)


def _line(row: InboundMail, controller: Controller, *, sees: bool) -> Line:
    rights = [labels.text(Right, Right(word)) for word in row.rights.split()]
    return Line(
        row=row,
        sender=(row.sender_name or row.sender_address or "") if sees else "",
        subject=(row.subject_line or "") if sees else "",
        said=str(REASONS[Reason(row.reason)]) if row.reason else "",
        rights=rights if row.verdict == Verdict.REQUEST else [],
        automatic=str(AUTOMATIC.get(Automatic(row.automatic), "")),
        due_on=clock.first_deadline(controller, timezone.localdate(row.received_at)).due_on,
    )


@page(Page.REQUESTS, level=May.CHANGE)
def show(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Show one mail with what is proposed, and the ways to decide."""
    return _page(request, object_id, accept=None)


def _page(request: HttpRequest, object_id: UUID, *, accept: AcceptForm | None) -> HttpResponse:
    def view(access: Access) -> HttpResponse:
        row = access.rows(InboundMail).filter(pk=object_id).first()
        if row is None:
            raise Http404
        access.admitted = {row.subject_id}
        context = {**portal.each_context(request), **_shown(access, row, accept)}
        status = 422 if accept is not None else 200
        return TemplateResponse(request, "portal/mail.html", context, status=status)

    return under_duty(request, view, duty=Duty.ANSWERING, reference=object_id)


def _shown(access: Access, row: InboundMail, accept: AcceptForm | None) -> dict[str, Any]:
    read = letters.read(row.subject_line or "", row.body or "")
    answered = deciding.answered_request(access, row)
    received_on = timezone.localdate(row.received_at)
    controller = Controller.objects.get(pk=access.controller)
    return {
        "title": row.subject_line or gettext("E-mail without a subject"),
        "row": row,
        "sender": row.sender_name or "",
        "address": row.sender_address or "",
        "body": row.body or "",
        "dated": DATED[row.dated_by],
        "due_on": clock.first_deadline(controller, received_on).due_on,
        "automatic": AUTOMATIC.get(Automatic(row.automatic), ""),
        "reason": REASONS[Reason(row.reason)] if row.reason else "",
        "is_sure": read.verdict is Verdict.REQUEST,
        "why": _why(read),
        "answered": answered,
        "files": files.shown(access.rows(Attachment).filter(mail=row).order_by("pk")),
        "accept_form": accept or AcceptForm(initial=_proposed(row, read)),
        "decline_form": DeclineForm(),
        "file_form": FileForm(initial={"reference": answered.reference if answered else ""}),
    }


def _proposed(row: InboundMail, read: Reading) -> dict[str, Any]:
    return {
        "right": list(read.rights) if read.verdict is Verdict.REQUEST else [],
        "language": row.language,
        "name": "" if row.on_behalf else row.sender_name or "",
        "email": row.sender_address or "",
    }


def _why(read: Reading) -> list[tuple[str, str]]:
    """Return the words that speak for a right, or for something else."""
    other = gettext("speaks of something else")
    return [
        (one.words, labels.text(Right, one.right) if one.right else other) for one in read.found
    ]


# The decision


def _accept(request: HttpRequest, mail: UUID, by: Actor, now: datetime) -> HttpResponse:
    form = AcceptForm(request.POST)
    if not form.is_valid():
        return _page(request, mail, accept=form)
    said = form.cleaned_data
    made = deciding.accept(
        mail, rights=said["right"], language=said["language"],
        requester=Requester(said["name"], said["email"]),
        by=by, now=now,
    )  # fmt: skip
    messages.success(request, gettext("Recorded. The time limit runs from the day it came in."))
    return redirect(CHANGE, made[0].pk)


def _decline(request: HttpRequest, mail: UUID, by: Actor, now: datetime) -> HttpResponse:
    deciding.decline(mail, request.POST.get("reason", ""), by=by, now=now)
    messages.success(request, gettext("Set aside. It can be taken back for thirty days."))
    return redirect("admin:mails")


def _take_back(_request: HttpRequest, mail: UUID, by: Actor, now: datetime) -> HttpResponse:
    deciding.take_back(mail, by=by, now=now)
    return redirect("admin:mail", mail)


def _file(request: HttpRequest, mail: UUID, by: Actor, now: datetime) -> HttpResponse:
    written = signs.grouped(signs.signs_of(request.POST.get("reference", ""))[:20])
    with gate.duty(by, Duty.SUPERVISION, now=now) as access:
        found = access.rows(SubjectRequest).filter(reference=written)
        request_id = found.values_list("pk", flat=True).first()
    if request_id is None:
        raise RequestNotFoundError
    deciding.file_with(mail, request_id, by=by, now=now)
    messages.success(request, gettext("It is in the file of the request now, as their letter."))
    return redirect(CHANGE, request_id)


DECISIONS: dict[str, Callable[[HttpRequest, UUID, Actor, datetime], HttpResponse]] = {
    "accept": _accept,
    "decline": _decline,
    "take_back": _take_back,
    "file": _file,
}


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def decide(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Do what one button of the page says."""
    do = DECISIONS.get(request.POST.get("act", ""))
    if do is None:
        raise Http404
    return do(request, object_id, staff_of(request).actor(), timezone.now())


# On the home page


def due(staff: Staff) -> Iterator[Item]:
    """Yield that mails wait, due when the first of them would be; and that none can be read."""
    if may(staff, Page.REQUESTS) < May.VIEW:
        return
    waiting = InboundMail.objects.filter(state="waiting", automatic="").order_by("received_at")
    count = waiting.count()
    if count:
        came_on = timezone.localdate(waiting[0].received_at)
        dates = clock.first_deadline(staff.controller, came_on)
        yield Item(
            kind=gettext("E-mail"),
            title=ngettext("%(n)d e-mail to read", "%(n)d e-mails to read", count) % {"n": count},
            detail=gettext("If one is a request, its time runs from the day it came in"),
            step=gettext("Read"),
            url=reverse("admin:mails"),
            due_on=dates.due_on,
            aim_on=came_on,
            since_on=came_on,
        )
    if Mailbox.objects.filter(controller_id=staff.controller_id).exclude(trouble="").exists():
        yield Item(
            kind=gettext("E-mail"),
            title=gettext("The mailbox cannot be read"),
            detail=gettext("Requests may wait in it; the clock runs from their receipt."),
            step=gettext("Look at it"),
            url=reverse("admin:mails"),
        )
