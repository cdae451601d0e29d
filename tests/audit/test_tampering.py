"""What somebody with every privilege does to the log is found and named."""

import psycopg
import pytest
from django.core.management import call_command

from audit.verify import verify
from governance.policy.vocabulary import Operation, Role
from registry.gate import opening as gate
from tests.builders import NOW, a_company, a_person

TAMPERING = {
    "entry_changed": "ALTER TABLE audit.entry DROP CONSTRAINT entry_check;"
    " UPDATE audit.entry SET entry = entry || ' ' WHERE id = '{id}'",
    "form_changed": "UPDATE audit.entry SET entry = replace_bytes(entry), leaf_hash ="
    " sha256('\\x00'::bytea || replace_bytes(entry)) WHERE id = '{id}';"
    " UPDATE audit.queue AS q SET leaf_hash = e.leaf_hash FROM audit.entry AS e WHERE e.id = q.id",
    "columns_changed": "UPDATE audit.entry SET action = 'data.searched' WHERE id = '{id}'",
    "members_changed": "DELETE FROM audit.access_member WHERE entry_id = '{id}'",
}
HELPER = (
    "CREATE FUNCTION replace_bytes(b bytea) RETURNS bytea LANGUAGE sql AS"
    " $$ SELECT convert_to(replace(convert_from(b, 'UTF8'), '\"v\":2', '\"v\": 2'), 'UTF8') $$"
)


@pytest.mark.parametrize("kind", sorted(TAMPERING))
def test_what_a_superuser_changes_is_found_and_named(
    fresh_database: None, superuser: psycopg.Connection, kind: str
) -> None:
    company = a_company()
    anna = a_person(company, orders=[NOW.date()])
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.READ, subjects=anna, now=NOW
    ) as access:
        access.members.add(anna)
    assert verify().fault is None
    superuser.execute(HELPER)
    superuser.execute("SET session_replication_role = replica")
    for table in ("audit.entry", "audit.access_member"):
        superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    superuser.execute(
        "DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT inhrelid::regclass FROM pg_inherits"
        " WHERE inhparent = 'audit.entry'::regclass LOOP EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', t);"
        " END LOOP; END $$"
    )
    (entry_id,) = superuser.execute(
        "SELECT id FROM audit.entry WHERE action = 'data.read'"
    ).fetchone()
    superuser.execute(TAMPERING[kind].format(id=entry_id))
    found = verify().fault
    assert found is not None
    assert (found.entry, found.kind) == (entry_id, kind)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit_log", "--database-only")
    assert ended.value.code == 1


def test_triggers_refuse_even_the_replication_role(
    fresh_database: None, superuser: psycopg.Connection
) -> None:
    a_company()
    superuser.execute("SET session_replication_role = replica")
    for statement in (
        "UPDATE audit.entry SET action = 'x'",
        "DELETE FROM audit.entry",
        "TRUNCATE audit.entry",
        "DELETE FROM audit.access_member",
    ):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"),
            superuser.transaction(),
        ):
            superuser.execute(statement)
