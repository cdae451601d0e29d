"""The log of accesses: searched, and each entry with what proves it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from audit import log, proofs, search
from audit.actions import Action, Outcome
from audit.bundle import NotSealedYetError
from audit.models import Entry
from governance.crypto import keystore
from governance.policy.vocabulary import Duty, Role
from governance.portal import words
from governance.portal.guard import ACCESS_LOGGING, page, under_duty
from governance.portal.roles import Page, answers, staff_of
from governance.portal.site import portal
from registry import labels
from registry.gate.access import Access
from registry.models import Purpose, Staff
from registry.search import subjects_matching

PER_PAGE = 50
# Art. 4 L. 300/1970: what employees do is not searched by name, unless for the security of data.
INCIDENTS: dict[str, Promise] = {
    "incident.security": gettext_lazy("A security incident is being examined (Art. 33)"),
    "incident.unlawful_access": gettext_lazy("Data was looked at without a right, it is suspected"),
    "incident.authority": gettext_lazy("A court or the authority asks"),
}
GRANTED = "audit_colleague"
GRANT = timedelta(minutes=15)


# Searching


@page(Page.AUDIT)
def search_page(request: HttpRequest) -> HttpResponse:
    """Search the log; who is searched for is one of those the entry of this page is about."""
    criteria = _criteria(request)

    def view(access: Access) -> HttpResponse:
        access.members |= {who for who in (criteria.subject, criteria.actor) if who}
        return TemplateResponse(request, "portal/audit_log.html", _found(request, criteria))

    return under_duty(request, view)


def _criteria(request: HttpRequest) -> search.Criteria:
    asked = request.GET
    return search.Criteria(
        action=asked.get("action", ""),
        outcome=asked.get("outcome", ""),
        role=asked.get("role", ""),
        purpose=asked.get("purpose", ""),
        since=_day(asked.get("since", "")),
        until=_day(asked.get("until", "")),
        record=_uuid(asked.get("record", "")),
        subject=_uuid(asked.get("subject", "")),
        actor=_granted(request),
    )


def _found(request: HttpRequest, criteria: search.Criteria) -> dict[str, Any]:
    staff, asked = staff_of(request), request.GET
    rows = search.find(criteria, controller=staff.controller_id)
    found = Paginator(rows, PER_PAGE).get_page(asked.get("page"))
    query = asked.copy()
    query.pop("page", None)
    return {
        **portal.each_context(request),
        "title": _("Audit log"),
        "found": found,
        "entries": read(staff, list(found)),
        "criteria": criteria,
        "actions": words.sorted_actions(),
        "outcomes": [(o.value, words.OUTCOMES[o]) for o in Outcome],
        "roles": labels.choices(Role),
        "purposes": _purposes(staff),
        "query": query.urlencode(),
        "may_search_people": answers(staff),
        "colleagues": Staff.objects.filter(controller_id=staff.controller_id).order_by("username"),
        "incidents": INCIDENTS.items(),
    }


def read(staff: Staff, entries: list[Entry]) -> list[words.Read]:
    """Return entries in words, with login names where their keys still exist."""
    bodies = [search.body_of(entry) for entry in entries]
    people = _names(staff, {body["month"] for body in bodies})
    return [words.entry(e, b, people) for e, b in zip(entries, bodies, strict=True)]


def _purposes(staff: Staff) -> list[tuple[str, str]]:
    keys = Purpose.objects.filter(controller_id=staff.controller_id).values_list("key", flat=True)
    known = {*keys, *words.OWN_PURPOSES, *(f"duty:{duty}" for duty in Duty)}
    return sorted(((key, words.purpose(key)) for key in known), key=lambda pair: pair[1].lower())


def _names(staff: Staff, months: set[str]) -> dict[str, str]:
    """Return login names by pseudonym, for the months shown, where the key still exists."""
    colleagues = dict(
        Staff.objects.filter(controller_id=staff.controller_id).values_list(
            "subject_id", "username"
        )
    )
    names: dict[str, str] = {}
    for month in months:
        said = keystore.pseudonyms(staff.controller_id, colleagues, month=month)
        names |= {pseudonym: colleagues[subject] for subject, pseudonym in said.items()}
    return names


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


# By people


@require_POST
@page(Page.AUDIT)
def by_person(request: HttpRequest) -> HttpResponse:
    """Find whom an operator means; what was typed never comes into an address."""
    staff, text = staff_of(request), request.POST.get("q", "").replace("\x00", "")
    if not answers(staff):
        raise PermissionDenied

    def view(access: Access) -> HttpResponse:
        found = list(subjects_matching(staff.controller_id, text)[:2])
        if len(found) == 1:
            access.members |= set(found)
            return _to_search(subject=found[0])
        said = _("Several people match: type their e-mail address or number.")
        messages.warning(request, said if found else _("Nobody matches."))
        return _to_search()

    return under_duty(request, view)


@require_POST
@page(Page.AUDIT)
def by_colleague(request: HttpRequest) -> HttpResponse:
    """Let the log be searched by one colleague for a while; the entry says why."""
    staff, reason = staff_of(request), request.POST.get("reason", "")
    if reason not in INCIDENTS:
        messages.error(request, _("Say why: the log is searched by colleague for no other reason."))
        return _to_search()
    rows = Staff.objects.filter(controller_id=staff.controller_id)
    colleague = get_object_or_404(rows, pk=_uuid(request.POST.get("colleague", "")))
    now = timezone.now()
    event = log.Event(
        action=Action.DATA_SEARCHED,
        purpose=ACCESS_LOGGING,
        subjects=(colleague.subject_id,),
        object_type="staff",
        object_id=colleague.pk,
        reason=reason,
    )
    log.record_apart(staff.actor(), event, now=now)
    request.session[GRANTED] = [str(colleague.subject_id), (now + GRANT).isoformat()]
    return _to_search(colleague=colleague.subject_id)


def _granted(request: HttpRequest) -> UUID | None:
    """Return the colleague to search by, if a reason was given for this one a moment ago.

    Raises
    ------
    PermissionDenied
        one is asked for without a reason
    """
    asked = request.GET.get("colleague", "")
    if not asked:
        return None
    granted, until = request.session.get(GRANTED, ("", ""))
    end = parse_datetime(until)
    if granted != asked or end is None or timezone.now() > end:
        raise PermissionDenied
    return UUID(asked)


def _to_search(**people: UUID) -> HttpResponse:
    query = "&".join(f"{name}={who}" for name, who in people.items())
    return redirect(reverse("admin:audit_search") + (f"?{query}" if query else ""))


# One entry


@page(Page.AUDIT, duty=Duty.SUPERVISION)
def entry_page(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Show one entry with its bytes, and the proof that it is in the log."""
    entry = _entry(entry_id)
    body, _newline, envelope = bytes(entry.entry).decode().partition("\n")
    context = {
        **portal.each_context(request),
        "title": _("Entry of the log"),
        "entry": read(staff_of(request), [entry])[0],
        "body": body,
        "envelope": envelope,
        "leaf": bytes(entry.leaf_hash).hex(),
        "receipt": f"{entry.pk}.{bytes(entry.leaf_hash).hex()}",
        "proof": _proof(entry),
    }
    return TemplateResponse(request, "portal/audit_entry.html", context)


@page(Page.AUDIT)
def entry_text(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Hand over the bytes of an entry, as they were hashed."""
    return _handed_over(request, entry_id, "entry", lambda entry: bytes(entry.entry))


@page(Page.AUDIT)
def entry_proof(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Hand over the proof of an entry (C2SP tlog-proof)."""
    return _handed_over(request, entry_id, "proof", lambda entry: proofs.proof_of(entry.pk))


def _handed_over(
    request: HttpRequest, entry_id: UUID, name: str, content: Callable[[Entry], bytes | str]
) -> HttpResponse:
    def view(_access: Access) -> HttpResponse:
        response = HttpResponse(content(_entry(entry_id)), content_type="text/plain; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}-{entry_id}.txt"'
        return response

    return under_duty(request, view)


def _entry(entry_id: UUID) -> Entry:
    entry = search.get(entry_id)
    if entry is None:
        raise Http404
    return entry


def _proof(entry: Entry) -> str:
    try:
        return proofs.proof_of(entry.pk)
    except (NotSealedYetError, proofs.NoSuchEntryError):
        return ""  # committed a moment ago, and not yet where the auditor's connection reads
