"""A database that nobody vouched for gives out nothing and takes nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, connections

from audit.errors import GateLockedError
from audit.signer import RefusedError, Signer
from audit.signing import Folder
from crm.models import Contact
from governance.crypto.ids import uuid7
from governance.policy.vocabulary import Operation, Role
from registry import vouching
from registry.datamap import data_map
from registry.gate import opening as gate
from tests.audit.sealing import connection_of
from tests.builders import NOW, a_company, a_person
from tests.databases import Run

LATER = "UPDATE custode.witness SET started_at = started_at - interval '1 minute'"
OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
ISOLATED = sorted(holding.table for holding in data_map().isolated())


@pytest.fixture
def restarted(fresh_database: None, superuser: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """The database after a start of the server, as far as it knows."""
    superuser.execute(LATER)
    return superuser


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[Signer]:
    with connection_of("custode_signer") as connected:
        yield Signer(Folder(tmp_path / "signer"), connected, name="custode.test")


def why(superuser: psycopg.Connection[Any]) -> str:
    return superuser.execute("SELECT custode.locked_because()").fetchone()[0]


@pytest.mark.parametrize("role", ["custode_app", "custode_portal", "custode_auditor"])
def test_every_query_of_a_service_on_an_isolated_table_raises(
    restarted: psycopg.Connection[Any], role: str
) -> None:
    with connection_of("custode_owner") as owner:  # what `prepare` gives to the application alone
        for table in ISOLATED:
            owner.execute(f"GRANT SELECT ON {table} TO {role}")
        owner.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    told = []
    with connection_of(role) as service:
        service.execute("SELECT set_config('custode.controller', gen_random_uuid()::text, false)")
        for table in ISOLATED:
            with pytest.raises(psycopg.DatabaseError) as refused:
                service.execute(f"SELECT 1 FROM {table} LIMIT 0")
            told.append(refused.value.sqlstate)
        assert service.execute("SELECT count(*) FROM pg_class").fetchone()
    assert set(told) == {"CU010"}
    assert len(told) == len(ISOLATED) > 10


def test_owner_and_backup_read_all_the_same(restarted: psycopg.Connection[Any]) -> None:
    with connection_of("custode_owner") as owner:
        owner.execute("SELECT set_config('custode.controller', gen_random_uuid()::text, false)")
        assert owner.execute("SELECT count(*) FROM registry_datasubject").fetchone() == (0,)
    with psycopg.connect(Run.current.variables()["DATABASE_BACKUP_URL"]) as backup:
        (staff,) = backup.execute("SELECT count(*) FROM registry_datasubject").fetchone()
    assert staff > 0


def test_no_access_opens_and_the_error_says_what_to_do(
    fresh_database: None, superuser: psycopg.Connection[Any]
) -> None:
    company = a_company()
    anna, agent = a_person(company, orders=[NOW.date()]), company.actor(Role.AGENT)
    before = superuser.execute("SELECT count(*) FROM audit.entry").fetchone()
    superuser.execute(LATER)
    with pytest.raises(GateLockedError) as refused:
        with gate.open(agent, "order_management", Operation.READ, subjects=anna, now=NOW):
            pass
    assert (refused.value.code, refused.value.status) == ("gate_locked", 503)
    assert "reconcile_restore" in str(refused.value.advice)
    with pytest.raises(DatabaseError, match="gate locked: started"):
        with connection.cursor() as cursor:
            said = BODY % str(uuid7()).encode()
            cursor.execute("SELECT audit.append(%s)", [said])
    assert superuser.execute("SELECT count(*) FROM audit.entry").fetchone() == before
    superuser.execute("SELECT custode.adopt()")
    with gate.open(agent, "order_management", Operation.READ, subjects=anna, now=NOW) as access:
        assert [row.subject_id for row in access.rows(Contact)] == [anna]


BODY = (
    b'{"act":"page.viewed","actor":{"k":"system","role":"system"},'
    b'"id":"%s","outcome":"done","purpose":"access_logging","v":2}'
)


def test_after_a_start_the_signer_opens_by_itself(
    restarted: psycopg.Connection[Any], signer: Signer
) -> None:
    assert why(restarted) == "started"
    signer.tick(datetime.now(UTC))
    assert why(restarted) == ""


def test_the_signer_does_not_open_a_log_that_is_behind_its_own(
    restarted: psycopg.Connection[Any], signer: Signer
) -> None:
    signer.state = signer.state.moved(size=5, root=bytes(32))
    with pytest.raises(RefusedError, match="the log has 0 leaves and had 5"):
        signer.tick(datetime.now(UTC))
    assert why(restarted) == "started"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("database = 1", "copied"),
        ("relation = 1", "copied"),
        ("pending = 'recovered'", "recovered"),
    ],
)
def test_the_signer_does_not_open_what_was_restored(
    restarted: psycopg.Connection[Any], signer: Signer, change: str, word: str
) -> None:
    restarted.execute(f"UPDATE custode.witness SET {change}")
    signer.tick(datetime.now(UTC))
    assert why(restarted) == word
    with connection_of("custode_owner") as owner:
        owner.execute("SELECT custode.adopt()")
    assert why(restarted) == ""


@pytest.mark.parametrize("role", ["custode_app", "custode_portal", "custode_auditor"])
def test_no_service_opens_it(restarted: psycopg.Connection[Any], role: str) -> None:
    restarted.execute(f"GRANT USAGE ON SCHEMA custode TO {role}")
    with connection_of(role) as service:
        service.execute("SET default_transaction_read_only = off")
        for call in ("vouch", "adopt"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                service.execute(f"SELECT custode.{call}()")
    assert why(restarted) == "started"


def test_a_copy_of_the_database_is_locked_and_every_table_has_the_lock(
    fresh_database: None, superuser: psycopg.Connection[Any]
) -> None:
    assert vouching.locked_tables() == set(ISOLATED)
    name = Run.current.names.main
    with Run.current.server.connect() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}_copy" WITH (FORCE)')
        superuser.close()
        connections.close_all()
        server.execute(OTHERS, [name])  # what an earlier test left open
        server.execute(f'CREATE DATABASE "{name}_copy" TEMPLATE "{name}"')
        with Run.current.server.connect(f"{name}_copy") as copied:
            assert why(copied) == "copied"
        server.execute(f'DROP DATABASE "{name}_copy"')
