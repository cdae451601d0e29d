"""An erasure is carried out step by step, whoever wakes it how often (docs/spec/erasure.md, 2-3)."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import override

from audit.actions import Action
from audit.models import Entry
from crm import operations as crm
from dsar import erasure_right, saga, steps, tasks
from dsar.errors import ApproverError, ErasureBusyError, ErasureStateError, PlanStaleError
from dsar.models import Erasure
from governance.crypto import keystore
from governance.policy.vocabulary import Channel, Duty, Operation, Role
from governance.portal import worklist
from governance.portal.erasures import shown
from registry import operations
from registry.gate import opening as gate
from registry.models import DataSubject
from tests.audit.history import seal_here
from tests.builders import NOW, Company, a_company, a_person, an_interaction
from tests.dsar.acts import rows_by_sql
from tests.dsar.erasing import approved, begun, carried_out, certificates, markers

LATER = NOW + timedelta(minutes=11)  # after the lease of a worker that died
FIRST = ("planned", "frozen", "remembered", "kept")
LAST = ["ordered", "checkpointed", "keys", "verified"]


@pytest.fixture
def company(fresh_database: None) -> Company:
    """Committed: the log is signed while an erasure waits for it."""
    return a_company()


@pytest.fixture
def anna(company: Company) -> UUID:
    return a_person(company, orders=[NOW.date()])


def living(company: Company, subject: UUID) -> set[str]:
    return keystore.surviving_scopes(company.controller.pk, subject)


def said_about(company: Company, action: Action) -> int:
    """How many entries of one action there are."""
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        return Entry.objects.filter(action=action).count()


def test_rows_then_the_order_then_the_signed_log_then_keys(company: Company, anna: UUID) -> None:
    erasure = approved(company)
    waits = begun(company, erasure.pk)
    assert (waits.state, waits.reason, waits.lease_until) == ("waiting", "log", None)
    done = markers(company, erasure.pk)
    assert done == [(1, 1, step) for step in [*FIRST, "rows", "recipients", "ordered"]]
    assert "crm.Contact" not in rows_by_sql(company, anna)
    assert living(company, anna) == {"ordinary", "fiscal", "request", "audit"}

    seal_here()
    ended = begun(company, erasure.pk)
    assert (ended.state, ended.round, ended.pass_no) == ("certified", 1, 1)
    assert markers(company, erasure.pk) == [*done, *((1, 1, step) for step in LAST[1:])]
    assert living(company, anna) == {"fiscal", "request", "audit"}
    assert ended.logical_at is not None
    assert len(certificates(company, erasure.pk)) == 1
    assert said_about(company, Action.KEY_DESTROYED) == 1


def test_nobody_is_asked_while_the_log_is_unsigned_and_people_are_told_after_an_hour(
    company: Company, anna: UUID
) -> None:
    erasure = approved(company)
    for minutes, state, reason in ((0, "waiting", "log"), (59, "waiting", "log"),
                                   (61, "partial", "log_not_signed")):  # fmt: skip
        now = NOW + timedelta(minutes=minutes)
        waits = begun(company, erasure.pk, now=now)
        assert (waits.state, waits.reason, waits.attempts) == (state, reason, 0)
        assert "ordinary" in living(company, anna)
    later = NOW + timedelta(minutes=63)
    assert saga.due(company.controller.pk, now=later) == [erasure.pk]  # it goes on by itself
    seal_here()
    assert begun(company, erasure.pk, now=later).state == "certified"


def test_a_slow_worker_whose_lease_was_taken_writes_nothing(company: Company, anna: UUID) -> None:
    erasure = approved(company)
    slow = saga._take(erasure.pk, company.controller.pk, NOW)
    assert slow is not None
    with pytest.raises(ErasureBusyError):
        begun(company, erasure.pk)
    assert begun(company, erasure.pk, now=LATER).reason == "log"
    before = markers(company, erasure.pk), rows_by_sql(company, anna, derived=True)
    with pytest.raises(ErasureBusyError):
        saga._work(slow, saga._Clock(LATER))
    assert (markers(company, erasure.pk), rows_by_sql(company, anna, derived=True)) == before
    assert carried_out(company, erasure.pk, now=LATER).state == "certified"
    with pytest.raises(ErasureBusyError):
        saga._work(slow, saga._Clock(LATER))
    assert len(certificates(company, erasure.pk)) == 1


def test_messages_that_are_doubled_reordered_and_late_come_to_the_same_end(
    company: Company, anna: UUID
) -> None:
    berta = a_person(company, given="Berta", orders=[NOW.date()])
    control = a_person(company, given="Carla", orders=[NOW.date()])
    before = rows_by_sql(company, control, derived=True), living(company, control)
    now = timezone.now()
    both = [approved(company, now=now).pk]
    both.append(approved(company, now=now, email="berta.bianchi@example.it", name="Berta").pk)
    chance = random.Random(5)
    messages = [one for one in both for _ in range(chance.randint(3, 5))]
    chance.shuffle(messages)
    for number, message in enumerate([*messages, *both, *reversed(both)]):
        tasks.carry_out_erasure(str(company.controller.pk), str(message))
        if number % 3 == 1:
            seal_here()
    seal_here()
    for message in [*messages, *both]:  # late
        tasks.carry_out_erasure(str(company.controller.pk), str(message))
    for erasure in both:
        assert len(certificates(company, erasure)) == 1
        assert [step for _, _, step in markers(company, erasure)].count("keys") == 1
    assert said_about(company, Action.KEY_DESTROYED) == 2
    assert said_about(company, Action.SUBJECT_ERASED) == 2
    assert living(company, anna) == living(company, berta) == {"fiscal", "request", "audit"}
    assert (rows_by_sql(company, control, derived=True), living(company, control)) == before


def test_the_supervisor_takes_up_what_is_due_and_nothing_else(company: Company, anna: UUID) -> None:
    controller = company.controller.pk
    erasure = approved(company)
    assert saga.due(controller, now=NOW) == [erasure.pk]  # approved, and no message came
    saga._take(erasure.pk, controller, NOW)  # a worker that dies at once
    assert saga.due(controller, now=NOW + timedelta(minutes=9)) == []
    assert saga.due(controller, now=LATER) == [erasure.pk]
    assert begun(company, erasure.pk, now=LATER).reason == "log"
    assert saga.due(controller, now=LATER + timedelta(seconds=30)) == [erasure.pk]
    assert carried_out(company, erasure.pk, now=LATER).state == "certified"
    assert saga.due(controller, now=LATER + timedelta(hours=23)) == []
    assert saga.due(controller, now=LATER + timedelta(hours=25)) == [erasure.pk]  # the keys' bytes
    assert tasks.carry_out_all_erasures() == 1


def test_workers_that_die_again_and_again_are_shown_to_people(company: Company, anna: UUID) -> None:
    erasure, now = approved(company), NOW
    for _ in range(5):
        saga._take(erasure.pk, company.controller.pk, now)
        now += timedelta(minutes=11)
    stuck = begun(company, erasure.pk, now=now)
    assert (stuck.state, stuck.reason, stuck.not_before) == ("partial", "stalled", None)
    assert saga.due(company.controller.pk, now=now + timedelta(days=9)) == []
    assert carried_out(company, erasure.pk, now=now).state == "certified"  # by hand


def test_an_error_of_ours_gives_the_lease_back(
    company: Company, anna: UUID, superuser: psycopg.Connection[Any]
) -> None:
    erasure = approved(company)
    superuser.execute(
        """
        CREATE FUNCTION public.broken() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'broken'; END $$;
        CREATE TRIGGER broken BEFORE INSERT ON registry_suppression
            FOR EACH ROW EXECUTE FUNCTION public.broken();
        """
    )
    now = NOW
    for attempt in range(5):  # in the first, the person was frozen: something went forward
        with pytest.raises(DatabaseError):
            begun(company, erasure.pk, now=now)
        left = _row(company, erasure.pk)
        assert (left.lease_until, left.attempts) == (None, attempt)
        now += timedelta(minutes=1)
    superuser.execute("DROP TRIGGER broken ON registry_suppression")
    assert carried_out(company, erasure.pk, now=now).state == "certified"


def _row(company: Company, erasure: UUID) -> Erasure:
    with gate.duty(company.actor(Role.DPO), Duty.ERASING, reference=erasure, now=NOW) as access:
        return erasure_right.get(access, erasure)


def test_a_server_that_fails_uses_up_no_attempt(
    company: Company, anna: UUID, superuser: psycopg.Connection[Any]
) -> None:
    erasure = approved(company)
    superuser.execute(
        """
        CREATE FUNCTION public.down() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'going down' USING ERRCODE = '57P01'; END $$;
        CREATE TRIGGER down BEFORE DELETE ON crm_contact
            FOR EACH ROW EXECUTE FUNCTION public.down();
        """
    )
    for minutes in range(7):
        waits = begun(company, erasure.pk, now=NOW + timedelta(minutes=minutes))
        assert (waits.state, waits.reason, waits.attempts) == ("waiting", "server", 0)
    superuser.execute("DROP TRIGGER down ON crm_contact")
    assert carried_out(company, erasure.pk, now=LATER).state == "certified"


def test_a_row_that_can_not_be_deleted_is_shown_and_nothing_is_certified(
    company: Company, anna: UUID, superuser: psycopg.Connection[Any]
) -> None:
    erasure = approved(company)
    superuser.execute(
        """
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'broken'; END $$;
        CREATE TRIGGER refuse BEFORE DELETE ON crm_contact
            FOR EACH ROW EXECUTE FUNCTION public.refuse();
        """
    )
    now = NOW
    for _ in range(6):
        left = carried_out(company, erasure.pk, now=now)
        assert (left.state, left.reason) == ("partial", "plan_differs")
        assert left.difference["crm_contact"] == 1
        assert "ordinary" in living(company, anna)
        if left.not_before is None:
            break
        now = left.not_before
    assert left.not_before is None, "it is not tried for ever"
    assert certificates(company, erasure.pk) == []
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW), override("en"):
        due = worklist.collect(company.staff[Role.DPO], now=NOW)
        page = shown(Erasure.objects.get(pk=erasure.pk))
    (told,) = [item for item in due if item.kind == "Erasure"]
    assert (
        told.detail == page.reason == "Something is there that should be gone, or nobody approved."
    )
    assert ("Master data", 1) in page.difference
    superuser.execute("DROP TRIGGER refuse ON crm_contact")
    assert carried_out(company, erasure.pk, now=now).state == "certified"
    (issued,) = certificates(company, erasure.pk)
    erased = {r["title_en"]: r["count"] for r in issued["records"] if r["result"] == "erased"}
    assert erased["Master data"] == 1  # told once, whichever pass it went in
    assert erased["Contact details"] == 1


def test_of_many_rows_each_table_goes_in_a_step_of_its_own(company: Company, anna: UUID) -> None:
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=anna, now=NOW
    ) as access:
        for _ in range(steps.TOGETHER):
            crm.record_interaction(
                access, subject=anna, channel=Channel.EMAIL, direction="in", occurred_at=NOW,
                topic="Domanda", body="Dove si trova il pacco?",
            )  # fmt: skip
    ended = carried_out(company, approved(company).pk)
    assert ended.state == "certified"
    tables = {step for _, _, step in markers(company, ended.pk) if step.startswith("rows")}
    assert {"rows:crm_contact", "rows:crm_interaction"} <= tables
    assert "rows" not in tables
    ((store,),) = [body["stores"] for body in certificates(company, ended.pk)]
    assert store["number"] > steps.TOGETHER


def test_rows_nobody_approved_wait_for_an_approval(company: Company, anna: UUID) -> None:
    erasure = approved(company)
    an_interaction(company, anna, body="scritto nel frattempo")
    with pytest.raises(PlanStaleError):
        begun(company, erasure.pk)
    waiting = _row(company, erasure.pk)
    assert (waiting.state, waiting.not_before, waiting.approval) == ("planned", None, None)
    assert saga.due(company.controller.pk, now=LATER) == []
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=anna, now=NOW):
        assert DataSubject.objects.get(pk=anna).status == "active"
    again = erasure_right.approve(
        erasure.pk, company.actor(Role.DPO), shown=waiting.plan_hash, now=NOW
    )
    assert again.pass_no == 2
    assert carried_out(company, erasure.pk).state == "certified"


def test_a_second_approval_is_somebody_elses_and_comes_before_the_keys(
    company: Company, anna: UUID
) -> None:
    first = company.actor(Role.DPO)
    second = operations.hire(
        controller=company.controller, username="acme-dpo-2", role=Role.DPO, password=None, now=NOW
    ).actor()
    erasure = approved(company)
    for by, seen, error in (
        (first, erasure.plan_hash, ApproverError),
        (company.actor(Role.AGENT), erasure.plan_hash, ApproverError),
        (second, "0" * 64, PlanStaleError),
    ):
        with pytest.raises(error):
            erasure_right.approve_again(erasure.pk, by, shown=seen, now=NOW)
    both = erasure_right.approve_again(erasure.pk, second, shown=erasure.plan_hash, now=NOW)
    assert both.second_approval not in {None, both.approval}
    assert steps.approvals(both) == [both.approval, both.second_approval]
    assert said_about(company, Action.ERASURE_APPROVED) == 2
    assert carried_out(company, erasure.pk).state == "certified"
    with pytest.raises(ErasureStateError):
        erasure_right.approve_again(erasure.pk, second, shown=erasure.plan_hash, now=NOW)


def test_markers_and_certificates_are_not_changed_and_go_with_their_erasure(
    company: Company, anna: UUID
) -> None:
    erasure = approved(company)
    assert carried_out(company, erasure.pk).state == "certified"
    for table in ("dsar_erasurestep", "dsar_certificate"):
        for sql in (f"UPDATE {table} SET round = 9", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError, match="is not changed"):
                _as_application(company, sql)
    _as_application(company, "DELETE FROM dsar_erasure")
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW), connection.cursor() as sql:
        sql.execute("SELECT count(*) FROM dsar_erasurestep, dsar_certificate")
        assert sql.fetchone() == (0,)


def _as_application(company: Company, sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('custode.controller', %s, true),"
            " set_config('custode.duty', 'erasing', true)",
            [str(company.controller.pk)],
        )
        cursor.execute(sql)


def test_an_approved_erasure_of_a_closed_request_is_not_begun(company: Company, anna: UUID) -> None:
    from dsar import requests
    from dsar.errors import RequestStateError

    erasure = approved(company)
    requests.refuse(
        erasure.request_id, ground="legal_claims", reasons="A lawsuit.",
        by=company.actor(Role.DPO), now=NOW,
    )  # fmt: skip
    with pytest.raises(RequestStateError):
        begun(company, erasure.pk)
    assert rows_by_sql(company, anna)["crm.Contact"]
