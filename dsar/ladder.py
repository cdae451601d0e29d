"""How sure we are who asks, and whether it is enough for what is to be done.

The facts of a request are gathered here; `governance.policy.identity` decides. `require` stands in
the functions that release, change or destroy, not on the pages that lead to them.
Follows docs/spec/identity.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from dsar import contact_points
from dsar.contact_points import OnFile
from dsar.errors import NotIdentifiedError
from dsar.identity_errors import (
    ChildDecidesError,
    ForbiddenByDeceasedError,
    PersonDeadError,
    RepresentationError,
)
from dsar.models import (
    AddressCheck,
    Death,
    IdentityCode,
    IdentityProof,
    PostMortemProhibition,
    RefusedAttempt,
    Representation,
    SubjectRequest,
)
from governance.policy import identity
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.consents import REGULATION_AGE
from governance.policy.identity import (
    ACT_OF,
    DECIDING,
    Act,
    Assessment,
    Behalf,
    Block,
    Capacity,
    Facts,
    Given,
    Means,
    Pressed,
    Proof,
    Represented,
)
from governance.policy.provisions import Parameter, number
from governance.policy.vocabulary import Duty, Right
from registry import consent, provisions
from registry.datamap import Lookup, data_map
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.sealed import SealedDate, sealed_attributes

ERROR_OF: dict[Block, type[NotIdentifiedError]] = {
    Block.NOT_SHOWN: RepresentationError,
    Block.EXPIRED: RepresentationError,
    Block.CHILD_DECIDES: ChildDecidesError,
    Block.FORBIDDEN: ForbiddenByDeceasedError,
    Block.DEAD: PersonDeadError,
}


def require(access: Access, request: SubjectRequest, act: Act) -> None:
    """Raise unless we are sure enough who asks for an act.

    Raises
    ------
    NotIdentifiedError
        or one of its kinds, which says what stands against it
    """
    found = assess(access, request, act)
    if found.block is not None:
        raise ERROR_OF[found.block](because=found.block)
    if not found.is_enough:
        raise NotIdentifiedError(reached=found.reached, needed=found.needed)


def assess(access: Access, request: SubjectRequest, act: Act | None = None) -> Assessment:
    """Say how sure we are, how sure we must be, and what is the way on."""
    act = act or ACT_OF[Right(request.right)]
    return identity.assess(act, facts(access, request))


def facts(
    access: Access, request: SubjectRequest, points: list[OnFile] | None = None
) -> Facts:  # fmt: skip
    """Gather what is known about a request and its person."""
    today, right = timezone.localdate(access.now), Right(request.right)
    if not request.is_held:
        return Facts(today=today, right=right, is_held=False)
    subject: UUID = request.subject_id
    points = contact_points.of(access, subject) if points is None else points
    return Facts(
        today=today,
        right=right,
        proofs=_proofs(request),
        pressed=_pressed(request),
        points=tuple(one.point for one in points),
        given=contact_points.given(
            access.controller, points, email=request.answer_to or request.requester_email or "",
            phone=request.requester_phone or "",
        ),
        represented=represented(request),
        born_on=born_on(access, subject),
        is_deceased=Death.objects.filter(subject=subject).exists(),
        bans=bans(subject),
        failed_codes=_failed_codes(request),
        age_of_consent=age_of_consent(access.controller, today),
    )  # fmt: skip


def _proofs(request: SubjectRequest) -> tuple[Proof, ...]:
    for_whom = Representation.objects.filter(request=request).first()
    since = for_whom.since if for_whom else 0
    rows = IdentityProof.objects.filter(request=request, place__gte=since).order_by("place")
    return tuple(Proof(Means(r.means), bytes(r.point), r.by_id, r.place) for r in rows)


def _pressed(request: SubjectRequest) -> tuple[Pressed, ...]:
    return tuple(
        Pressed(row.by_id, row.place) for row in RefusedAttempt.objects.filter(request=request)
    )


def represented(request: SubjectRequest) -> Represented | None:
    """Return whom a request is said to be made for, and how far that is shown.

    None where it is answered as the person's own: nobody has shown that they act for them, and
    the answer goes to a contact point of the person's.
    """
    row = Representation.objects.filter(request=request).first()
    if row is None or (row.state == "not_verified" and request.answer_to):
        return None
    return Represented(
        Behalf(row.behalf), is_verified=row.state == "verified", by_person=row.by_person,
        valid_until=row.valid_until, capacity=Capacity(row.capacity) if row.capacity else None,
    )  # fmt: skip


def born_on(access: Access, subject: UUID) -> date | None:
    """Return the day of birth that is held of a person, the latest where there are several."""
    found: list[date] = []
    for holding in data_map().answered():
        model: Any = holding.model_class
        kinds = sealed_attributes(model)
        names = [
            name
            for name, said in holding.sealed().items()
            if said.category is Category.BIRTH and isinstance(kinds.get(name), SealedDate)
        ]
        for row in access.rows(model).filter(subject=subject) if names else ():
            values = access.values(row)
            found += [values[name] for name in names if values.get(name)]
    return max(found, default=None)


def bans(subject: UUID) -> frozenset[Right]:
    """Return the rights that a person forbade others to use after their death."""
    rows = PostMortemProhibition.objects.filter(subject=subject, revoked_on__isnull=True)
    return frozenset(Right(word) for row in rows for word in row.rights)


def age_of_consent(controller: UUID, today: date) -> int:
    """Return the age of Art. 8(1) in force for a controller."""
    said = provisions.value(controller, Parameter.AGE_OF_CONSENT, on=today)
    return number(said) if said else REGULATION_AGE


def _failed_codes(request: SubjectRequest) -> int:
    return sum(
        model.objects.filter(request=request).aggregate(n=Sum("tries"))["n"] or 0
        for model in (IdentityCode, AddressCheck)
    )


def next_place(request: SubjectRequest) -> int:
    """Return the place of what happens next to a request; asked while it is locked."""
    return sum(m.objects.filter(request=request).count() for m in (IdentityProof, RefusedAttempt))


def prove(
    access: Access,
    request: SubjectRequest,
    means: Means,
    *,
    point: bytes = b"",
    reason: str = "",
    by_machine: bool = False,
) -> IdentityProof:
    """Add one sign that it is they; with enough of them the request counts as identified."""
    proof = IdentityProof(
        controller_id=access.controller, subject_id=request.subject_id, request=request,
        means=means, point=point, by_id=None if by_machine else access.actor.staff,
        at=access.now, place=next_place(request), collected_at=access.now,
        closed_on=request.closed_on,
    )  # fmt: skip
    if reason.strip():
        proof.reason = reason.strip()
    proof.save()
    settle(access, request, means)
    return proof


def settle(access: Access, request: SubjectRequest, means: str) -> None:
    """Let an open request count as identified, if what is known by now is enough for it."""
    if request.state not in {"received", "identified"} or not assess(access, request).is_enough:
        return
    request.state, request.identity, request.identified_at = "identified", means, access.now
    request.handled_by_id = access.actor.staff or request.handled_by_id
    request.save(update_fields=["state", "identity", "identified_at", "handled_by"])
    consent.prove(request.pk)


def point_of(access: Access, request: SubjectRequest) -> bytes:
    """Return the contact point that an answer to us came from, if it can only have been one."""
    points = contact_points.of(access, request.subject_id) if request.is_held else []
    said = {
        Lookup.EMAIL: request.requester_email or "",
        Lookup.PHONE: request.requester_phone or "",
    }
    given = {
        contact_points.key_of(access.controller, kind, text) for kind, text in said.items() if text
    }
    keys = [one.point.key for one in points]
    return next(
        (key for key in keys if key in given), keys[0] if len(keys) == 1 and not given else b""
    )


def may_go_to_case(access: Access, request: SubjectRequest) -> bool:
    """Whether whoever holds the code of a case may have the copy, and not the person by hand alone.

    We may know the person by their own mailbox while somebody else began the case: it is theirs if
    they began it from an address on file, brought a code back, or somebody decided that they did.
    """
    if not request.is_held:
        return True
    if request.answer_to:
        return False
    known = facts(access, request)
    is_shown = any(p.means is Means.CODE or p.means in DECIDING for p in known.proofs)
    return is_shown or known.given is Given.ON_FILE


def lets_stop(access: Access, request: SubjectRequest) -> bool:
    """Whether what a request stops on receipt may stop: not a consent that a child alone ends."""
    if request.right != Right.WITHDRAWAL or not represented(request):
        return True
    return assess(access, request).block is not Block.CHILD_DECIDES


@contextmanager
def pressing(request_id: UUID, *, by: Actor, now: datetime) -> Iterator[None]:
    """Note who asks for a copy or an erasure before we know who asks for it.

    Whoever is pressed to hand something over is tempted to say next that they know the person.
    Their word counts no more for this request: a colleague's does, and a code does.
    """
    try:
        yield
    except NotIdentifiedError:
        with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
            rows = access.rows(SubjectRequest).select_for_update(of=("self",))
            request = rows.get(pk=request_id)
            RefusedAttempt.objects.create(
                controller_id=access.controller, subject_id=request.subject_id, request=request,
                by_id=by.staff, at=now, place=next_place(request), collected_at=now,
            )  # fmt: skip
        raise
