"""Art. 21: marketing stops without a reason; other uses stop until grounds are weighed.

An objection to marketing takes effect with its receipt (`dsar.effects`) and is never overruled.
One on grounds of the person's own situation (Art. 21(1)) names purposes: these stop, the data are
restricted meanwhile (Art. 18(1)(d)), and it is upheld, or overruled by another person than the
one who proposes it, with compelling grounds in words.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from dsar import answers, requests
from dsar.errors import NothingSaidError, RightDoesNotReachError
from dsar.models import SubjectRequest
from governance.policy import rights
from governance.policy.actors import Actor
from governance.policy.rights import Override
from governance.policy.vocabulary import Duty, Right
from registry import activities, consent, restriction
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Objection, Purpose, Restriction

PENDING = "d"  # Art. 18(1)(d)


def stop(
    request_id: UUID,
    purposes: Collection[str],
    *,
    grounds: str,
    override: str = "",
    by: Actor,
    now: datetime,
) -> SubjectRequest:
    """Stop the purposes a person objects to, and restrict their data until it is decided.

    It needs no confirmed identity, as nothing that only stops does.

    Arguments
    ---------
    purposes : keys of the register
    grounds : the person's situation, in their words
    override : a word of `Override`, where the basis is not one of Art. 21(1)

    Raises
    ------
    RequestNotFoundError, RequestStateError
    NothingSaidError
        no purpose is named, or one that nothing in force serves; an override without words
    RightDoesNotReachError
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.alone(access, request_id, states=requests.OPEN_STATES)
        _must_object(request)
        asked = set(purposes) - set(_objected(access, request))
        if not asked:
            raise NothingSaidError
        for key in sorted(asked):
            _stop_one(access, request, key, grounds.strip(), override)
        if (
            not access.rows(Restriction)
            .filter(subject=request.subject_id, ground=PENDING, lifted_at__isnull=True)
            .exists()
        ):
            restriction.place(
                access, subject=request.subject_id, ground=PENDING, at=request.received_at
            )
    return request


def _must_object(request: SubjectRequest) -> None:
    """Raise unless the request objects."""
    if request.right != Right.OBJECTION:
        raise RightDoesNotReachError


def _stop_one(
    access: Access, request: SubjectRequest, key: str, grounds: str, override: str
) -> None:
    in_force = activities.in_force(access.controller, key, at=access.now)
    if in_force is None:
        raise NothingSaidError
    terms = in_force.terms
    said = Override(override) if override in set(Override) else None
    if said and not grounds:
        raise NothingSaidError
    if not rights.reach(
        Right.OBJECTION, terms.basis, is_marketing=terms.is_marketing, override=said
    ).reaches:
        raise RightDoesNotReachError
    is_known = request.identified_at is not None
    consent.object_all(
        access, [request.subject_id], at=request.received_at,
        grounds=f"{grounds} ({said})" if said else grounds,
        purpose=Purpose.objects.get(controller=access.controller, key=key),
        unproven=None if is_known else request.pk,
    )  # fmt: skip


def uphold(request_id: UUID, *, by: Actor, now: datetime) -> SubjectRequest:
    """Answer that what was objected to has stopped for good.

    Raises
    ------
    RequestNotFoundError, RequestStateError, NotIdentifiedError, SeveralPeopleError
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = answers.taken_up(access, request_id, Right.OBJECTION)
        answers.give(access, request, lambda: _facts(access, request))
    return request


def _facts(access: Access, request: SubjectRequest) -> dict[str, object]:
    objections = access.rows(Objection).filter(
        subject=request.subject_id, overruled_at__isnull=True
    )
    return {
        "marketing": objections.filter(to_marketing=True, channel="").exists(),
        "purposes": sorted(
            one.purpose.text
            for one in of_request(access, request).select_related("purpose")
            if one.purpose is not None
        ),
    }


def overrule(access: Access, request: SubjectRequest) -> int:
    """Let the purposes go on that a request objected to; return how many.

    Asked by `dsar.second_person`, once another person has accepted the grounds.

    Raises
    ------
    NothingSaidError
        there is no objection on grounds of the person's own: that to marketing is absolute
    """
    number = of_request(access, request).update(overruled_at=access.now)
    if not number:
        raise NothingSaidError
    return number


def of_request(access: Access, request: SubjectRequest) -> QuerySet[Objection, Objection]:
    """Return the standing objections of Art. 21(1) that came with a request."""
    return access.rows(Objection).filter(
        subject=request.subject_id, to_marketing=False, overruled_at__isnull=True,
        at=request.received_at,
    )  # fmt: skip


def _objected(access: Access, request: SubjectRequest) -> list[str]:
    return list(of_request(access, request).values_list("purpose__key", flat=True))
