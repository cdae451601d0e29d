"""The roles and databases of an installation, made by a superuser, as often as one likes.

    custode_owner       owns the tables, migrates; never serves a request
    custode_app         the application, under row-level security
    custode_portal      the public pages: inserts what people send, and nothing else
    custode_case        the public pages: calls functions that take the hash of a token
    custode_auditor     reads the audit log, writes nothing
    custode_backup      reads everything, past row-level security, writes nothing
    custode_sequencer   orders the leaves of the audit log
    custode_signer      signs its checkpoints
    custode_keys_owner  owns the keystore's tables
    custode_keys        the application's way into the keystore
    custode_keys_witness  tells the keystore what the signer signed, and nothing else

The keystore is a database of its own. No role of the main database can connect to it, not even
the one for backups: a backup that held the keys could bring an erased person back.

What each role may do with each table is not said here but by `manage.py prepare`, after the
migrations. Limits such as `statement_timeout` are defaults of a role, against mistakes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from psycopg import Connection, sql
from psycopg.conninfo import make_conninfo

PREFIX = "custode"


@dataclass(frozen=True)
class Role:
    """A role of the database server: its attributes and its session defaults."""

    name: str
    attributes: str
    defaults: Mapping[str, str]


_PLAIN = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
_LOGIN = f"LOGIN NOINHERIT NOBYPASSRLS {_PLAIN}"

ROLES = (
    Role("custode_owner", _LOGIN, {"lock_timeout": "15s"}),
    Role(
        "custode_app",
        _LOGIN,
        {
            "statement_timeout": "120s",
            "lock_timeout": "30s",
            "idle_in_transaction_session_timeout": "10min",
        },
    ),
    Role(
        "custode_portal",
        _LOGIN,
        {
            "statement_timeout": "10s",
            "lock_timeout": "5s",
            "idle_in_transaction_session_timeout": "30s",
        },
    ),
    Role(
        "custode_case",
        _LOGIN,
        {
            "statement_timeout": "10s",
            "lock_timeout": "5s",
            "idle_in_transaction_session_timeout": "30s",
        },
    ),
    Role(
        "custode_auditor",
        _LOGIN,
        {"default_transaction_read_only": "on", "statement_timeout": "5min"},
    ),
    # INHERIT: its one membership, pg_read_all_data, has to work without SET ROLE in pg_dump.
    Role(
        "custode_backup",
        f"LOGIN INHERIT BYPASSRLS {_PLAIN}",
        {"default_transaction_read_only": "on"},
    ),
    Role("custode_sequencer", _LOGIN, {"lock_timeout": "5s", "statement_timeout": "60s"}),
    Role("custode_signer", _LOGIN, {"lock_timeout": "5s", "statement_timeout": "60s"}),
    Role("custode_keys_owner", _LOGIN, {"lock_timeout": "15s"}),
    Role(
        "custode_keys",
        _LOGIN,
        {
            "statement_timeout": "30s",
            "lock_timeout": "10s",
            "idle_in_transaction_session_timeout": "10min",
        },
    ),
    Role("custode_keys_witness", _LOGIN, {"lock_timeout": "2s", "statement_timeout": "5s"}),
)
LOGIN_ROLES = tuple(role.name for role in ROLES if role.attributes.startswith("LOGIN"))


@dataclass(frozen=True)
class Names:
    """The names of the two databases of one installation."""

    main: str
    keys: str

    @classmethod
    def of(cls, prefix: str, suffix: str = "") -> Self:
        """Return `prefix` and `prefix_keys`, each with `_suffix` if one is given."""
        end = f"_{suffix}" if suffix else ""
        return cls(f"{prefix}{end}", f"{prefix}_keys{end}")

    def database_of(self, role: str) -> str:
        """Return the database that a role works in."""
        return self.keys if role.startswith("custode_keys") else self.main


@dataclass(frozen=True)
class _Database:
    name: str
    owner: str
    users: tuple[str, ...]


def provision(
    superuser: Connection[Any],
    passwords: Mapping[str, str],
    *,
    names: Names | None = None,
) -> None:
    """Make roles and databases, or bring those that exist to what is said here.

    Parameters
    ----------
    superuser : autocommit connection to any database of the server, as a superuser
    passwords : by role; a role without one keeps what it has (peer, certificate, vault)
    names : of the databases; `custode` and `custode_keys` unless given
    """
    make_roles(superuser, passwords)
    make_databases(superuser, names or Names.of(PREFIX))


def make_roles(superuser: Connection[Any], passwords: Mapping[str, str]) -> None:
    """Make the roles that are missing, and set the attributes, defaults and passwords of all."""
    for role in ROLES:
        name = sql.Identifier(role.name)
        if not _exists(superuser, "SELECT 1 FROM pg_roles WHERE rolname = %s", role.name):
            superuser.execute(sql.SQL("CREATE ROLE {}").format(name))
        statement = sql.SQL("ALTER ROLE {} WITH ").format(name) + sql.SQL(role.attributes)
        if password := passwords.get(role.name):
            statement += sql.SQL(" PASSWORD {}").format(_verifier(superuser, role.name, password))
        superuser.execute(statement)
        superuser.execute(sql.SQL("ALTER ROLE {} RESET ALL").format(name))
        for setting, value in role.defaults.items():
            superuser.execute(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(
                    name, sql.Identifier(setting), sql.Literal(value)
                )
            )
    superuser.execute("GRANT pg_read_all_data TO custode_backup")


def make_databases(
    superuser: Connection[Any], names: Names, *, template: Names | None = None
) -> None:
    """Make the databases that are missing, and close both to everybody not named here.

    Parameters
    ----------
    template : databases to copy, with their tables; empty ones are made without it
    """
    for database, source in zip(
        _databases(names), _databases(template or Names("template0", "template0")), strict=True
    ):
        name, owner = sql.Identifier(database.name), sql.Identifier(database.owner)
        if not _exists(superuser, "SELECT 1 FROM pg_database WHERE datname = %s", database.name):
            superuser.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    name, owner, sql.Identifier(source.name)
                )
            )
        superuser.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner))
        superuser.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        superuser.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, _list(database.users))
        )
        if template is None:  # a copy brings its schema with it
            _close_schema(superuser, database)


def drop_databases(superuser: Connection[Any], names: Names) -> None:
    """Drop both databases and whoever is connected to them, for tests."""
    for database in _databases(names):
        superuser.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database.name))
        )


def _databases(names: Names) -> tuple[_Database, _Database]:
    users = ("custode_app", "custode_portal", "custode_case", "custode_auditor", "custode_backup")
    return (
        _Database(names.main, "custode_owner", (*users, "custode_sequencer", "custode_signer")),
        _Database(names.keys, "custode_keys_owner", ("custode_keys", "custode_keys_witness")),
    )


def _close_schema(superuser: Connection[Any], database: _Database) -> None:
    """Let only the owner make things in the schema `public`, and only the users look into it."""
    info = superuser.info
    there = make_conninfo(info.dsn, password=info.password, dbname=database.name)
    with type(superuser).connect(there, autocommit=True) as connection:
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.execute(
            sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(database.owner))
        )
        connection.execute(
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(_list(database.users))
        )


def _verifier(superuser: Connection[Any], role: str, password: str) -> sql.Literal:
    """Return the SCRAM verifier of a password, so that the server never sees the password."""
    scrambled = superuser.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    )
    return sql.Literal(scrambled.decode())


def _exists(superuser: Connection[Any], query: str, name: str) -> bool:
    return superuser.execute(query, [name]).fetchone() is not None


def _list(roles: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(role) for role in roles)
