"""Nobody writes about a person who is being erased (docs/spec/erasure.md, section 4)."""

import random
import threading
import time
from collections import Counter
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction

from audit.models import Entry
from crm import operations as crm
from crm.models import Contact, ContactPoint
from dsar import erasure_right
from dsar.errors import PlanStaleError
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Channel, Duty, Operation, Right, Role, SubjectStatus
from registry import isolation
from registry.gate import opening as gate
from registry.models import DataSubject
from tests.audit.sealing import connection_of
from tests.builders import NOW, Company, a_company, a_person
from tests.dsar import acts, erasing

TOKEN = (
    "INSERT INTO registry_searchtoken (id, controller_id, subject_id, kind, token, row)"
    " SELECT gen_random_uuid(), %s, id, 'email', uuid_send(gen_random_uuid()), coalesce("
    "(SELECT min(c.id::text)::uuid FROM crm_contact AS c WHERE c.subject_id = s.id), s.id)"
    " FROM registry_datasubject AS s WHERE s.id = %s"
)
REFUSED = ("subject_erased", "CU011")
WRITERS, WRITERS_LONG = 12, 64
IN_FLIGHT = threading.Semaphore(40)  # each takes two connections, of which a server has 100
PATIENCE = 120  # seconds in which every writer has to be refused


def frozen(company: Company, subject: UUID, status: SubjectStatus) -> None:
    with gate.duty(company.actor(Role.DPO), Duty.ERASING, reference=subject, now=NOW):
        DataSubject.objects.filter(pk=subject).update(status=status)


def in_raw_sql(company: Company, sql: str, parameters: list[Any]) -> None:
    """As the application's role, with the controller open and nothing else said."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('custode.controller', %s, true),"
            " set_config('custode.duty', '', true)",
            [str(company.controller.pk)],
        )
        cursor.execute(sql, parameters)


@pytest.mark.parametrize("status", [SubjectStatus.ERASING, SubjectStatus.ERASED])
def test_the_database_refuses_who_passes_by_the_gate(
    company: Company, status: SubjectStatus
) -> None:
    anna, berta = a_person(company), a_person(company, given="Berta")
    frozen(company, anna, status)
    controller = company.controller.pk
    for sql, parameters in (
        (TOKEN, [controller, anna]),
        ("UPDATE crm_contact SET collected_at = now() WHERE subject_id = %s", [anna]),
        ("UPDATE crm_contactpoint SET subject_id = %s WHERE subject_id = %s", [anna, berta]),
        ("UPDATE crm_contactpoint SET subject_id = %s WHERE subject_id = %s", [berta, anna]),
        ("UPDATE crm_contact SET collected_at = now()", []),
        ("UPDATE registry_datasubject SET status = 'active' WHERE id = %s", [anna]),
    ):
        with pytest.raises(DatabaseError) as error:
            in_raw_sql(company, sql, parameters)
        assert getattr(error.value.__cause__, "sqlstate", "") == "CU011"
    in_raw_sql(company, TOKEN, [controller, berta])
    in_raw_sql(
        company, "UPDATE crm_contact SET collected_at = now() WHERE subject_id = %s", [berta]
    )


def test_every_table_about_people_is_guarded(superuser: psycopg.Connection[Any]) -> None:
    """Also for the replication role, and in tables that are to come: the data map names them."""
    enabled = superuser.execute(
        "SELECT c.relname, t.tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid"
        " WHERE t.tgname IN ('frozen_insert', 'frozen_update') AND t.tgenabled = 'A'"
    ).fetchall()
    tables = isolation.frozen_tables()
    assert len(tables) > 10
    assert set(enabled) == {
        (t, f"frozen_{event}") for t in tables for event in ("insert", "update")
    }


def test_a_duty_that_does_not_answer_or_erase_writes_nothing(company: Company) -> None:
    anna = a_person(company)
    frozen(company, anna, SubjectStatus.ERASED)
    with (
        pytest.raises(GovernanceError) as error,
        gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, subjects=anna, now=NOW) as access,
    ):
        (row,) = access.rows(Contact)
        row.language = "en"
        row.save()
    assert error.value.code == "subject_erased"


def test_a_writer_waits_for_an_erasure_that_has_not_committed(fresh_database: None) -> None:
    company = a_company()
    anna = a_person(company)
    outcome: list[str] = []

    def write() -> None:
        with connection_of("custode_app") as own, own.transaction():
            own.execute("SELECT set_config('custode.controller', %s, true)", [str(controller)])
            try:
                own.execute(TOKEN, [controller, anna])
                outcome.append("written")
            except psycopg.DatabaseError as error:
                outcome.append(error.sqlstate or "")

    controller = company.controller.pk
    writer = threading.Thread(target=write)
    with gate.duty(company.actor(Role.DPO), Duty.ERASING, reference=anna, now=NOW):
        person = DataSubject.objects.select_for_update().get(pk=anna)
        person.status = SubjectStatus.ERASING
        person.save(update_fields=["status"])
        writer.start()
        writer.join(0.5)
        assert outcome == [], "it waits"
    writer.join(PATIENCE)
    assert outcome == ["CU011"]


# Many writers


def _write(company: Company, subject: UUID, sequence: int) -> None:
    agent = company.actor(Role.AGENT)
    with gate.open(
        agent, "order_management", Operation.UPDATE, subjects=subject, now=NOW
    ) as access:
        crm.record_interaction(
            access, subject=subject, channel=Channel.PHONE, direction="out", occurred_at=NOW,
            topic="Richiamata", body=f"Numero {sequence}",
        )  # fmt: skip


def _add(company: Company, subject: UUID, sequence: int) -> None:
    agent = company.actor(Role.AGENT)
    with gate.open(
        agent, "order_management", Operation.UPDATE, subjects=subject, now=NOW
    ) as access:
        point = ContactPoint(
            controller_id=access.controller, subject_id=subject, kind="email", collected_at=NOW
        )  # fmt: skip
        point.email = f"anna.{sequence}@example.it"
        point.save()


def _change(company: Company, subject: UUID, sequence: int) -> None:
    agent = company.actor(Role.AGENT)
    with gate.open(
        agent, "order_management", Operation.UPDATE, subjects=subject, now=NOW
    ) as access:
        (contact,) = access.rows(Contact)
        crm.update_contact(contact, {"family_name": f"Bianchi-{sequence}"})


def _raw(company: Company, subject: UUID, _sequence: int) -> None:
    in_raw_sql(company, TOKEN, [company.controller.pk, subject])


def _until_refused(
    company: Company,
    subject: UUID,
    seed: int,
    *,
    pause: float,
    ended: Counter[str],
    written: Counter[str],
) -> None:
    chance, act = random.Random(seed), (_write, _add, _change, _raw)[seed % 4]
    deadline, code = time.monotonic() + PATIENCE, "never refused"
    try:
        while time.monotonic() < deadline:
            time.sleep(chance.uniform(0.5, 2.5) * pause)
            try:
                with IN_FLIGHT:
                    act(company, subject, chance.randrange(1000))
                written[act.__name__] += 1
            except (GovernanceError, DatabaseError) as error:
                code = getattr(error, "code", "") or getattr(error.__cause__, "sqlstate", "")
                break
            finally:
                connections.close_all()
    finally:
        ended[code] += 1
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


def test_writers_lose_the_race_against_an_erasure(fresh_database: None, is_long: bool) -> None:
    company = a_company()
    anna = a_person(company, orders=[NOW.date()])
    request = acts.ask_and_identify(company, Right.ERASURE, subject=anna)
    ended, written = Counter[str](), Counter[str]()
    count = WRITERS_LONG if is_long else WRITERS
    threads = [
        threading.Thread(
            target=_until_refused,
            args=(company, anna, seed),
            # All together write equally often: a plan is approved for what was there.
            kwargs={"pause": count / WRITERS, "ended": ended, "written": written},
        )
        for seed in range(count)
    ]
    for thread in threads:
        thread.start()
    time.sleep(3)  # they are in the middle of it
    state = _erase(company, request.pk)
    for thread in threads:
        thread.join(PATIENCE)
    assert written.total() > 0, "nobody wrote before the erasure"
    assert state == "certified", (state, ended, written)
    assert set(ended) <= set(REFUSED), ended
    assert ended.total() == count
    _require_gone(company, anna)
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        said = Entry.objects.filter(outcome__in=["refused", "failed"]).values_list(
            "entry", flat=True
        )
        recorded = sum(b'"reason":"subject_erased"' in bytes(entry) for entry in said)
    assert recorded == ended["subject_erased"]


def _require_gone(company: Company, subject: UUID) -> None:
    left = acts.rows_by_sql(company, subject, derived=True)
    kept = {"crm.Contact", "crm.ContactPoint", "crm.Interaction", "registry.SearchToken"}
    assert not kept & set(left), left
