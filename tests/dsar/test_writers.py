"""Many write about a person while they are erased, and none of it is left (erasure.md, 4 and 12)."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.db import DatabaseError, connections

from audit.models import Entry
from crm import operations as crm
from crm.models import Contact, ContactPoint
from dsar import erasure_right
from dsar.errors import PlanStaleError
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Channel, Duty, Operation, Right, Role
from registry.gate import opening as gate
from registry.models import DataSource
from tests.builders import NOW, Company, a_company, a_person
from tests.dsar import acts, erasing
from tests.dsar.test_freeze import PATIENCE, TOKEN, in_raw_sql
from tests.realdata import a_verified_source, bring_in

WRITERS, WRITERS_LONG = 12, 64
IN_FLIGHT = threading.Semaphore(40)  # each takes two connections, of which a server has 100
EMAIL = "anna.bianchi@example.it"
FILE = "CodiceCliente;Nome;Cognome;Email\n1;Anna;Bianchi-{number};" + EMAIL + "\n"
# By the gate, by the access, by the trigger; and a line of a file, which is set aside.
BY_ACCESS = {"subject_erased", "subject_not_admitted"}
BY_TRIGGER = {"CU011"}
SET_ASIDE = {"not_admitted", "suppressed"}


class SetAsideError(Exception):
    """A line of a file that did not land."""

    def __init__(self, code: str) -> None:
        self.code = code


@dataclass
class Race:
    """Somebody about whom many write, and what each of the writers came to."""

    company: Company
    folder: Path
    source: DataSource
    count: int
    subject: UUID = field(init=False)
    twins: list[UUID] = field(init=False)  # each a double of the person, for a writer that merges
    ended: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        bring_in(self.company, self.file(0), self.source)
        with gate.duty(self.company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
            self.subject = Contact.objects.get().subject_id
        self.twins = [
            a_person(
                self.company,
                given="Doppia",
                family=f"D{number}",
                orders=[NOW.date()],
                email=f"doppia.{number}@example.it",
            )
            for number in range(self.count)
        ]
        with self.access(self.subject) as access:
            crm.place_order(
                access, subject=self.subject, number="A-1", ordered_on=NOW.date(), lines=[],
                billing={"billing_name": "Anna Bianchi"},
            )  # fmt: skip

    def file(self, number: int) -> Path:
        path = self.folder / f"clienti-{number}-{threading.get_ident()}.csv"
        path.write_text(FILE.format(number=number), encoding="utf-8")
        return path

    def access(self, *subjects: UUID):
        agent, one = self.company.actor(Role.AGENT), subjects[0] if len(subjects) == 1 else None
        return gate.open(
            agent, "order_management", Operation.UPDATE, subjects=one or list(subjects), now=NOW
        )


def _insert(race: Race, _seed: int, number: int) -> None:
    with race.access(race.subject) as access:
        crm.record_interaction(
            access, subject=race.subject, channel=Channel.PHONE, direction="out", occurred_at=NOW,
            topic="Richiamata", body=f"Numero {number}",
        )  # fmt: skip


def _add(race: Race, _seed: int, number: int) -> None:
    with race.access(race.subject) as access:
        _a_point(access.controller, race.subject, f"anna.{number}@example.it")


def _a_point(controller: UUID, subject: UUID, email: str) -> None:
    point = ContactPoint(
        controller_id=controller, subject_id=subject, kind="email", collected_at=NOW
    )
    point.email = email
    point.save()


def _update(race: Race, _seed: int, number: int) -> None:
    with race.access(race.subject) as access:
        (contact,) = access.rows(Contact)
        crm.update_contact(access, contact, {"family_name": f"Bianchi-{number}"})


def _merge(race: Race, seed: int, number: int) -> None:
    """Move what is known of a double to the person, and give the double another address."""
    twin = race.twins[seed]
    with race.access(race.subject, twin) as access:
        for point in list(access.rows(ContactPoint).filter(subject=twin)):
            _a_point(access.controller, race.subject, str(point.email))
            point.delete()
        _a_point(access.controller, twin, f"doppia.{seed}.{number}@example.it")


def _import(race: Race, _seed: int, number: int) -> None:
    report = bring_in(race.company, race.file(number), race.source)
    if report.rejected:
        (code,) = report.reasons
        raise SetAsideError(code)


def _raw(race: Race, _seed: int, _number: int) -> None:
    in_raw_sql(race.company, TOKEN, [race.company.controller.pk, race.subject])


ACTS: tuple[Callable[[Race, int, int], None], ...] = (
    _insert, _add, _update, _merge, _import, _raw,
)  # fmt: skip


def _until_refused(race: Race, seed: int) -> None:
    chance, act = random.Random(seed), ACTS[seed % len(ACTS)]
    pause = race.count / WRITERS  # all together write equally often
    deadline, code = time.monotonic() + PATIENCE, "never refused"
    try:
        while time.monotonic() < deadline:
            time.sleep(chance.uniform(0.5, 2.5) * pause)
            try:
                with IN_FLIGHT:
                    act(race, seed, chance.randrange(1000))
                race.written[act.__name__] += 1
                pause *= 1.5  # or no plan would ever be approved for what is still there
            except (GovernanceError, DatabaseError, SetAsideError) as error:
                code = getattr(error, "code", "") or getattr(error.__cause__, "sqlstate", "")
                break
            finally:
                connections.close_all()
    finally:
        race.ended[code] += 1
        connections.close_all()


def _erase(company: Company, request: UUID) -> str:
    """Plan, approve and carry out, again where somebody wrote in between; return the state."""
    dpo, deadline = company.actor(Role.DPO), time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        plan = erasure_right.plan(request, dpo, NOW)
        try:
            erasure_right.approve(plan.pk, dpo, shown=plan.plan_hash, now=NOW)
            done = erasing.carried_out(company, plan.pk)
        except PlanStaleError:
            continue
        return str(done.state)
    return "never carried out"


def test_writers_lose_the_race_against_an_erasure(
    fresh_database: None, tmp_path: Path, is_long: bool
) -> None:
    company = a_company()
    source = a_verified_source(company, "Gestionale")
    race = Race(company, tmp_path, source, WRITERS_LONG if is_long else WRITERS)
    request = acts.ask_and_identify(company, Right.ERASURE, subject=race.subject, email=EMAIL)
    threads = [
        threading.Thread(target=_until_refused, args=(race, seed)) for seed in range(race.count)
    ]
    for thread in threads:
        thread.start()
    time.sleep(3)  # they are in the middle of it
    state = _erase(company, request.pk)
    for thread in threads:
        thread.join(PATIENCE)
    ended = race.ended
    assert state == "certified", (state, ended, race.written)
    assert set(race.written) == {act.__name__ for act in ACTS}, (race.written, ended)
    assert set(ended) <= BY_ACCESS | BY_TRIGGER | SET_ASIDE, ended
    assert ended.total() == race.count
    _require_gone(race)
    _require_recorded(race)


def _require_gone(race: Race) -> None:
    left = acts.rows_by_sql(race.company, race.subject, derived=True)
    kept = {"crm.Contact", "crm.ContactPoint", "crm.Interaction", "registry.SearchToken"}
    assert not kept & set(left), left
    with gate.duty(race.company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        people = set(Contact.objects.values_list("subject_id", flat=True))
    assert people == set(race.twins), "nobody came back by a file as somebody else"


def _require_recorded(race: Race) -> None:
    """As many entries as refusals, and one for each file of which a line was set aside."""
    with gate.duty(race.company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        refused = [
            bytes(entry)
            for entry in Entry.objects.filter(outcome__in=["refused", "failed"]).values_list(
                "entry", flat=True
            )
        ]
        landed = Entry.objects.filter(action="import.finished").values_list("entry", flat=True)
        aside = sum(b'"rejected":1' in bytes(entry) for entry in landed)
    for code in BY_ACCESS:
        assert sum(f'"reason":"{code}"'.encode() in entry for entry in refused) == race.ended[code]
    assert aside == sum(race.ended[code] for code in SET_ASIDE)
