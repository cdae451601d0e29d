"""What people want: consents given, refused and withdrawn, objections, restrictions, holds.

All of it is filed by the DPO under the duty of answering, as if the old system had handed over
its ledger. Who says what follows from the seed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID

from audit import log
from audit.actions import Action
from crm.imports.origins import Origins
from crm.imports.targets import Entity
from crm.models import Contact
from governance.crypto.ids import uuid7
from governance.demo.company import House
from governance.demo.histories import Life
from governance.demo.people import SEED, Story
from governance.policy import consents
from governance.policy.consents import Line
from governance.policy.vocabulary import Channel, ConsentState, Duty, Role
from registry import consent, restriction
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import (
    ConsentEvent,
    ConsentStanding,
    Objection,
    Purpose,
    Restriction,
)
from retention import holds
from retention.holds import HoldGround
from retention.models import LegalHold

CHUNK = 500
OBJECTIONS, RESTRICTIONS, HOLDS = 24, 6, 3
SHARES: dict[Channel, tuple[float, float, float]] = {
    Channel.EMAIL: (0.42, 0.08, 0.14),  # given and standing, withdrawn later, refused
    Channel.SMS: (0.08, 0.02, 0.05),
    Channel.PHONE: (0.04, 0.01, 0.06),
}
STATEMENT = "Casella non preselezionata: «Voglio ricevere novità e offerte»"
NOTICE = "informativa-clienti-v3"


@dataclass(frozen=True)
class Said:
    """One line for the ledger."""

    subject: UUID
    channel: Channel
    state: ConsentState
    at: datetime


def subjects_of(house: House, lives: Sequence[Life], *, now: datetime) -> dict[int, UUID]:
    """Return the data subjects of people by customer number."""
    origins = Origins(house.controller.pk, house.from_before.pk)
    keys = {
        origins.key(Entity.CONTACT, str(life.person.number)): life.person.number for life in lives
    }
    with gate.duty(house.actor(Role.DPO), Duty.DISCOVERY, now=now):
        rows = Contact.objects.filter(origin_key__in=list(keys))
        return {keys[bytes(k or b"")]: s for k, s in rows.values_list("origin_key", "subject_id")}


def file(house: House, lives: Sequence[Life], subjects: dict[int, UUID], *, now: datetime) -> None:
    """File consents and objections, as far as the ledger is still empty."""
    random = Random(SEED + 1)  # noqa: S311 - people who do not exist need no secrecy
    said = [line for life in lives for line in _said(random, life, subjects, now.date())]
    dpo = house.actor(Role.DPO)
    for start in range(0, len(said), CHUNK):
        chunk = said[start : start + CHUNK]
        ids = {line.subject for line in chunk}
        with gate.duty(dpo, Duty.ANSWERING, subjects=ids, reference=uuid7(), now=now) as access:
            held = ConsentEvent.objects.filter(subject__in=ids)
            known = set(held.values_list("subject_id", flat=True))
            _record(access, house, [line for line in chunk if line.subject not in known])
    _object(house, random.sample(sorted(subjects), OBJECTIONS), subjects, now)


def _said(random: Random, life: Life, subjects: dict[int, UUID], today: date) -> Iterator[Said]:
    """Return what one person answered, channel by channel; most were never asked on all."""
    person = life.person
    if person.story in {Story.FORGOTTEN, Story.FORMER}:
        return
    for channel, (given, withdrawn, refused) in SHARES.items():
        chance = random.random()
        at = datetime.combine(person.known_since, time(12, 30), tzinfo=UTC)
        subject = subjects[person.number]
        if chance < given + withdrawn:
            yield Said(subject, channel, ConsentState.GIVEN, at)
            if chance >= given:
                days = random.randrange(1, max((today - person.known_since).days, 2))
                yield Said(subject, channel, ConsentState.WITHDRAWN, at + timedelta(days=days))
        elif chance < given + withdrawn + refused:
            yield Said(subject, channel, ConsentState.REFUSED, at)


def _record(access: Access, house: House, said: Sequence[Said]) -> None:
    """Write ledger and standings of many people: `consent.record` for a batch."""
    if not said:
        return
    newsletter = Purpose.objects.get(controller=house.controller, key="newsletter")
    base = {"controller_id": access.controller, "purpose": newsletter, "source": house.from_before}
    ConsentEvent.objects.bulk_create(
        ConsentEvent(
            **base, subject_id=line.subject, channel=line.channel, state=line.state, at=line.at,
            method="form", notice=NOTICE, collected_at=line.at,
            **{"statement": STATEMENT},  # noqa: PIE804 - the Django plugin knows no sealed fields
        )
        for line in said
    )  # fmt: skip
    histories: dict[tuple[UUID, Channel], list[Line]] = {}
    for line in said:
        histories.setdefault((line.subject, line.channel), []).append(Line(line.at, line.state))
    ConsentStanding.objects.bulk_create(
        ConsentStanding(
            **base, subject_id=subject, channel=channel, state=stands.state, since=stands.at,
            collected_at=access.now,
        )
        for (subject, channel), history in histories.items()
        if (stands := consents.standing(history))
    )  # fmt: skip
    event = log.Event(
        action=Action.CONSENT_RECORDED,
        purpose=newsletter.key,
        subjects=tuple({line.subject for line in said}),
        reason="taken_over",
    )
    log.record(access.actor, event, now=access.now)


def _object(house: House, numbers: Iterable[int], subjects: dict[int, UUID], now: datetime) -> None:
    """Some do not want advertising; some stopped more than that (Art. 18, 21)."""
    chosen = [subjects[number] for number in numbers]
    dpo = house.actor(Role.DPO)
    with gate.duty(dpo, Duty.ANSWERING, subjects=chosen, reference=uuid7(), now=now) as access:
        if not Objection.objects.filter(subject__in=chosen).exists():
            for days, subject in enumerate(chosen, start=2):
                at = now - timedelta(days=days * 9)
                consent.object_to(access, subject=subject, at=at, grounds="Non voglio pubblicità.")
        if not Restriction.objects.filter(subject__in=chosen).exists():
            for days, subject in enumerate(chosen[:RESTRICTIONS], start=1):
                ground = "abcd"[days % 4]
                at = now - timedelta(days=days * 3)
                placed = restriction.place(access, subject=subject, ground=ground, at=at)
                if ground == "a":  # what was contested has been checked: it can be lifted
                    told = now - timedelta(days=1)
                    restriction.announce(
                        access, placed.pk, at=told, how=Channel.EMAIL, evidence="Lettera inviata",
                    )  # fmt: skip


def hold(house: House, lives: Sequence[Life], subjects: dict[int, UUID], *, now: datetime) -> None:
    """Place holds on people whose data would be due: somebody is at law with the company."""
    due = [life.person.number for life in lives if life.person.story is Story.FORGOTTEN]
    legal = house.staff[Role.LEGAL]
    chosen = [subjects[number] for number in due[:HOLDS]]
    with gate.duty(legal.actor(), Duty.SUPERVISION, subjects=chosen, now=now):
        held = set(
            LegalHold.objects.filter(subject__in=chosen).values_list("subject_id", flat=True)
        )
    for subject in chosen:
        if subject not in held:
            holds.place(
                legal, subject, ground=HoldGround.LEGAL_CLAIM,
                reason="Contestazione su una fornitura: giudizio davanti al Giudice di pace.",
                review_on=(now + timedelta(days=180)).date(), now=now,
            )  # fmt: skip
