"""Killed at every boundary of an erasure: one certificate, nothing half done (docs/spec, 12)."""

import os
import random
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.utils import timezone

from dsar import erasure_right, saga
from dsar.models import Erasure
from dsar.steps import AFTERWARDS, STEPS
from governance.crypto import keystore
from governance.policy.vocabulary import Duty, Right, Role
from registry.gate import opening as gate
from registry.models import DataSubject
from tests.audit.history import seal_here
from tests.builders import a_company, a_person
from tests.crypto.test_epochs import rotated
from tests.databases import Run
from tests.dsar.acts import ask_and_identify, rows_by_sql
from tests.dsar.erasing import begun, carried_out, certificates, markers

BOUNDARIES = ("planned", "approved", *(step.name for step in (*STEPS, AFTERWARDS)))
MOMENTS = ("before", "inside", "after")
KINDS = ("application", "worker", "broker", "database")
SIGNED_FIRST = ("checkpointed", "keys", "verified")
AT_RANDOM, AT_RANDOM_LONG = 4, 500
STATEMENTS = 250  # until an erasure waits for the log, and roughly as many after that
NOWHERE = "redis://127.0.0.1:1/0"  # a broker that was lost
PATIENCE = 120
LEASE = timedelta(minutes=11)
# Hundreds are erased here in a day; the second approval they would need has tests of its own.
MANY = "UPDATE crypto_rule SET bulk_from = 1000000"


@dataclass(frozen=True)
class Case:
    """One death: of what, at which moment of which step."""

    boundary: str
    moment: str
    kind: str


class Scene:
    """A company in which one person after the other is erased, and one is not."""

    def __init__(self, superuser: psycopg.Connection[Any]) -> None:
        self.company = a_company()
        self._superuser = superuser
        self._number = 0
        self.control = a_person(self.company, family="Controllo", orders=[timezone.localdate()])
        self.before = self.of_control()

    def of_control(self) -> tuple[Any, ...]:
        """All there is of the person nobody erases."""
        company, subject = self.company, self.control
        with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=timezone.now()):
            status = DataSubject.objects.get(pk=subject).status
        living = keystore.surviving_scopes(company.controller.pk, subject)
        return rows_by_sql(company, subject, derived=True), living, status

    def a_request(self) -> tuple[UUID, UUID]:
        """Somebody who asks to be erased: the person and the request."""
        self._number += 1
        name = "".join(chr(ord("a") + int(digit)) for digit in str(self._number))
        subject = a_person(self.company, family=f"Neri{name}", orders=[timezone.localdate()])
        request = ask_and_identify(
            self.company, Right.ERASURE, subject=subject, now=timezone.now(),
            email=f"anna.neri{name}@example.it",
        )  # fmt: skip
        return subject, request.pk

    def planned(self, request: UUID) -> Erasure:
        return erasure_right.plan(request, self.company.actor(Role.DPO), timezone.now())

    def approved(self, request: UUID) -> Erasure:
        """Approved, unless it is already."""
        with gate.duty(
            self.company.actor(Role.DPO), Duty.ERASING, reference=request, now=timezone.now()
        ):
            found = Erasure.objects.filter(request=request).first()
        if found is not None and found.state != "planned":
            return found
        plan = found or self.planned(request)
        return erasure_right.approve(
            plan.pk, self.company.actor(Role.DPO), shown=plan.plan_hash, now=timezone.now()
        )

    def die(self, case: Case, request: UUID) -> None:
        """Bring an erasure to where the case begins, and let it be killed there."""
        if case.boundary == "planned":
            return self._run(case, "plan", request)
        if case.boundary == "approved":
            plan = self.planned(request)
            return self._run(case, "approve", plan.pk, plan.plan_hash)
        erasure = self.approved(request).pk
        if case.boundary in SIGNED_FIRST:
            assert begun(self.company, erasure, now=timezone.now()).reason == "log"
            seal_here()
        elif case.boundary == "physical":
            assert carried_out(self.company, erasure, now=timezone.now()).state == "certified"
            rotated()
            self._let_a_day_pass(erasure)
        self._run(case, "carry_out", erasure)
        self._check_marker(case, erasure)
        return None

    def _let_a_day_pass(self, erasure: UUID) -> None:
        """The keys' bytes are asked for daily: now."""
        with gate.duty(
            self.company.actor(Role.DPO), Duty.ERASING, reference=erasure, now=timezone.now()
        ):
            assert Erasure.objects.filter(pk=erasure).update(not_before=timezone.now()) == 1

    def _run(self, case: Case, command: str, subject: UUID, *more: str) -> None:
        point = f"{case.boundary}:{case.moment}"
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.dsar.dying", case.kind, command, str(subject), point, *more],
            env={**os.environ, "CELERY_BROKER_URL": NOWHERE}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        session = process.stdout.readline().strip()
        assert session.isdigit(), (case, process.communicate())  # else nothing was injected
        if case.kind in {"application", "worker"}:
            process.kill()
        elif case.kind == "database":
            ended = self._superuser.execute(
                "SELECT pg_terminate_backend(%s, 10000)", [int(session)]
            ).fetchone()
            assert ended == (True,)
        process.communicate("go on\n", timeout=PATIENCE)
        self._gone(int(session))

    def _gone(self, session: int) -> None:
        """Wait until the server has noticed that nobody is there."""
        self._superuser.execute("SELECT pg_terminate_backend(%s, 10000)", [session])

    def _check_marker(self, case: Case, erasure: UUID) -> None:
        """What was committed is there, and nothing of what was not."""
        if case.kind == "broker":
            return
        steps = {step.partition(":")[0] for _, _, step in markers(self.company, erasure)}
        assert (case.boundary in steps) is (case.moment == "after"), case

    def finish(self, request: UUID) -> UUID:
        """What people and the supervisor do when the lease is over."""
        erasure, now = self.approved(request).pk, timezone.now() + LEASE
        due = saga.due(self.company.controller.pk, now=now + timedelta(days=2))
        assert erasure in due or self.approved(request).state == "closed"
        done = carried_out(self.company, erasure, now=now)
        assert done.state in {"certified", "closed"}, (done.state, done.reason)
        assert done.lease_until is None
        return erasure

    def check(self, subject: UUID, erasure: UUID, case: object) -> None:
        """One certificate, each step once, the keys of what is kept alone, and nobody else."""
        issued = certificates(self.company, erasure)
        assert [one["round"] for one in issued] == [1], case
        assert issued[0]["verification"]["result"] == "verified", case
        done = markers(self.company, erasure)
        assert len(done) == len(set(done)), case
        assert "crm.Contact" not in rows_by_sql(self.company, subject), case
        living = keystore.surviving_scopes(self.company.controller.pk, subject)
        assert living == {"fiscal", "request", "audit"}, case
        erased = {
            r["title_en"]: r["count"] for r in issued[0]["records"] if r["result"] == "erased"
        }
        assert erased["Master data"] == 1, case
        assert self.of_control() == self.before, case


@pytest.fixture
def scene(fresh_database: None, superuser: psycopg.Connection[Any]) -> Scene:
    with Run.current.server.connect(Run.current.names.keys) as keys:
        keys.execute(MANY)
    return Scene(superuser)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_killed_at_every_boundary(scene: Scene, boundary: str, is_long: bool) -> None:
    """In each run another death of each boundary; in a long one every death."""
    cases = [Case(boundary, *each) for each in product(MOMENTS, KINDS)]
    for case in cases if is_long else [random.choice(cases)]:
        print(case)  # noqa: T201 - pytest shows it where the test fails
        subject, request = scene.a_request()
        scene.die(case, request)
        scene.check(subject, scene.finish(request), case)


def test_killed_at_random_moments(scene: Scene, is_long: bool) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it where the test fails
    chance, killed = random.Random(seed), 0
    for _ in range(AT_RANDOM_LONG if is_long else AT_RANDOM):
        subject, request = scene.a_request()
        erasure = scene.approved(request).pk
        if chance.random() < 0.5:
            assert begun(scene.company, erasure, now=timezone.now()).reason == "log"
            seal_here()
        at = chance.randrange(5, STATEMENTS)
        command = [sys.executable, "-m", "tests.dsar.dying", "worker", "carry_out", str(erasure)]
        died = subprocess.run(
            [*command, f"statement:{at}"], env={**os.environ, "CELERY_BROKER_URL": NOWHERE},
            check=False, capture_output=True, timeout=PATIENCE,
        )  # fmt: skip
        killed += died.returncode < 0
        scene.check(subject, scene.finish(request), at)
    assert killed > 0, "nothing was killed"
