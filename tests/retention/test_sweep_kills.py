"""A worker killed at every step of a run, and rows that cannot go: the rest is done, once."""

import json
import random
import signal
import subprocess
import sys
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest

from audit.actions import Action
from audit.models import Entry
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from retention import operations
from retention.models import RetentionRun
from tests.audit.history import seal_here
from tests.builders import NOW, Company, a_company, a_person
from tests.databases import Run
from tests.retention.dying import MOMENTS, STEPS
from tests.retention.purchased import Purchase, a_shop
from tests.retention.scenes import (
    an_old_customer,
    approved,
    carried_out,
    everything,
    held,
    living_keys,
    status,
    swept,
)

OLD, YOUNG = date(2011, 11, 23), date(2020, 5, 6)
PEOPLE, ROWS = 2, 5  # that go in each run, and of each of them
SIGNED_FIRST = {"destroyed", "ended", "released"}
AT_RANDOM, AT_RANDOM_LONG = 3, 300
UNTIL_SIGNED, AFTERWARDS = 315, 35  # statements of a run, before it waits for the log and after
BUYERS, BUYERS_LONG = 100, 2000  # of five rows each
PATIENCE = 120
# Many are erased here in a day; the second approval they would need has tests of its own.
MANY = "UPDATE crypto_rule SET bulk_from = 1000000"


class Scene:
    """A company in which one run after the other is killed, and somebody whom none concerns."""

    def __init__(self) -> None:
        with Run.current.server.connect(Run.current.names.keys) as keys:
            keys.execute(MANY)
        self.company = a_company()
        self.control = a_person(self.company, family="Controllo", orders=[YOUNG])
        self.before = self.of(self.control)
        self._number = 0

    def of(self, subject: UUID) -> tuple[dict[str, int], str, set[str]]:
        """What is left of somebody: rows, status and keys."""
        return (
            held(self.company, subject),
            status(self.company, subject),
            living_keys(self.company, subject),
        )

    def a_run(self, *, is_signed: bool) -> tuple[list[UUID], RetentionRun]:
        """People who go and the approved run, or one that has only keys left to destroy."""
        people = [self._somebody() for _ in range(PEOPLE)]
        run = approved(self.company)
        if is_signed:
            assert operations.carry_out(run.pk, now=NOW).is_waiting
            seal_here()
        return people, run

    def _somebody(self) -> UUID:
        self._number += 1
        name = "".join(chr(ord("a") + int(digit)) for digit in str(self._number))
        return an_old_customer(self.company, f"Vecchi{name}", orders=[OLD])

    def check(self, people: list[UUID], run: RetentionRun, case: object) -> None:
        """After the lease another worker finishes; each row and key is counted once."""
        later = NOW + operations.LEASE
        run.refresh_from_db()
        if run.state != "done":
            assert run.pk in operations.waiting(now=later), case
            assert carried_out(run, now=later).state == "done", case
        run.refresh_from_db()
        assert [self.of(subject) for subject in people] == [({}, "erased", set())] * PEOPLE, case
        assert (run.rows_erased, run.rows_set_aside) == (PEOPLE * ROWS, 0), case
        assert run.result["people"] == PEOPLE, case
        assert run.result["keys"] == dict.fromkeys(("ordinary", "fiscal", "audit"), PEOPLE), case
        assert logged(self.company, run) == PEOPLE * ROWS, case
        assert self.of(self.control) == self.before, case


def logged(company: Company, run: RetentionRun) -> int:
    """How many rows the audit log says that a run erased."""
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        entries = [
            json.loads(bytes(e.entry).split(b"\n")[0])
            for e in Entry.objects.filter(action=Action.RETENTION_SWEPT)
        ]
    mine = [entry["counts"] for entry in entries if entry["obj"]["id"] == str(run.pk)]
    return sum(c.get("master_data", 0) + c.get("fiscal_record", 0) for c in mine)


def killed(run: RetentionRun, step: str, moment: object) -> bool:
    """Let a worker carry the run out; whether it was killed before it was done."""
    command = [sys.executable, "-m", "tests.retention.dying"]
    died = subprocess.run(
        [*command, str(run.pk), NOW.isoformat(), step, str(moment)],
        check=False, capture_output=True, timeout=PATIENCE,
    )  # fmt: skip
    assert died.returncode in {0, -signal.SIGKILL}, died.stderr.decode()
    return died.returncode != 0


@pytest.fixture
def scene(fresh_database: None) -> Scene:
    return Scene()


def test_killed_at_every_step(scene: Scene, is_long: bool) -> None:
    """In each run another moment of each step; in a long one every moment."""
    for step in STEPS:
        for moment in MOMENTS if is_long else [random.choice(MOMENTS)]:
            print(step, moment)  # noqa: T201 - pytest shows it where the test fails
            people, run = scene.a_run(is_signed=step in SIGNED_FIRST)
            assert killed(run, step, moment), "the step was never reached"
            scene.check(people, run, (step, moment))


def test_killed_at_random_statements(scene: Scene, is_long: bool) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it where the test fails
    chance, deaths = random.Random(seed), 0
    for _ in range(AT_RANDOM_LONG if is_long else AT_RANDOM):
        is_signed = chance.random() < 0.3
        people, run = scene.a_run(is_signed=is_signed)
        at = chance.randrange(1, AFTERWARDS if is_signed else UNTIL_SIGNED)
        deaths += killed(run, "statement", at)
        scene.check(people, run, (is_signed, at))
    assert deaths > 0, "nothing was killed"


def test_one_row_in_a_hundred_is_poison_and_all_others_go(
    fresh_database: None, superuser: psycopg.Connection[Any], is_long: bool
) -> None:
    with Run.current.server.connect(Run.current.names.keys) as keys:
        keys.execute(MANY)
    number = BUYERS_LONG if is_long else BUYERS
    bought = [Purchase(n, f"{n}", OLD, Decimal(10)) for n in range(number)]
    shop = a_shop(a_company(), bought, superuser)
    poison = poisoned(superuser, number * ROWS // 100)
    run = swept(shop.company)
    aside = {(one.table, one.row): one.error for one in run.set_aside.all()}
    torn = {
        ("crm_order", order)
        for (order,) in superuser.execute(
            "SELECT order_id FROM crm_orderline WHERE id IN (SELECT id FROM poison)"
        )
    }
    assert aside == dict.fromkeys(poison, "RaiseException") | dict.fromkeys(
        torn, "ForeignKeyViolation"
    )
    left = everything(shop.company)
    found = {(table, row) for table in TABLES for row in left[table]}
    assert found == set(aside), "what is not poison stayed, or what is went"
    assert run.rows_erased == number * ROWS - len(aside)
    assert run.rows_set_aside == len(aside)


TABLES = (
    "crm_contact", "crm_contactpoint", "crm_order", "crm_orderline", "registry_qualifyingevent",
)  # fmt: skip


def poisoned(superuser: psycopg.Connection[Any], number: int) -> set[tuple[str, UUID]]:
    """Make the database refuse to delete so many rows, at random over four tables."""
    superuser.execute(
        """
        CREATE TABLE poison (held_in text, id uuid PRIMARY KEY);
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
            IF EXISTS (SELECT FROM public.poison AS p WHERE p.id = OLD.id) THEN
                RAISE EXCEPTION 'broken';
            END IF;
            RETURN OLD;
        END $$;
        """
    )
    rows: list[tuple[str, UUID]] = []
    for table in TABLES:
        if table != "crm_order":  # an order is torn from no line that stays
            superuser.execute(
                f"CREATE TRIGGER refuse BEFORE DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION public.refuse()"
            )
            rows += [(table, pk) for (pk,) in superuser.execute(f"SELECT id FROM {table}")]
    chosen = random.sample(sorted(rows), number)
    with superuser.cursor() as cursor:
        cursor.executemany("INSERT INTO poison VALUES (%s, %s)", chosen)
    return set(chosen)
