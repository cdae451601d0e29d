"""Who asks for another person: shown, not shown, or asked of the person themselves.

A mandate, the parent of a minor, a guardian, the relatives of somebody who died. That they may act
is shown before anything leaves; until then it is a claim. What was seen is noted in words and no
copy of it is kept. Where it is not shown the request is not passed over in silence: the person is
asked, or answered directly.
"""

from datetime import date, datetime
from uuid import UUID

from audit.actions import Action
from dsar import contact_points, deaths, ladder, requests
from dsar.errors import NothingSaidError, RequestStateError
from dsar.identity import OnBehalf
from dsar.models import Representation, SubjectRequest
from governance.policy import identity
from governance.policy.actors import Actor
from governance.policy.identity import FOR_ANOTHER, Behalf, Capacity, Means
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate
from registry.gate.access import Access


def note(request_id: UUID, on_behalf: OnBehalf, *, by: Actor, now: datetime) -> Representation:
    """Note that somebody asks for another, which nobody said on receipt.

    Raises
    ------
    RequestNotFoundError
    RequestStateError
        it is noted already
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.get(access, request_id, states=requests.OPEN_STATES)
        if _of(request) is not None:
            raise RequestStateError(because="represented")
        row = requests.claim(request, on_behalf)
        _start_anew(request, row)
        requests.record(access, Action.REQUEST_IDENTIFIED, request, reason="on_behalf")
    return row


def verify(
    request_id: UUID,
    *,
    evidence: str,
    capacity: str = "",
    died_on: date | None = None,
    valid_until: date | None = None,
    by: Actor,
    now: datetime,
) -> Representation:
    """Note that somebody may act for the person, and what was seen of it.

    It is a decision about identity too: whoever looks at the mandate looks at who shows it.

    Arguments
    ---------
    evidence : in words: which deed, of when, by whom; no numbers, no copy
    capacity, died_on : where the person has died (art. 2-terdecies Codice)
    valid_until : last day of the mandate, where it has one

    Raises
    ------
    NothingSaidError
        no evidence in words, or no capacity where the person has died
    RequestNotFoundError
    RequestStateError
        nobody said that they ask for another
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.get(access, request_id, states=requests.OPEN_STATES)
        row = _of(request)
        if row is None or row.behalf not in FOR_ANOTHER or not request.is_held:
            raise RequestStateError(because="not_represented")
        is_dead = row.behalf == Behalf.DECEASED
        if not evidence.strip() or is_dead != (capacity in set(Capacity)):
            raise NothingSaidError
        if is_dead:
            deaths.record_in(access, request.subject_id, died_on=died_on, evidence=evidence)
        row.state, row.capacity, row.valid_until = "verified", capacity, valid_until
        row.verified_by_id, row.verified_at, row.by_person = by.staff, now, False
        row.evidence = evidence.strip()
        row.save()
        request.answer_to = None  # to whoever asks, who may act
        request.save(update_fields=[*request.pending])
        ladder.prove(access, request, Means.DECISION, reason=evidence)
        requests.record(access, Action.REQUEST_IDENTIFIED, request, reason="may_act")
    return row


def not_verified(
    request_id: UUID, *, evidence: str, by: Actor, now: datetime
) -> Representation:  # fmt: skip
    """Note that it was not shown, and let the answer go to the person directly.

    The request stands, for it may well be the person's wish: who they are is asked of them.

    Raises
    ------
    NothingSaidError
        no reason in words
    RequestNotFoundError
    RequestStateError
        nobody said that they ask for another
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.get(access, request_id, states=requests.OPEN_STATES)
        row = _of(request)
        if row is None:
            raise RequestStateError(because="not_represented")
        if not evidence.strip():
            raise NothingSaidError
        row.state, row.by_person, row.evidence = "not_verified", False, evidence.strip()
        _send_to_person(access, request)
        _start_anew(request, row)
        requests.record(access, Action.REQUEST_IDENTIFIED, request, reason="may_not_act")
    return row


def answer_on_file(
    request_id: UUID, point: bytes, *, by: Actor, now: datetime
) -> SubjectRequest:  # fmt: skip
    """Let the answer go to a contact point that we knew, and not to the one that was given.

    Raises
    ------
    RequestNotFoundError
    RequestStateError
        it is none of the person's that we can rely on
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.get(access, request_id, states=requests.OPEN_STATES)
        if not request.is_held or not _send_to_person(access, request, point):
            raise RequestStateError(because="not_on_file")
        requests.record(access, Action.REQUEST_IDENTIFIED, request, reason="answer_on_file")
    return request


def _send_to_person(access: Access, request: SubjectRequest, point: bytes = b"") -> bool:
    points = contact_points.of(access, request.subject_id)
    usable = {one.key for one in identity.usable(ladder.facts(access, request, points))}
    to = next(
        (p for p in points if p.point.key in usable and (not point or p.point.key == point)), None
    )
    if to is None:
        return False
    request.answer_to = to.value
    request.save(update_fields=[*request.pending])
    return True


def _of(request: SubjectRequest) -> Representation | None:
    rows = Representation.objects.select_for_update(of=("self",))
    return rows.filter(request=request).first()


def _start_anew(request: SubjectRequest, row: Representation) -> None:
    """What was known of who asks was said of another: it is asked again."""
    row.since = ladder.next_place(request)
    row.save()
    request.state, request.identified_at = "received", None
    request.save(update_fields=["state", "identified_at"])
