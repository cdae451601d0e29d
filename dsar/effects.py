"""What takes effect with the receipt of a request, before anybody answers it.

Stopping is harmless even when somebody else asked for it, and the law wants it at once; so it
needs no confirmed identity. Everything that shows or destroys data waits for one.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from dsar.identity import Requester
from dsar.models import Representation, SubjectRequest
from dsar.models.requests import OTHER_USES
from governance.policy.identity import FOR_ANOTHER
from governance.policy.vocabulary import Channel, ConsentState, Right
from registry import consent, suppression
from registry.datamap import Lookup
from registry.gate.access import Access
from registry.models import ConsentStanding, Objection
from registry.suppression import Reason


def at_once(
    access: Access,
    request: SubjectRequest,
    *,
    subjects: Collection[UUID],
    requester: Requester,
) -> None:
    """Apply what the right of a request changes on receipt.

    It counts at once and can be undone until the identity is known (`consent.prove`,
    `consent.take_back`); till then retention destroys nothing because of it.

    Arguments
    ---------
    subjects : everyone who has the address; marketing goes to the address, so it stops for all
    """
    at = request.received_at
    if _is_of_marketing(request):
        objecting = Objection.objects.filter(subject__in=subjects, to_marketing=True, channel="")
        silent = set(subjects) - set(objecting.values_list("subject_id", flat=True))
        consent.object_all(access, sorted(silent), at=at, unproven=request.pk)  # Art. 21(3)
        remember(access, subjects, Requester() if requester.is_for_another else requester)
    if request.right == Right.WITHDRAWAL:
        _withdraw(access, subjects, at, request.pk)


def _is_of_marketing(request: SubjectRequest) -> bool:
    """Whether marketing stops by it: unless somebody said that they mean other uses alone."""
    return request.right == Right.OBJECTION and request.objects_to != OTHER_USES


def _withdraw(access: Access, subjects: Collection[UUID], at: datetime, request: UUID) -> None:
    """Withdraw every consent given until then (Art. 7(3)); each can be given again."""
    given = ConsentStanding.objects.filter(
        subject__in=subjects, state=ConsentState.GIVEN, since__lte=at
    )
    said = [
        consent.Said(one.subject_id, one.purpose, Channel(one.channel), ConsentState.WITHDRAWN)
        for one in given.select_related("purpose")
    ]
    if said:
        consent.record_all(access, said, consent.Evidence(at, "request", unproven=request))


def remember(access: Access, subjects: Collection[UUID], requester: Requester) -> int:
    """Remember the objection: of the address it came from, or else of those of the person."""
    said = identifiers(requester)
    if not requester.has_contact:
        said = suppression.of_people(access, subjects)
    return suppression.remember(access.controller, Reason.OBJECTED, said, at=access.now)


def identifiers(requester: Requester) -> dict[Lookup, set[str]]:
    """Return the addresses that a requester gave."""
    return {Lookup.EMAIL: {requester.email}, Lookup.PHONE: {requester.phone}}


def asker(request: SubjectRequest) -> Requester:
    """Return the addresses a request came with; none where somebody else asks for the person."""
    row = Representation.objects.filter(request=request).first()
    if row is not None and row.behalf in FOR_ANOTHER:
        return Requester()
    return Requester(email=request.requester_email or "", phone=request.requester_phone or "")


def undo(access: Access, request: SubjectRequest) -> None:
    """Undo what a refused request changed on receipt, whose sender nobody could identify."""
    consent.take_back(access, request.pk)
    if not _is_of_marketing(request):
        return
    asked = asker(request)
    said = identifiers(asked)
    if not asked.has_contact:
        said = suppression.of_people(access, [request.subject_id])
    # What was remembered on another day was said by somebody else, or another time.
    suppression.forget(
        access, said, why="refused", reason=Reason.OBJECTED,
        on=timezone.localdate(request.collected_at),
    )  # fmt: skip
