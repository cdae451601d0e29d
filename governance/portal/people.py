"""One person's consents, objections and restrictions, and what staff do about them.

Who is looked for is sent in the body, for addresses end up in logs. Looking is one access to
answer this person, and an entry of the log.
"""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.models import Contact
from dsar import links, receipts
from dsar.links import VALID_FOR, Wanted
from governance.policy.consents import Mechanism
from governance.policy.vocabulary import ConsentState, Duty, SubjectStatus
from governance.portal import deaths, people_words
from governance.portal.guard import page, under_duty
from governance.portal.people_forms import AnnounceForm, FindForm, WithdrawForm
from governance.portal.roles import May, Page, may
from governance.portal.site import portal
from registry import consent, restriction, search
from registry.gate.access import GONE, Access
from registry.models import (
    ConsentEvent,
    ConsentStanding,
    Controller,
    DataSubject,
    Objection,
    Restriction,
    Staff,
)

HERE = "admin:person"
MOST = 50  # restrictions on the first page


@page(Page.PEOPLE)
def find(request: HttpRequest) -> HttpResponse:
    """Find one person, and show the restrictions that stand."""
    form = FindForm(request.POST if request.method == "POST" else None)

    def view(access: Access) -> HttpResponse:
        if request.method == "POST" and form.is_valid():
            found = _the_one(access, form.cleaned_data["who"])
            if found is not None:
                return redirect(HERE, found)
            form.add_error("who", _("Not exactly one person matches: type an address or a number."))
        rows = access.rows(Restriction).filter(lifted_at__isnull=True).order_by("placed_at")
        context = {
            **portal.each_context(request),
            "title": _("Consents and restrictions"),
            "form": form,
            "number": rows.count(),
            "restrictions": [people_words.restriction(row) for row in rows[:MOST]],
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "portal/people.html", context, status=status)

    return under_duty(request, view)


def _the_one(access: Access, text: str) -> UUID | None:
    query = search.subjects_matching(access.controller, text.replace("\x00", ""))
    found: UUID | None = search.the_one(query.distinct())
    if found is not None:
        access.members.add(found)
    return found


@page(Page.PEOPLE)
def show(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Show what one person said, and what stands against using their data."""
    return _about(request, object_id, lambda access: _shown(request, access, object_id))


def _shown(
    request: HttpRequest,
    access: Access,
    subject: UUID,
    *,
    link: tuple[str, date] | None = None,
    withdrawing: WithdrawForm | None = None,
    announcing: AnnounceForm | None = None,
) -> HttpResponse:
    status = DataSubject.objects.values_list("status", flat=True).get(pk=subject)
    may_change = may(request.user, Page.PEOPLE) >= May.CHANGE
    context = {
        **portal.each_context(request),
        "title": _("Consents and restrictions"),
        "subject": subject,
        "restrictions": [
            people_words.restriction(row, with_evidence=status not in GONE)
            for row in access.rows(Restriction).filter(subject=subject).order_by("-placed_at")
        ],
        "is_gone": status in GONE,
        "may_change": may_change,
        "announcing": announcing or AnnounceForm(),
    }
    if status not in GONE:
        standing = _standing(access, subject)
        context |= (
            _said(access, subject)
            | deaths.context(access, subject)
            | {
                "name": _name(access, subject),
                "standing": people_words.standings(standing, today=timezone.localdate(access.now)),
                "withdrawing": withdrawing or WithdrawForm(standing=standing),
                "may_link": may_change and status == SubjectStatus.ACTIVE,
                "link": link,
            }
        )
    is_wrong = any(form and form.errors for form in (withdrawing, announcing))
    return TemplateResponse(request, "portal/person.html", context, status=422 if is_wrong else 200)


def _said(access: Access, subject: UUID) -> dict[str, Any]:
    """Return the ledger and the objections, the newest first."""
    lines = access.rows(ConsentEvent).filter(subject=subject).select_related("purpose", "source")
    events = list(lines.order_by("-at", "-pk"))
    ids = {event.recorded_by for event in events if event.recorded_by}
    names = {s.pk: s.username for s in Staff.objects.filter(pk__in=ids)}
    objections = access.rows(Objection).filter(subject=subject).select_related("purpose")
    return {
        "lines": [people_words.line(event, names) for event in events],
        "objections": [people_words.objection(row) for row in objections.order_by("-at")],
    }


def _standing(access: Access, subject: UUID) -> list[ConsentStanding]:
    rows = access.rows(ConsentStanding).filter(subject=subject).select_related("purpose")
    return list(rows.order_by("purpose__key", "channel"))


def _name(access: Access, subject: UUID) -> str:
    contact = access.rows(Contact).filter(subject=subject).first()
    return f"{contact.given_name or ''} {contact.family_name or ''}".strip() if contact else ""


@page(Page.PEOPLE)
def receipt(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Hand over the signed receipt of a person's consents."""

    def view(access: Access) -> HttpResponse:
        if DataSubject.objects.filter(pk=object_id, status__in=GONE).exists():
            raise Http404
        content = receipts.of_person(access, object_id)
        response = HttpResponse(content, content_type="application/json")
        response["Content-Disposition"] = 'attachment; filename="receipt.json"'
        return response

    return _about(request, object_id, view)


# What staff do


@require_POST
@page(Page.PEOPLE, level=May.CHANGE)
def announce(request: HttpRequest, object_id: UUID, restriction_id: UUID) -> HttpResponse:
    """Record that the person was told that the restriction will be lifted (Art. 18(3))."""

    def view(access: Access) -> HttpResponse:
        row = _standing_one(access, object_id, restriction_id)
        form = AnnounceForm(request.POST, since=row.placed_at)
        if not form.is_valid():
            return _shown(request, access, object_id, announcing=form)
        said = form.cleaned_data
        restriction.announce(access, restriction_id, **said)
        messages.success(request, _("Recorded. The restriction still stands until it is lifted."))
        return redirect(HERE, object_id)

    return _about(request, object_id, view)


@require_POST
@page(Page.PEOPLE, level=May.CHANGE)
def lift(request: HttpRequest, object_id: UUID, restriction_id: UUID) -> HttpResponse:
    """Lift a restriction that the person was told about."""

    def view(access: Access) -> HttpResponse:
        _standing_one(access, object_id, restriction_id)
        restriction.lift(access, restriction_id)
        messages.success(request, _("Lifted. The data may be used again as the register says."))
        return redirect(HERE, object_id)

    return _about(request, object_id, view)


def _standing_one(access: Access, subject: UUID, restriction_id: UUID) -> Restriction:
    """Return a restriction of this person that stands; 404 for any other."""
    rows = access.rows(Restriction).filter(subject=subject, lifted_at__isnull=True)
    return get_object_or_404(rows, pk=restriction_id)


@require_POST
@page(Page.PEOPLE, level=May.CHANGE)
def withdraw(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Record that the person withdrew a consent, for instance on the phone."""

    def view(access: Access) -> HttpResponse:
        form = WithdrawForm(request.POST, standing=_standing(access, object_id))
        if not form.is_valid():
            return _shown(request, access, object_id, withdrawing=form)
        row = form.chosen()
        consent.record(
            access, subject=object_id, purpose=row.purpose, channel=form.channel(),
            state=ConsentState.WITHDRAWN, at=access.now,
            method=Mechanism(form.cleaned_data["how"]),
        )  # fmt: skip
        messages.success(request, _("Withdrawn. It counts at once, also for queued messages."))
        return redirect(HERE, object_id)

    return _about(request, object_id, view)


@require_POST
@page(Page.PEOPLE, level=May.CHANGE)
def make_link(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Make the link to the person's own page; it is shown once, on the answer to this form."""

    def view(access: Access) -> HttpResponse:
        if not DataSubject.objects.filter(pk=object_id, status=SubjectStatus.ACTIVE).exists():
            raise Http404
        until = timezone.localdate(access.now + VALID_FOR)
        (token,) = links.issue(access, [Wanted(object_id, expires_on=until)])
        company = Controller.objects.values_list("slug", flat=True).get(pk=access.controller)
        address = links.address(links.Kind.PREFERENCES, company, token)
        return _shown(request, access, object_id, link=(address, until))

    return _about(request, object_id, view)


def _about(
    request: HttpRequest, subject: UUID, view: Callable[[Access], HttpResponse]
) -> HttpResponse:
    """Run a view inside one access to answer one person of the company."""

    def held(access: Access) -> HttpResponse:
        own = DataSubject.objects.filter(pk=subject, controller=access.controller)
        if not own.exists():
            raise Http404
        access.admitted = {subject}
        access.members.add(subject)
        return view(access)

    return under_duty(request, held, duty=Duty.ANSWERING, reference=subject)
