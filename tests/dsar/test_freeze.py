"""Nobody writes about a person who is being erased (docs/spec/erasure.md, section 4)."""

import threading
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from crm.models import Contact
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Duty, Role, SubjectStatus
from registry import isolation
from registry.gate import opening as gate
from registry.models import DataSubject
from tests.audit.sealing import connection_of
from tests.builders import NOW, Company, a_company, a_person

TOKEN = (
    "INSERT INTO registry_searchtoken (id, controller_id, subject_id, kind, token, row)"
    " SELECT gen_random_uuid(), %s, id, 'email', uuid_send(gen_random_uuid()), coalesce("
    "(SELECT min(c.id::text)::uuid FROM crm_contact AS c WHERE c.subject_id = s.id), s.id)"
    " FROM registry_datasubject AS s WHERE s.id = %s"
)
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
