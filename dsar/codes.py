"""A code to a contact point on file: who brings it back reads what we send there (Art. 12(6)).

It goes to an address that we knew before and never to one that came with the request. A machine
sends it and a machine compares it: nobody on our side sees it, so nobody can be talked into
entering it for somebody. Once a day for an address; it works once, for a day, and few wrong ones
end it. To a person in whose name somebody else asks it is also the question whether they may.
"""

import hmac
import re
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from audit.actions import Action, Outcome
from dsar import contact_points, correspondence, ladder, requests, signs
from dsar.contact_points import OnFile
from dsar.correspondence import Effect, is_mail_address
from dsar.errors import RequestStateError
from dsar.identity_errors import CodeRefusedError
from dsar.models import Correspondence, IdentityCode, Representation, SubjectRequest
from governance.policy import identity
from governance.policy.actors import Actor
from governance.policy.identity import Behalf, Means
from governance.policy.vocabulary import Duty
from registry.datamap import Lookup
from registry.gate import opening as gate
from registry.gate.access import Access

KIND = "identity_code"
VALID_FOR = timedelta(hours=24)
TRIES = 10
SIGNS_SENT = 16  # 80 bits
TOKEN = re.compile(rf"[{signs.ALPHABET}]{{4}}(?:-[{signs.ALPHABET}]{{4}}){{3}}")
HIDDEN = "····"


def send(request_id: UUID, point: bytes, *, by: Actor, now: datetime) -> IdentityCode:
    """Send a code to a contact point on file; where somebody else asks, the person is asked too.

    Raises
    ------
    RequestNotFoundError, RequestStateError
    CodeRefusedError
        it is none on file, or shows nothing: new, shared, lost; no e-mail address; or one went
        there today
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.get(access, request_id, states=requests.OPEN_STATES)
        if not request.is_held or request.identity == requests.AMBIGUOUS:
            raise RequestStateError(because=request.identity)
        to = _usable(access, request, point)
        sent = IdentityCode.objects.filter(point=point, asked_at__gt=now - VALID_FOR)
        if to is None or not is_mail_address(to.value) or sent.exists():
            raise CodeRefusedError
        token = signs.at_random(SIGNS_SENT)
        code = IdentityCode.objects.create(
            controller_id=access.controller, subject_id=request.subject_id, request=request,
            point=point, challenge=_hashed(token), asked_at=now, collected_at=now,
            to_person=_is_mandate(request),
        )  # fmt: skip
        _write(access, request, to.value, token, to_person=code.to_person)
        requests.record(access, Action.REQUEST_IDENTIFIED, request, reason="code_sent")
    return code


def _usable(access: Access, request: SubjectRequest, point: bytes) -> OnFile | None:
    points = contact_points.of(access, request.subject_id)
    known = ladder.facts(access, request, points)
    keys = {one.key for one in identity.usable(known)}
    return next(
        (p for p in points if p.point.key == point and p.lookup is Lookup.EMAIL
         and p.point.key in keys),
        None,
    )  # fmt: skip


def _is_mandate(request: SubjectRequest) -> bool:
    found = ladder.represented(request)
    return found is not None and found.behalf is Behalf.MANDATE


def _write(
    access: Access, request: SubjectRequest, address: str, token: str, *, to_person: bool
) -> None:
    with translation.override(request.language):
        about = {
            "request": request, "token": token, "to_person": to_person,
            "asker": request.requester_name or "",
        }  # fmt: skip
        line = _("A code for the request %(reference)s") % {"reference": request.reference}
        body = render_to_string("dsar/identity_code.txt", about)
    correspondence.post(access, request, kind=KIND, subject_line=line, body=body, address=address)


def _hide(access: Access, _request: SubjectRequest, letter: Correspondence) -> None:
    """Keep the letter without the code, once it has left."""
    del access
    letter.body = TOKEN.sub(HIDDEN, letter.body or "")
    letter.save(update_fields=[*letter.pending])


EFFECTS: dict[str, Effect] = {KIND: _hide}


def enter(request_id: UUID, token: str, *, by: Actor, now: datetime) -> bool:
    """Take a code that the person told us; return whether it was one of this request's.

    Raises
    ------
    RequestNotFoundError, RequestStateError
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.get(access, request_id, states=requests.OPEN_STATES)
        return take(access, request, token)


def is_awaited(request: SubjectRequest, *, now: datetime) -> bool:
    """Whether a code of an open request can still come back."""
    return request.state in requests.OPEN_STATES and _waiting(request, now).exists()


def _waiting(request: SubjectRequest, now: datetime) -> QuerySet[IdentityCode, IdentityCode]:
    return IdentityCode.objects.filter(
        request=request, taken_at__isnull=True, asked_at__gt=now - VALID_FOR, tries__lt=TRIES
    )


def take(access: Access, request: SubjectRequest, token: str) -> bool:
    """Take a code, once; a wrong one counts against every code of the request that is open."""
    rows = _waiting(request, access.now).select_for_update(of=("self",))
    is_right, waiting = None, list(rows)
    for code in waiting:
        if hmac.compare_digest(bytes(code.challenge), _hashed(token)):
            is_right = code
    if is_right is None:
        for code in waiting:
            code.tries += 1
            code.save(update_fields=["tries"])
        requests.record(
            access, Action.REQUEST_IDENTIFIED, request, reason="code", outcome=Outcome.REFUSED
        )
        return False
    is_right.taken_at, is_right.challenge = access.now, b""
    is_right.save(update_fields=["taken_at", "challenge"])
    if is_right.to_person:
        Representation.objects.filter(request__in=_together(access, request)).update(
            state="verified", by_person=True, verified_at=access.now
        )
    for one in _together(access, request):
        ladder.prove(access, one, Means.CODE, point=bytes(is_right.point), by_machine=True)
    requests.record(access, Action.REQUEST_IDENTIFIED, request, reason=Means.CODE)
    return True


def _together(access: Access, request: SubjectRequest) -> list[SubjectRequest]:
    """Return the open requests of the same person that came in the same message."""
    if request.family is None:
        return [request]
    rows = access.rows(SubjectRequest).select_for_update(of=("self",))
    return list(
        rows.filter(
            family=request.family, subject=request.subject_id, state__in=requests.OPEN_STATES
        )
    )


def _hashed(token: str) -> bytes:
    return sha256(signs.signs_of(token).encode()).digest()
