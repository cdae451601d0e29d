"""Art. 18: the data are stored and not used; the person is told before that ends.

What stands while a restriction does is decided by the gate and by retention (docs/spec/gate.md,
section 2.1): this module only leads a request there and back.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from dsar import answers, correspondence, letter, requests
from dsar.errors import GroundUnknownError, NothingSaidError
from dsar.models import Correspondence, SubjectRequest
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, Duty, Right
from registry import restriction
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Restriction
from retention import recipients

GROUNDS = "abcd"
LIFTING = "restriction_lifting"


def grant(request_id: UUID, ground: str, *, by: Actor, now: datetime) -> SubjectRequest:
    """Restrict the use of a person's data, tell recipients (Art. 19), and answer.

    Raises
    ------
    GroundUnknownError
    RequestNotFoundError, RequestStateError, NotIdentifiedError, SeveralPeopleError
    """
    if len(ground) != 1 or ground not in GROUNDS:
        raise GroundUnknownError
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = answers.taken_up(access, request_id, Right.RESTRICTION)
        restriction.place(access, subject=request.subject_id, ground=ground, at=now)
        told = recipients.queue_change(
            access, recipients.RESTRICTED, job=request.pk, subject=request.subject_id,
            categories=set(Category),
        )  # fmt: skip
        answers.give(access, request, lambda: {"ground": ground, "told": told})
    return request


def announce(request_id: UUID, *, by: Actor, now: datetime) -> Correspondence:
    """Write to the person that their restrictions will be lifted (Art. 18(3)).

    Each counts as announced when the letter has gone, and can be lifted from then on.

    Raises
    ------
    RequestNotFoundError
    NothingSaidError
        none stands that was not announced
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.alone(access, request_id)
        if not _standing(access, request.subject_id).filter(informed_at__isnull=True).exists():
            raise NothingSaidError
        with translation.override(request.language):
            body = render_to_string("dsar/answers/lifting.txt", {"request": request})
        return correspondence.post(
            access, request, kind=LIFTING, subject_line=letter.subject_line(request), body=body
        )


def lift(request_id: UUID, *, by: Actor, now: datetime) -> int:
    """Lift what the person was told of; return how many restrictions ended.

    Raises
    ------
    RequestNotFoundError
    RestrictionNotAnnouncedError
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.alone(access, request_id)
        standing = list(_standing(access, request.subject_id).values_list("pk", flat=True))
        for one in standing:
            restriction.lift(access, one)
    return len(standing)


def standing(access: Access, subject: UUID) -> list[Restriction]:
    """Return the restrictions that stand for a person, the first first."""
    return list(_standing(access, subject).order_by("placed_at"))


def _standing(access: Access, subject: UUID) -> QuerySet[Restriction, Restriction]:
    return access.rows(Restriction).filter(subject=subject, lifted_at__isnull=True)


def _told(access: Access, request: SubjectRequest, letter_: Correspondence) -> None:
    """Note that the person knows: the letter has gone."""
    at = letter_.sent_at or access.now
    how = Channel.EMAIL if letter_.channel == Channel.EMAIL else Channel.POST
    evidence = f"{letter.subject_line(request)} ({letter_.pk})"
    for one in _standing(access, request.subject_id).filter(
        informed_at__isnull=True, placed_at__lte=at
    ):
        restriction.announce(access, one.pk, at=at, how=how, evidence=evidence)


EFFECTS: dict[str, correspondence.Effect] = {LIFTING: _told}
