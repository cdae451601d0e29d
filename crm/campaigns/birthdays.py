"""The birthday recipe (ST10): who is greeted today, and the gift that they choose themselves.

    mark      notes whose birthday it is, once a year; the workflow `birthday` writes to them
    gifts     what somebody may choose, by the interests that they declared
    choose    takes the choice, and confirms it with a code

The birthday is sealed and no SQL finds it: the days of who agreed are looked at one by one. Each
step asks the gate, so that who withdrew yesterday, objected or died is neither noted nor written
to. What was chosen reaches segments only through the extract, of who agreed to profiling.
"""

import secrets
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from crm.campaigns.errors import GiftNotOfferedError
from crm.chosen import people_of
from crm.models import BirthdayGreeting, Contact, Offer, Workflow
from crm.offers import operations as offers
from governance.policy import analysis, birthdays
from governance.policy.actors import system
from governance.policy.offering import OfferKind, words
from governance.policy.vocabulary import Operation
from governance.policy.workflows import Trigger, VersionState
from registry.gate import opening as gate
from registry.gate.access import Access

CHOSEN_WITHIN = timedelta(days=60)


def in_force(controller: UUID) -> Workflow | None:
    """Return the workflow that greets people, or None; its purpose is that of the greetings."""
    rows = Workflow.objects.filter(controller=controller, state=VersionState.APPROVED)
    return rows.filter(definition__trigger__on=Trigger.BIRTHDAY).order_by("key").first()


def mark(workflow: Workflow, *, now: datetime) -> int:
    """Note whose birthday it is today; return how many were not noted before.

    Raises
    ------
    GateRefusedError
        the purpose is not in force
    """
    today = timezone.localdate(now)
    people = people_of(Contact.objects.order_by())
    with gate.open(
        system(workflow.controller_id), workflow.definition["purpose"], Operation.UPDATE,
        subjects=people, now=now,
    ) as access:  # fmt: skip
        had = access.rows(BirthdayGreeting).filter(year=today.year).values("subject")
        marked = [
            BirthdayGreeting(
                controller_id=access.controller, subject_id=one.subject_id, year=today.year,
                greeted_on=today, collected_at=now,
            )
            for one in access.rows(Contact).exclude(subject__in=had)
            if birthdays.is_greeted(one.birth_date, one.birth_day, today)
        ]  # fmt: skip
        BirthdayGreeting.objects.bulk_create(marked, ignore_conflicts=True)
    return len(marked)


def greeting(access: Access, subject: UUID) -> BirthdayGreeting | None:
    """Return the last greeting whose gift may still be chosen, or was."""
    since = timezone.localdate(access.now) - CHOSEN_WITHIN
    rows = access.rows(BirthdayGreeting).filter(subject=subject, greeted_on__gte=since)
    return rows.order_by("-year").first()


def gifts(access: Access, subject: UUID) -> list[Offer]:
    """Return the gifts that somebody may choose: for everybody, and by declared interest."""
    contact = access.rows(Contact).filter(subject=subject).first()
    declared = words(analysis.interests(contact.interests)) if contact else frozenset()
    return [
        one
        for one in _all_gifts(access.controller, timezone.localdate(access.now))
        if not one.needs or words(one.needs) & declared
    ]


def _all_gifts(controller: UUID, today: date) -> list[Offer]:
    return offers.in_force(controller, OfferKind.GIFT, today=today)


def choose(
    controller: UUID, subject: UUID, gift: str, *, purpose: str, now: datetime
) -> BirthdayGreeting:
    """Take the gift that a person chose, once; the code hands it out.

    Raises
    ------
    GiftNotOfferedError
        there was no greeting, it is too long ago, or the gift is for other interests
    GateRefusedError
    """
    with gate.open(
        system(controller), purpose, Operation.UPDATE, subjects=subject, now=now
    ) as access:
        found = greeting(access, subject)
        if found is not None and found.gift_id is not None:
            return found
        chosen = next((one for one in gifts(access, subject) if one.key == gift), None)
        if found is None or chosen is None:
            raise GiftNotOfferedError
        found.gift, found.chosen_on = chosen, timezone.localdate(now)
        found.code = secrets.token_hex(5).upper()
        found.interest = ", ".join(chosen.needs)
        found.save()
    return found
