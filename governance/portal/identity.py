"""Who asks, on the page of a request: how sure we are, how sure we must be, and the next step.

`context` reads inside the access of the page; `act` makes one call of `dsar` for one button.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dsar import codes, contact_points, identity_evidence, ladder, representation, requests
from dsar.contact_points import OnFile
from dsar.identity import OnBehalf
from dsar.models import (
    IdentityCode,
    IdentityEvidence,
    IdentityProof,
    Representation,
    SubjectRequest,
)
from governance.policy import identity
from governance.policy.actors import Actor
from governance.policy.identity import ACT_OF, AT_A_POINT, FOR_ANOTHER, Behalf, Means, Step
from governance.policy.vocabulary import Right
from governance.portal.guard import page
from governance.portal.identity_words import (
    BEHALF,
    BLOCKS,
    CAPACITIES,
    DOCUMENTS,
    LEVELS,
    MEANS,
    REPRESENTATION,
    SIGNALS,
)
from governance.portal.roles import May, Page, staff_of
from registry.datamap import Lookup
from registry.gate.access import Access

CHANGE = "admin:dsar_subjectrequest_change"
NOT_TAKEN = _("This is none of the codes that were sent for this request, or its time is over.")


def context(access: Access, row: SubjectRequest, *, sees_person: bool) -> dict[str, Any]:
    """Return what the page shows of who asks; nothing to those who do not see the person."""
    for_whom = _representation(access, row) if sees_person else None
    if not sees_person or not row.is_held or row.identity == requests.AMBIGUOUS:
        is_enough = row.state == "identified" or not row.is_held
        return {"who": None, "for_whom": for_whom, "is_enough": is_enough}
    points = contact_points.of(access, row.subject_id)
    facts = ladder.facts(access, row, points)
    found = identity.assess(ACT_OF[Right(row.right)], facts)
    usable = {one.key for one in identity.usable(facts)}
    return {
        "is_enough": found.is_enough,
        "for_whom": for_whom,
        "who": {
            "found": found,
            "reached": LEVELS[found.reached],
            "needed": LEVELS[found.needed],
            "because": [SIGNALS[signal] for signal in found.because],
            "block": BLOCKS[found.block] if found.block else "",
            "steps": {step.value for step in found.steps},
            "mail": _shown(p for p in points if p.point.key in usable and p.lookup is Lookup.EMAIL),
            "phones": _shown(
                p for p in points if p.point.key in usable and p.lookup is Lookup.PHONE
            ),
            "points": _shown(p for p in points if p.point.key in usable),
            "means": [(m.value, MEANS[m]) for m in Means if m is not Means.CODE],
            "proofs": _proofs(access, row, points),
            "codes": IdentityCode.objects.filter(request=row, taken_at__isnull=True).count(),
            "answer_to": row.answer_to or "",
            "documents": list(
                access.rows(IdentityEvidence).filter(request=row).order_by("received_at")
            ),
            "kinds": DOCUMENTS.items(),
            "capacities": [(c.value, text) for c, text in CAPACITIES.items()],
            "behalves": [(b.value, BEHALF[b]) for b in Behalf if b in FOR_ANOTHER],
        },
    }


def _shown(points: Any) -> list[tuple[str, str]]:
    return [(one.point.key.hex(), one.masked) for one in points]


def _proofs(
    access: Access, row: SubjectRequest, points: list[OnFile]
) -> list[dict[str, Any]]:  # fmt: skip
    masked = {one.point.key: one.masked for one in points}
    rows = access.rows(IdentityProof).filter(request=row).select_related("by").order_by("place")
    return [
        {
            "means": MEANS[Means(one.means)], "at": one.at, "by": one.by,
            "point": masked.get(bytes(one.point), "") if one.means in AT_A_POINT else "",
            "reason": one.reason or "",
        }
        for one in rows
    ]  # fmt: skip


def _representation(access: Access, row: SubjectRequest) -> dict[str, Any] | None:
    found = access.rows(Representation).filter(request=row).first()
    if found is None:
        return None
    return {
        "row": found,
        "behalf": BEHALF[Behalf(found.behalf)],
        "state": REPRESENTATION[found.state],
        "is_dead": found.behalf == Behalf.DECEASED,
        "is_for_another": found.behalf in FOR_ANOTHER,
    }


# Acts, by the name of the button


def _send_code(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    codes.send(row, _point(post), by=by, now=now)


def _enter_code(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    if not codes.enter(row, post.POST.get("code", ""), by=by, now=now):
        messages.error(post, NOT_TAKEN)


def _on_file(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    representation.answer_on_file(row, _point(post), by=by, now=now)


def _note(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    names = ("kind", "name", "relation")
    said = OnBehalf.of({name: post.POST.get(name, "") for name in names})
    if said is None:
        raise Http404
    representation.note(row, said, by=by, now=now)


def _verify(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    representation.verify(
        row, evidence=post.POST.get("evidence", ""), capacity=post.POST.get("capacity", ""),
        died_on=_day(post, "died_on"), valid_until=_day(post, "valid_until"), by=by, now=now,
    )  # fmt: skip


def _not_verified(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    representation.not_verified(row, evidence=post.POST.get("evidence", ""), by=by, now=now)


def _file(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    sent = post.FILES.get("document")
    identity_evidence.take_in(
        row, post.POST.get("kind", ""), sent.read() if sent else b"",
        was_asked=post.POST.get("was_asked") == "1", reason=post.POST.get("reason", ""),
        by=by, now=now,
    )  # fmt: skip


def _accept(post: HttpRequest, _row: UUID, by: Actor, now: datetime) -> None:
    identity_evidence.accept(_uuid(post.POST.get("document", "")), by=by, now=now)


ACTS: dict[str, Callable[[HttpRequest, UUID, Actor, datetime], object]] = {
    Step.SEND_CODE: _send_code,
    "enter_code": _enter_code,
    Step.ANSWER_ON_FILE: _on_file,
    "note": _note,
    Step.VERIFY: _verify,
    Step.NOT_VERIFIED: _not_verified,
    "file": _file,
    "accept": _accept,
}


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def act(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Do what one button of the section says."""
    do = ACTS.get(request.POST.get("act", ""))
    if do is None:
        raise Http404
    do(request, object_id, staff_of(request).actor(), timezone.now())
    messages.success(request, _("Done. How sure we are is on the page."))
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def look(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Hand out a document of identity to look at, once; it is destroyed with that."""
    content = identity_evidence.look(
        document_id, by=staff_of(request).actor(), now=timezone.now()
    )  # fmt: skip
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = 'attachment; filename="document"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _point(post: HttpRequest) -> bytes:
    try:
        return bytes.fromhex(post.POST.get("point", ""))
    except ValueError:
        raise Http404 from None


def _day(post: HttpRequest, name: str) -> date | None:
    try:
        return parse_date(post.POST.get(name, ""))
    except ValueError:
        return None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
