"""What tests of sequencer and signer share: connections as their roles, and what they made."""

from contextlib import AbstractContextManager
from typing import Any

import psycopg

from tests.databases import Run

VARIABLES = {
    "custode_app": "DATABASE_URL",
    "custode_auditor": "DATABASE_AUDITOR_URL",
    "custode_portal": "DATABASE_PORTAL_URL",
    "custode_case": "DATABASE_CASE_URL",
    "custode_owner": "DATABASE_OWNER_URL",
    "custode_sequencer": "DATABASE_SEQUENCER_URL",
    "custode_signer": "DATABASE_SIGNER_URL",
    "custode_keys": "KEYSTORE_URL",
    "custode_keys_witness": "KEYSTORE_WITNESS_URL",
}


def url_of(role: str) -> str:
    """The URL of this test process's database of `role`."""
    return Run.current.variables()[VARIABLES[role]]


def connection_of(role: str) -> AbstractContextManager[psycopg.Connection[Any]]:
    """A connection of its own to this test process's database of `role`."""
    return psycopg.connect(url_of(role), autocommit=True)


def leaves_of(superuser: psycopg.Connection[Any]) -> list[bytes]:
    """The leaf hashes in the order of their places; the places must be 0, 1, 2 …"""
    rows = superuser.execute("SELECT seq, leaf_hash FROM audit.leaf ORDER BY seq").fetchall()
    assert [seq for seq, _ in rows] == list(range(len(rows)))
    return [bytes(leaf) for _, leaf in rows]


def entries(superuser: psycopg.Connection[Any]) -> int:
    """How many entries there are."""
    (count,) = superuser.execute("SELECT count(*) FROM audit.entry").fetchone()
    return int(count)
