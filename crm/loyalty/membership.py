"""Joining and leaving: by accepting the terms, and nothing else (ST9).

The programme is a contract (Art. 6(1)(b)). Neither profiling nor marketing comes with it, nor do
they have to be agreed to: they are purposes of their own (Art. 7(2), 7(4)).
"""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from crm.chosen import people_of
from crm.loyalty import programmes
from crm.loyalty.errors import NotAMemberError, TermsNotAcceptedError
from crm.models import LoyaltyAccount, LoyaltyProgramme
from governance.policy.actors import Actor
from governance.policy.vocabulary import Operation
from registry import consent
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSubject

EVIDENCE = "loyalty"


def ask(access: Access, subject: UUID) -> None:
    """Note that the person themselves asks to join: in the access by which they are answered.

    It is the step before a contract that lets the gate open for who never bought anything.
    """
    consent.qualify(access, subject=subject, kind=EVIDENCE, at=access.now)


def join(actor: Actor, subject: UUID, *, accepts: bool, now: datetime) -> LoyaltyAccount:
    """Make somebody a member; who is one already stays one.

    Raises
    ------
    TermsNotAcceptedError, ProgrammeMissingError
    GateRefusedError
        the programme's purpose does not reach them
    """
    if not accepts:
        raise TermsNotAcceptedError
    programme = programmes.require_in_force(actor.controller)
    with gate.open(
        actor, programme.purpose.key, Operation.CREATE, subjects=subject, now=now
    ) as access:
        held = running(access, subject)
        return held if held is not None else _make(access, subject, programme)


def _make(access: Access, subject: UUID, programme: LoyaltyProgramme) -> LoyaltyAccount:
    made = LoyaltyAccount(
        controller_id=access.controller, subject_id=subject, programme=programme,
        joined_at=access.now, collected_at=access.now,
        tier=programme.definition["tiers"][0]["key"],
    )  # fmt: skip
    # Of two who join at once, the constraint lets one be written.
    LoyaltyAccount.objects.bulk_create([made], ignore_conflicts=True)
    found = running(access, subject)
    return found or made


def everybody(programme: LoyaltyProgramme) -> "QuerySet[DataSubject, UUID]":
    """Choose everybody whose membership of a company's programme runs."""
    running = LoyaltyAccount.objects.filter(
        controller=programme.controller_id, left_at__isnull=True
    )
    return people_of(running.order_by())


def running(access: Access, subject: UUID, *, lock: bool = False) -> LoyaltyAccount | None:
    """Return the membership of a person that runs, or None."""
    rows = access.rows(LoyaltyAccount)
    if lock:
        rows = rows.select_for_update(of=("self",))
    return rows.filter(subject=subject, left_at__isnull=True).first()


def require(access: Access, subject: UUID) -> LoyaltyAccount:
    """Return the membership of a person, locked.

    Raises
    ------
    NotAMemberError
    """
    found = running(access, subject, lock=True)
    if found is None:
        raise NotAMemberError
    return found


def leave(actor: Actor, subject: UUID, *, now: datetime) -> None:
    """End a membership at the person's wish; nothing is earned from now on.

    Raises
    ------
    NotAMemberError, ProgrammeMissingError, GateRefusedError
    """
    programme = programmes.require_in_force(actor.controller)
    with gate.open(
        actor, programme.purpose.key, Operation.UPDATE, subjects=subject, now=now
    ) as access:
        held = require(access, subject)
        held.left_at = now
        held.save(update_fields=["left_at"])
