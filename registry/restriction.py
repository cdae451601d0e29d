"""Restriction of processing (Art. 18): placed, announced to the person, lifted.

Follows docs/spec/gate.md, section 2.1. While one stands the gate lets nothing through but what
Art. 18(2) names, and nothing of the person is destroyed.
"""

from collections import Counter
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Scope
from registry import released, stopping
from registry.gate.access import Access
from registry.models import DataSubject, Restriction

ANSWERING = "duty:answering"
ANNOUNCED = ("informed_at", "evidence")


class RestrictionNotAnnouncedError(GovernanceError):
    """A restriction is lifted only after the person was told."""

    code = "restriction_not_announced"
    article = "18(3)"
    status = 409
    message = _("The person has not been told yet that the restriction will be lifted.")
    advice = _("Tell them first and record when, how, and what shows it; then lift it.")


def place(access: Access, *, subject: UUID, ground: str, at: datetime) -> Restriction:
    """Place a restriction (Art. 18(1), letter a-d): stored, not used, until lifted."""
    hold_against_senders(subject)
    restriction = Restriction(
        controller_id=access.controller,
        subject_id=subject,
        ground=ground,
        placed_at=at,
        collected_at=access.now,
    )
    gone = stopping.stop(access, restriction.pk, subject, Scope)
    restriction.save()
    entry = log.Event(
        action=Action.RESTRICTION_PLACED,
        purpose=ANSWERING,
        subjects=(subject,),
        reason=f"ground_{ground}",
        counts=Counter(gone),  # scopes whose keys were destroyed before
    )
    log.record(access.actor, entry, now=access.now)
    return restriction


def hold_against_senders(*subjects: UUID) -> None:
    """Wait for messages to these people that are leaving, and let none leave until the commit.

    Those who stop something take this lock before they write it (spec, section 2.6).
    """
    rows = DataSubject.objects.select_for_update(no_key=True).filter(pk__in=subjects)
    list(rows.order_by("pk").values_list("pk"))


def announce(
    access: Access, restriction: UUID, *, at: datetime, how: str, evidence: str
) -> Restriction:
    """Record that the person was told that a restriction will be lifted (Art. 18(3)).

    The one act for every door: a letter that has gone, and what staff did by other means.

    Arguments
    ---------
    at : when they were told; not later than now, not before the restriction
    how : a word for the way: a channel
    evidence : what shows it: the letter, or what was said and where that is noted; sealed

    Raises
    ------
    Restriction.DoesNotExist
        it does not stand
    RestrictionNotAnnouncedError
        nobody can be told later than now, or before it stood, or without anything to show it
    """
    row = _standing(restriction)
    if not row.placed_at <= at <= access.now or not evidence.strip():
        raise RestrictionNotAnnouncedError
    row.informed_at, row.evidence = at, evidence.strip()
    row.save(update_fields=ANNOUNCED)
    _record(access, Action.RESTRICTION_ANNOUNCED, row, reason=how)
    return row


def lift(access: Access, restriction: UUID) -> None:
    """End a restriction, some time after the person was told (Art. 18(3)).

    What it kept from being erased goes then by itself.

    Raises
    ------
    Restriction.DoesNotExist
        it does not stand
    RestrictionNotAnnouncedError
        the person was not told before
    """
    row = _standing(restriction)
    if row.informed_at is None or row.informed_at >= access.now:
        raise RestrictionNotAnnouncedError
    row.lifted_at = access.now
    row.save(update_fields=["lifted_at"])
    receipt = _record(access, Action.RESTRICTION_LIFTED, row)
    stopping.note(access, restriction, receipt.id, is_lift=True)
    released.tell(access, row.subject_id)


def _standing(restriction: UUID) -> Restriction:
    return Restriction.objects.select_for_update().get(pk=restriction, lifted_at__isnull=True)


def _record(access: Access, action: Action, row: Restriction, *, reason: str = "") -> log.Receipt:
    entry = log.Event(
        action=action,
        purpose=ANSWERING,
        subjects=(row.subject_id,),
        object_type="restriction",
        object_id=row.pk,
        reason=reason,
    )
    return log.record(access.actor, entry, now=access.now)
