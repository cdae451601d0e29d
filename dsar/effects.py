"""What takes effect with the receipt of a request, before anybody answers it.

Stopping is harmless even when somebody else asked for it, and the law wants it at once; so it
needs no confirmed identity. Everything that shows or destroys data waits for one.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from dsar.identity import Requester
from governance.policy.vocabulary import Channel, ConsentState, Right
from registry import consent, search
from registry.datamap import Lookup
from registry.gate.access import Access
from registry.models import ConsentStanding, Objection, Suppression


def at_once(
    access: Access, *, right: Right, subjects: Iterable[UUID], requester: Requester, at: datetime
) -> None:
    """Apply what a right changes on receipt.

    Arguments
    ---------
    subjects : everyone who has the address; marketing goes to the address, so it stops for all
    at : when the request was received
    """
    if right is Right.OBJECTION:
        for subject in subjects:
            if not Objection.objects.filter(subject=subject, to_marketing=True).exists():
                consent.object_to(access, subject=subject, at=at)  # Art. 21(3)
        remember(
            access.controller, reason="objected", at=access.now,
            emails=[requester.email], phones=[requester.phone],
        )  # fmt: skip
    if right is Right.WITHDRAWAL:
        for subject in subjects:
            _withdraw(access, subject, at)


def _withdraw(access: Access, subject: UUID, at: datetime) -> None:
    """Withdraw every consent given until then (Art. 7(3)); each can be given again."""
    given = ConsentStanding.objects.filter(subject=subject, state=ConsentState.GIVEN, since__lte=at)
    for standing in given.select_related("purpose"):
        consent.record(
            access,
            subject=subject,
            purpose=standing.purpose,
            channel=Channel(standing.channel),
            state=ConsentState.WITHDRAWN,
            at=at,
            method="request",
        )


def remember(
    controller: UUID,
    *,
    reason: str,
    at: datetime,
    emails: Iterable[str] = (),
    phones: Iterable[str] = (),
) -> int:
    """Add addresses to the memory of deletions and objections; return how many were new.

    Kept as hashes under a key of their own, so that an import can not bring back what was
    erased or write to somebody who objected. Repeating it changes nothing.
    """
    rows = [
        Suppression(
            controller_id=controller,
            kind=kind,
            token=token,
            reason=reason,
            at=timezone.localdate(at),
        )
        for kind, values in ((Lookup.EMAIL, emails), (Lookup.PHONE, phones))
        for token in search.suppression_tokens(controller, kind, [v for v in values if v.strip()])
    ]
    before = Suppression.objects.filter(controller=controller).count()
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    return Suppression.objects.filter(controller=controller).count() - before
