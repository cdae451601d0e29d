"""A person has died: what speaks to the living stops, and others may use their rights.

The Regulation does not reach the dead (recital 27). Art. 2-terdecies Codice lets those with an
interest of their own, their agents and their family use the rights of Art. 15-22, unless the
person forbade it to us in writing. A prohibition is unequivocal, specific, free and informed; it
may name some rights only, and they may revoke it at any time. It does not reach rights of property
that come from the death, nor the defence of a right in court.
"""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from audit import log
from audit.actions import Action
from dsar.errors import NothingSaidError
from dsar.identity_errors import ProhibitionRefusedError
from dsar.models import Death, PostMortemProhibition
from governance.policy.actors import Actor
from governance.policy.vocabulary import Channel, ConsentState, Duty, Right
from registry import consent
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import ConsentStanding, DataSubject, Objection

REACHED = frozenset(
    {
        Right.ACCESS, Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION, Right.PORTABILITY,
        Right.OBJECTION, Right.HUMAN_REVIEW,
    }
)  # fmt: skip
"""Art. 15 to 22: what others may use, and what a person may forbid."""


def record(
    subject: UUID, *, died_on: date | None, evidence: str, by: Actor, now: datetime
) -> Death:  # fmt: skip
    """Record that a person has died; marketing stops and consents end.

    Raises
    ------
    NothingSaidError
        nothing says how we know it, or nobody is meant
    """
    with gate.duty(by, Duty.ANSWERING, subjects=subject, reference=subject, now=now) as access:
        return record_in(access, subject, died_on=died_on, evidence=evidence)


def record_in(access: Access, subject: UUID, *, died_on: date | None, evidence: str) -> Death:
    """Record it in an open access; recorded again it changes nothing."""
    known = Death.objects.filter(subject=subject).first()
    if known is not None:
        return known
    in_future = died_on is not None and died_on > timezone.localdate(access.now)
    if not evidence.strip() or in_future or not DataSubject.objects.filter(pk=subject).exists():
        raise NothingSaidError
    death = Death(
        controller_id=access.controller, subject_id=subject, died_on=died_on,
        recorded_at=access.now, recorded_by_id=access.actor.staff, collected_at=access.now,
    )  # fmt: skip
    death.evidence = evidence.strip()
    death.save()
    _stop(access, subject)
    _log(access, subject, "death")
    return death


def _stop(access: Access, subject: UUID) -> None:
    """End what is said to the living, and what rests on their will alone."""
    if not Objection.objects.filter(
        subject=subject, to_marketing=True, channel="", overruled_at__isnull=True
    ).exists():
        consent.object_to(access, subject=subject, at=access.now)
    given = ConsentStanding.objects.filter(subject=subject, state=ConsentState.GIVEN)
    said = [
        consent.Said(one.subject_id, one.purpose, Channel(one.channel), ConsentState.REVOKED)
        for one in given.select_related("purpose")
    ]
    if said:
        consent.record_all(access, said, consent.Evidence(access.now, "request"))


def prohibit(
    subject: UUID,
    rights: Collection[str],
    *,
    statement: str,
    said_on: date,
    is_free_and_informed: bool,
    by: Actor,
    now: datetime,
) -> PostMortemProhibition:
    """Record what a person, in life and in writing, forbids for the time after their death.

    Arguments
    ---------
    statement : their words
    is_free_and_informed : whether they knew what it means and wanted it, as (3) asks

    Raises
    ------
    ProhibitionRefusedError
        no rights are named, it is not in their words, it is dated after today or after their death
    """
    named = {right for right in rights if right in REACHED}
    is_dated = said_on <= timezone.localdate(now)
    if not named or not statement.strip() or not is_free_and_informed or not is_dated:
        raise ProhibitionRefusedError
    with gate.duty(by, Duty.ANSWERING, subjects=subject, reference=subject, now=now) as access:
        death = Death.objects.filter(subject=subject).first()
        is_late = death is not None and (death.died_on is None or death.died_on < said_on)
        if is_late or not DataSubject.objects.filter(pk=subject).exists():
            raise ProhibitionRefusedError
        row = PostMortemProhibition(
            controller_id=access.controller, subject_id=subject, rights=sorted(named),
            said_on=said_on, recorded_at=now, recorded_by_id=by.staff, collected_at=now,
        )  # fmt: skip
        row.statement = statement.strip()
        row.save()
        _log(access, subject, "prohibition")
    return row


def revoke(prohibition_id: UUID, *, on: date, by: Actor, now: datetime) -> None:
    """Note that a person took a prohibition back, (4); repeating changes nothing.

    Raises
    ------
    ProhibitionRefusedError
        there is none that stands, or the person has died: nobody else revokes it
    """
    with gate.duty(by, Duty.ANSWERING, reference=prohibition_id, now=now) as access:
        rows = PostMortemProhibition.objects.select_for_update(of=("self",))
        row = rows.filter(pk=prohibition_id, revoked_on__isnull=True).first()
        if row is None or on < row.said_on or on > timezone.localdate(now):
            raise ProhibitionRefusedError
        death = Death.objects.filter(subject=row.subject_id).first()
        if death is not None and (death.died_on is None or death.died_on < on):
            raise ProhibitionRefusedError
        row.revoked_on = on
        row.save(update_fields=["revoked_on"])
        _log(access, row.subject_id, "prohibition_revoked")


def _log(access: Access, subject: UUID, reason: str) -> None:
    event = log.Event(
        action=Action.REQUEST_CORRECTED, purpose="duty:answering", subjects=(subject,),
        object_type="subject", object_id=subject, reason=reason,
    )  # fmt: skip
    log.record(access.actor, event, now=access.now)
