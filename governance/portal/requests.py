"""Requests in the portal: the page of one request, its steps, and a new one.

The person behind a request is shown only under the duty of answering, to the DPO and legal; an
auditor sees the same page without them. Opening it writes one entry.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from dsar import access_right, attaching, clock, letter_drafts, memory, timekeeping
from dsar import labels as dsar_labels
from dsar import requests as dsar
from dsar.admin import OPEN, STATES
from dsar.attachments.errors import LIMIT_MB
from dsar.errors import OthersWaitError
from dsar.identity import UNVERIFIED, OnBehalf, Requester, candidates
from dsar.models import (
    AccessPackage,
    Correspondence,
    Erasure,
    Proposal,
    Representation,
    SubjectRequest,
)
from governance.policy.deadlines import Deadline
from governance.policy.errors import GovernanceError
from governance.policy.identity import Behalf, Means
from governance.policy.vocabulary import Channel, Duty, Right
from governance.portal import clock as clock_page
from governance.portal import drafting, erasures, files, identity, rights, stepper
from governance.portal.forms import (
    ConfirmForm,
    ExtendForm,
    IdentifyForm,
    NewRequestForm,
)
from governance.portal.guard import page, under_duty
from governance.portal.identity_words import MEANS
from governance.portal.items import Item, Row, arranged
from governance.portal.roles import May, Page, answers, may, staff_of
from governance.portal.site import portal
from governance.portal.stepper import Step
from registry import labels
from registry.datamap import data_map
from registry.gate.access import Access

PERSON = ("requester_name", "requester_email", "requester_phone", "details", "evidence")
CHANGE = "admin:dsar_subjectrequest_change"


@dataclass(frozen=True)
class Held:
    """How many rows of one kind are held of the person."""

    title: str
    count: int
    categories: str


def detail(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Show one request; one access, one entry."""
    duty = Duty.ANSWERING if answers(staff_of(request)) else Duty.SUPERVISION

    def view(access: Access) -> HttpResponse:
        context = _context(request, access, object_id)
        return TemplateResponse(request, "portal/request.html", context)

    return under_duty(request, view, duty=duty, reference=object_id)


def _context(request: HttpRequest, access: Access, object_id: UUID) -> dict[str, Any]:
    staff = staff_of(request)
    row = access.rows(SubjectRequest).filter(pk=object_id).select_related("handled_by").first()
    if row is None:
        raise Http404
    # The request says whose it is: from here on the access is about this person alone.
    access.admitted = {row.subject_id} | (_candidates(access, row) if answers(staff) else set())
    erasure = access.rows(Erasure).filter(request=row).order_by("-planned_at").first()
    today = timezone.localdate(access.now)
    is_open = row.state in OPEN
    right = Right(row.right)
    sees_person = answers(staff)
    who = identity.context(access, row, sees_person=sees_person)
    return {
        **portal.each_context(request),
        "title": f"{labels.text(Right, right)} · {row.reference}",
        "row": row,
        "right": right,
        "article": labels.ARTICLE_OF_RIGHT[right],
        "right_text": labels.text(Right, right),
        "state_text": STATES[row.state],
        "channel_text": labels.text(Channel, row.channel),
        "identity_text": _identity(row),
        "ground_text": dsar_labels.word(dsar_labels.GROUNDS, row.refusal_ground),
        "is_open": is_open,
        "is_ambiguous": row.identity == dsar.AMBIGUOUS,
        "deadline": clock.deadline_of(row),
        "time": _time(row, clock.deadline_of(row), today),
        "steps": _steps(access, row, erasure),
        "person": {n: getattr(row, n) for n in PERSON} if sees_person else None,
        "decision": row.decision if sees_person else "",
        "candidates": _named(access, row) if sees_person else [],
        "held": _held(row.subject_id) if row.is_held else [],
        "packages": list(access.rows(AccessPackage).filter(request=row).order_by("-made_at")),
        "today": today,
        "erasure": erasures.shown(erasure) if erasure else None,
        "may_answer": is_open and may(staff, Page.REQUESTS) >= May.CHANGE,
        "may_erase": erasures.may_erase(staff),
        "may_download": may(staff, Page.REQUESTS) >= May.CHANGE,
        "is_identified": who["is_enough"],
        **who,
        "identify_form": IdentifyForm(),
        **clock_page.context(access, row, sees_person=sees_person),
        **rights.context(access, row, sees_person=sees_person),
        **(drafting.context(request, row) if sees_person else {}),
        "files": files.of_request(access, row) if sees_person else [],
        "file_limit": LIMIT_MB,
        "confirm_form": ConfirmForm(expected=row.reference),
    }


def _time(row: SubjectRequest, deadline: Deadline, today: date) -> Row | None:
    if row.state not in OPEN:
        return None
    item = Item(
        kind="", title="", detail="", step="", url="", due_on=deadline.binding_on,
        aim_on=row.internal_on, since_on=row.received_on,
    )  # fmt: skip
    return arranged([item], today=today)[0]


def _steps(access: Access, row: SubjectRequest, erasure: Erasure | None) -> list[Step]:
    proposals = access.rows(Proposal).filter(request=row).select_related("decided_by")
    letters = access.rows(Correspondence).filter(request=row, kind__in=("answer", "refusal"))
    return stepper.steps(row, erasure, list(proposals.order_by("proposed_at")), list(letters))


def _identity(row: SubjectRequest) -> str:
    if row.identity == dsar.AMBIGUOUS:
        return _("Whose request it is has to be decided")
    if row.identity == UNVERIFIED:
        return _("Not confirmed yet") if row.is_held else _("Not needed: nothing is held")
    return str(MEANS[Means(row.identity)])


def _held(subject: UUID) -> list[Held]:
    """Return what is held of a person by kind of record, from clear columns alone."""
    found = []
    for holding in data_map().answered():
        count = holding.model_class._default_manager.filter(**{holding.subject: subject}).count()
        if count:
            names = [labels.CATEGORY[c] for c in sorted(holding.categories())]
            found.append(
                Held(labels.titled(holding.title_it, holding.title_en), count,
                     ", ".join(str(name) for name in names))
            )  # fmt: skip
    return found


def _candidates(access: Access, row: SubjectRequest) -> set[UUID]:
    if row.identity != dsar.AMBIGUOUS:
        return set()
    for_whom = access.rows(Representation).filter(request=row).first()
    asked = Requester(
        row.requester_name or "", row.requester_email or "", row.requester_phone or "",
        on_behalf=OnBehalf(Behalf(for_whom.behalf), for_whom.name or "") if for_whom else None,
    )  # fmt: skip
    return candidates(access.controller, asked)


def _named(access: Access, row: SubjectRequest) -> list[tuple[UUID, str]]:
    """Return the people who may be meant, by name, for a person to decide."""
    if row.identity != dsar.AMBIGUOUS or access.admitted is None:
        return []
    from crm.models import Contact

    people = access.rows(Contact).exclude(subject_id=row.subject_id)
    return [(c.subject_id, f"{c.given_name or ''} {c.family_name or ''}".strip()) for c in people]


@page(Page.REQUESTS, level=May.CHANGE)
def new(request: HttpRequest) -> HttpResponse:
    """Write down a request that reached the company."""
    now = timezone.now()
    form = NewRequestForm(
        request.POST or None, initial={"received_on": timezone.localdate(now), "channel": "email"}
    )
    if request.method == "POST" and form.is_valid():
        made = _received(request, form, now)
        if made is not None:
            messages.success(request, _("Recorded. The time limit runs from the day of receipt."))
            return redirect(CHANGE, made.pk)
    context = {**portal.each_context(request), "title": _("New request"), "form": form}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "portal/request_new.html", context, status=status)


def _received(request: HttpRequest, form: NewRequestForm, now: datetime) -> SubjectRequest | None:
    said = form.cleaned_data
    try:
        return dsar.receive_all(
            staff_of(request).actor(),
            rights=said["right"],
            channel=said["channel"],
            received_at=form.received_at(now),
            language=said["language"],
            requester=Requester(
                said["name"], said["email"], said["phone"], said["details"], form.on_behalf()
            ),
            evidence=said["evidence"],
            now=now,
        )[0]
    except GovernanceError as error:
        form.add_error(None, f"{error.message} {error.advice}")
        return None


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def identify(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Note a sign that it is they."""
    actor, said = staff_of(request).actor(), request.POST
    try:
        point = bytes.fromhex(said.get("point", ""))
    except ValueError:
        raise Http404 from None
    row = dsar.identify(
        object_id, said.get("level", ""), point=point, reason=said.get("reason", ""),
        by=actor, now=timezone.now(),
    )  # fmt: skip
    if row.identified_at is None:
        messages.warning(request, _("Noted. It is not enough yet: the page says what is missing."))
    else:
        messages.success(request, _("Identity confirmed."))
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def end_memory(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """End the memory of a deletion, at the wish of the person who was identified."""
    number = memory.end(object_id, by=staff_of(request).actor(), now=timezone.now())
    said = ngettext("%(n)d address forgotten.", "%(n)d addresses forgotten.", number)
    messages.success(request, said % {"n": number})
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def attach(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Attach the request to the person whose it is."""
    try:
        subject = UUID(request.POST.get("subject", ""))
    except ValueError:
        raise Http404 from None
    attaching.attach(object_id, subject, by=staff_of(request).actor(), now=timezone.now())
    messages.success(request, _("Attached. Confirm the identity next."))
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def fulfil_access(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Make the copy and the letter; what tells of other people is read before."""
    try:
        access_right.fulfil(object_id, staff_of(request).actor(), timezone.now())
    except OthersWaitError as error:
        messages.warning(request, str(error.message))
        return redirect("admin:request_others", object_id)
    messages.success(
        request, _("The copy and the letter are made. Download them to hand them over.")
    )
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def download(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """Hand over the copy; the disclosure is recorded before the bytes leave."""
    content = access_right.disclose(package_id, staff_of(request).actor(), timezone.now())
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="copy-{package_id}.zip"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def refuse(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Refuse with a ground and reasons."""
    dsar.refuse(
        object_id,
        ground=request.POST.get("ground", ""),
        reasons=request.POST.get("reasons", ""),
        draft=letter_drafts.named(request.POST.get("draft", ""), "refusal"),
        by=staff_of(request).actor(),
        now=timezone.now(),
    )
    messages.success(request, _("Refused. The letter with the ways to complain is on the page."))
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def extend(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Extend by two months."""
    form = ExtendForm(request.POST)
    said: dict[str, Any] = form.cleaned_data if form.is_valid() else {"ground": "", "reasons": ""}
    sent_on = said.pop("notice_sent_on", None)
    about = {**said, "by": staff_of(request).actor(), "now": timezone.now()}
    if sent_on:
        timekeeping.extend(object_id, notice_sent_on=sent_on, **about)
        messages.success(request, _("Extended. The new time limit is on the page."))
    else:
        draft = letter_drafts.named(request.POST.get("draft", ""), "extension")
        timekeeping.announce_extension(object_id, **about, draft=draft)
        messages.success(request, _("Written. The time limit is extended when it has left."))
    return redirect(CHANGE, object_id)
