"""Attacks that need a connection of their own: copies, cursors, plans, a log that is down."""

import threading
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction

from crm.models import Contact
from governance.policy.provisions import Parameter
from governance.policy.vocabulary import Operation, Role
from registry import provisions
from registry.gate import emergency
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.errors import EmergencyRefusedError
from tests.builders import NOW, Company, a_company, a_person
from tests.databases import Run

pytestmark = pytest.mark.usefixtures("fresh_database")


@pytest.fixture
def house(fresh_database: None) -> tuple[Company, UUID]:
    company = a_company()
    return company, a_person(company, orders=[date(2026, 1, 2)])


def reading(company: Company, subject: UUID):
    return gate.open(
        company.actor(Role.AGENT), "order_management", Operation.READ, subjects=subject, now=NOW
    )


def entries(superuser: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    return superuser.execute("SELECT action, outcome FROM audit.entry ORDER BY at, id").fetchall()


def run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_no_cursor_copy_or_plan_is_left_when_the_access_has_ended(
    house: tuple[Company, UUID], superuser: psycopg.Connection[Any]
) -> None:
    company, anna = house
    with reading(company, anna):
        run("PREPARE kept AS SELECT * FROM crm_contact")
        with connection.cursor() as cursor:
            cursor.execute("EXECUTE kept")
            assert len(cursor.fetchall()) == 1
    with pytest.raises(DatabaseError, match="gate closed"):
        run("EXECUTE kept")
    for copy in ("CREATE TEMP TABLE mine AS SELECT * FROM crm_contact",
                 "CREATE TABLE mine AS SELECT * FROM crm_contact",
                 "CREATE VIEW mine AS SELECT * FROM crm_contact"):  # fmt: skip
        with pytest.raises(DatabaseError, match="permission denied"), reading(company, anna):
            run(copy)
    # A cursor WITH HOLD is filled at COMMIT, when the gate is closed again: nothing is committed.
    before = entries(superuser)
    with pytest.raises(DatabaseError, match="gate closed"), reading(company, anna):
        run("DECLARE mine CURSOR WITH HOLD FOR SELECT * FROM crm_contact")
    assert entries(superuser) == [*before, ("data.read", "failed")]


def test_a_connection_that_dies_in_an_access_leaves_an_entry(
    house: tuple[Company, UUID], superuser: psycopg.Connection[Any]
) -> None:
    company, anna = house
    before = entries(superuser)
    with pytest.raises(DatabaseError), reading(company, anna) as access:
        assert access.rows(Contact).get().given_name == "Anna"
        backend = connection.connection.info.backend_pid
        superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        access.rows(Contact).count()
    assert entries(superuser) == [*before, ("data.read", "failed")]
    with reading(company, anna) as access:
        assert access.rows(Contact).get().given_name == "Anna"


def test_nothing_is_shown_while_the_log_is_down(
    house: tuple[Company, UUID], superuser: psycopg.Connection[Any]
) -> None:
    company, anna = house
    before, shown = entries(superuser), []
    superuser.execute("REVOKE EXECUTE ON FUNCTION audit.append(bytea, bytea[]) FROM custode_app")
    with pytest.raises(DatabaseError, match="permission denied"):
        with reading(company, anna) as access:
            found = access.rows(Contact).get().given_name
        shown.append(found)
    assert shown == []
    assert entries(superuser) == before


def test_one_controller_learns_nothing_of_another_by_errors_or_keys(
    house: tuple[Company, UUID],
) -> None:
    company, anna = house
    other = a_company("beta")
    bruno = a_person(other, given="Bruno", orders=[date(2026, 1, 2)])
    with reading(company, anna) as access, connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 / (total - 39.90)::int FROM crm_order WHERE subject_id <> %s", [anna]
        )
        assert cursor.fetchall() == []  # no division by nought tells of Bruno's total
        assert _is_refused(access, company, bruno)
        cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename LIKE 'crm_%%'")
        assert cursor.fetchone() == (0,)


def _is_refused(access: Access, company: Company, stranger: UUID) -> bool:
    row = Contact(controller=company.controller, subject_id=stranger)
    try:
        with transaction.atomic():
            row.save()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the same for who does not exist
        word = type(error).__name__
    unknown = Contact(controller=company.controller, subject_id=UUID(int=7))
    try:
        with transaction.atomic():
            unknown.save()
    except Exception as error:  # noqa: BLE001
        return type(error).__name__ == word
    return False


def test_two_windows_of_one_person_declare_one_emergency(house: tuple[Company, UUID]) -> None:
    company, anna = house
    provisions.enter(
        controller=company.controller, parameter=Parameter.EMERGENCY_ROLES, value="marketing",
        valid_from=NOW.date(), source="Delibera di prova", by=company.staff[Role.DPO], now=NOW,
    )  # fmt: skip
    both, outcomes = threading.Barrier(2), []

    def declare() -> None:
        both.wait(20)
        try:
            emergency.declare(
                by=company.staff[Role.MARKETING], who=anna, now=NOW,
                reason="Pacco pericoloso in consegna: va avvisata subito",
            )  # fmt: skip
            outcomes.append("opened")
        except EmergencyRefusedError as refused:
            outcomes.append(str(refused.details["because"]))
        finally:
            connections.close_all()

    windows = [threading.Thread(target=declare) for _ in range(2)]
    for window in windows:
        window.start()
    for window in windows:
        window.join(20)
    assert sorted(outcomes) == ["one_at_a_time", "opened"]


def test_neither_a_thread_nor_another_connection_comes_along(
    house: tuple[Company, UUID],
) -> None:
    company, anna = house
    refused: list[type] = []

    def read() -> None:
        try:
            list(Contact.objects.all())
        except DatabaseError as error:
            refused.append(type(error))
        finally:
            connections.close_all()

    with reading(company, anna) as access:
        thread = threading.Thread(target=read)
        thread.start()
        thread.join(20)
        assert len(refused) == 1
        assert access.rows(Contact).get().given_name == "Anna"
        for alias in set(connections) - {"default"}:
            with pytest.raises(DatabaseError):
                list(access.rows(Contact).using(alias))


@pytest.mark.parametrize(
    "statement",
    [
        "SET LOCAL row_security = off; SELECT * FROM crm_contact",
        "COPY crm_contact TO STDOUT",
        "EXPLAIN SELECT * FROM crm_contact",
        "SET ROLE custode_owner",
        "SET SESSION AUTHORIZATION custode_owner",
        "SET session_replication_role = replica",
        "ALTER TABLE crm_contact DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE crm_contact DISABLE TRIGGER ALL",
        "DROP POLICY gate ON crm_contact",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE EXTENSION dblink",
        "SELECT pg_read_file('/etc/hostname')",
        "UPDATE registry_provision SET value = ''",
        "SELECT * FROM audit.entry",
    ],
)
def test_the_role_of_the_application_gets_past_nothing(statement: str) -> None:
    url = Run.current.variables()["DATABASE_URL"]
    with psycopg.connect(url) as app, pytest.raises(psycopg.DatabaseError) as refused:
        app.execute(statement)  # type: ignore[arg-type]
    assert refused.value.sqlstate == "42501"
