"""Who may connect where, and what the roles are, on a real server."""

from typing import Any

import psycopg
import pytest

from governance import provision
from governance.embedded.state import environment
from tests.embedded.conftest import Running


@pytest.fixture(scope="module")
def urls(running: Running) -> dict[str, str]:
    with running.cluster.connect() as superuser:
        provision.provision(superuser, running.state.secrets)
        provision.provision(superuser, running.state.secrets)  # as often as one likes
    return environment(running.state)


def _one(url: str, query: str) -> Any:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone()


def test_each_url_opens_its_database_as_its_role(urls: dict[str, str]) -> None:
    query = "SELECT current_user, current_database()"
    assert {name: _one(url, query) for name, url in urls.items() if "postgresql:" in url} == {
        "DATABASE_URL": ("custode_app", "custode"),
        "DATABASE_OWNER_URL": ("custode_owner", "custode"),
        "DATABASE_PORTAL_URL": ("custode_portal", "custode"),
        "DATABASE_CASE_URL": ("custode_case", "custode"),
        "DATABASE_AUDITOR_URL": ("custode_auditor", "custode"),
        "DATABASE_BACKUP_URL": ("custode_backup", "custode"),
        "DATABASE_SEQUENCER_URL": ("custode_sequencer", "custode"),
        "DATABASE_SIGNER_URL": ("custode_signer", "custode"),
        "KEYSTORE_URL": ("custode_keys", "custode_keys"),
        "KEYSTORE_OWNER_URL": ("custode_keys_owner", "custode_keys"),
        "KEYSTORE_WITNESS_URL": ("custode_keys_witness", "custode_keys"),
    }


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_BACKUP_URL"])
def test_no_role_of_the_main_database_enters_the_keystore(urls: dict[str, str], name: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(urls[name], dbname="custode_keys")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(urls["KEYSTORE_URL"], dbname="custode")


def test_no_role_can_raise_itself(server: Running, urls: dict[str, str]) -> None:
    with server.cluster.connect() as superuser:
        rows = superuser.execute(
            "SELECT rolname, rolcanlogin, rolinherit, rolbypassrls FROM pg_roles "
            "WHERE rolname ^@ 'custode_' AND NOT (rolsuper OR rolcreaterole OR rolcreatedb "
            "OR rolreplication) ORDER BY 1"
        ).fetchall()
    assert rows == [
        ("custode_app", True, False, False),
        ("custode_auditor", True, False, False),
        ("custode_backup", True, True, True),
        ("custode_case", True, False, False),
        ("custode_keys", True, False, False),
        ("custode_keys_owner", True, False, False),
        ("custode_keys_witness", True, False, False),
        ("custode_owner", True, False, False),
        ("custode_portal", True, False, False),
        ("custode_sequencer", True, False, False),
        ("custode_signer", True, False, False),
    ]


def test_only_the_owner_makes_tables(urls: dict[str, str]) -> None:
    for name in ("DATABASE_URL", "DATABASE_PORTAL_URL", "KEYSTORE_URL"):
        with (
            psycopg.connect(urls[name]) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("CREATE TABLE t (n int)")
    with psycopg.connect(urls["DATABASE_OWNER_URL"]) as owner:
        owner.execute("CREATE TABLE t (n int)")
        owner.rollback()


def test_a_backup_reads_past_row_security_and_writes_nothing(urls: dict[str, str]) -> None:
    with psycopg.connect(urls["DATABASE_OWNER_URL"]) as owner:
        owner.execute("CREATE TABLE closed AS SELECT 1 AS n")
        owner.execute("ALTER TABLE closed ENABLE ROW LEVEL SECURITY")
        owner.execute("ALTER TABLE closed FORCE ROW LEVEL SECURITY")
        assert owner.execute("SELECT count(*) FROM closed").fetchone() == (0,)
    try:
        assert _one(urls["DATABASE_BACKUP_URL"], "SELECT count(*) FROM closed") == (1,)
        with psycopg.connect(urls["DATABASE_BACKUP_URL"]) as backup:
            backup.execute("SET TRANSACTION READ WRITE")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                backup.execute("INSERT INTO closed VALUES (2)")
    finally:
        with psycopg.connect(urls["DATABASE_OWNER_URL"]) as owner:
            owner.execute("DROP TABLE closed")


def test_limits_are_set_for_each_role(urls: dict[str, str]) -> None:
    query = "SELECT current_setting('statement_timeout'), current_setting('lock_timeout')"
    assert _one(urls["DATABASE_URL"], query) == ("2min", "30s")
    assert _one(urls["DATABASE_PORTAL_URL"], query) == ("10s", "5s")
    read_only = "SELECT current_setting('default_transaction_read_only')"
    assert _one(urls["DATABASE_AUDITOR_URL"], read_only) == ("on",)
    assert _one(urls["DATABASE_URL"], read_only) == ("off",)


def test_copies_of_a_template_are_closed_too(server: Running, urls: dict[str, str]) -> None:
    template = provision.Names.of("custode")
    copy = provision.Names.of("custode", "copy")
    with server.cluster.connect() as superuser:
        provision.make_databases(superuser, copy, template=template)
        try:
            assert _one(urls["DATABASE_URL"].replace("/custode?", "/custode_copy?"), "SELECT 1")
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(urls["DATABASE_URL"], dbname="custode_keys_copy")
        finally:
            provision.drop_databases(superuser, copy)
        gone = superuser.execute("SELECT 1 FROM pg_database WHERE datname ^@ 'custode_copy'")
        assert gone.fetchone() is None
