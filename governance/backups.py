"""Dumps of the databases: a folder each, with a manifest that says what it is.

    <made at>-<id>/
        main.dump       pg_dump, custom format
        manifest.json   version, kind, id, made_at, head of the log, ledger, migrations, sha256

The folder gets its name when all of it is on disk. What is copied and what the manifest says of
it are one snapshot (docs/spec/erasure.md, section 9).
"""

import hashlib
import json
import os
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from governance.crypto.ids import uuid7
from governance.embedded import binaries

VERSION = 1
MANIFEST = "manifest.json"
INSTALLED = ("/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin")  # Debian's place, and Red Hat's
HEAD = "SELECT epoch, size, encode(root, 'hex') FROM audit.head"
MIGRATIONS = "SELECT app || '.' || max(name) FROM django_migrations GROUP BY app ORDER BY app"


class BackupError(RuntimeError):
    """Nothing was copied, or nothing restored; the text says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is.

    Attributes
    ----------
    kind : `main` or `keys`
    made_at : when its snapshot was taken, ISO 8601
    head : epoch, size and root of the log in it; empty for the keystore
    ledger : number of the newest line of the ledger by then
    sha256 : of the dump, hex
    """

    version: int
    kind: str
    id: str
    made_at: str
    head: tuple[int, int, str] | tuple[()]
    ledger: int
    migrations: tuple[str, ...]
    sha256: str


def dump(url: str, to: Path, *, kind: str, ledger: int, backup_id: UUID | None = None) -> Path:
    """Copy a database into a new folder below `to`, and return the folder.

    Arguments
    ---------
    url : of a role that reads everything; only the snapshot is taken by it

    Raises
    ------
    BackupError
        pg_dump failed; what it had written is removed
    """
    name, at = str(backup_id or uuid7()), datetime.now(UTC)
    folder = to / f"{at:%Y%m%dT%H%M%SZ}-{name}"
    half = folder.with_suffix(".half")
    half.mkdir(mode=0o700, parents=True)
    target = half / f"{kind}.dump"
    try:
        with psycopg.connect(url) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            (snapshot,) = _row(connection, "SELECT pg_export_snapshot()")
            head = _row(connection, HEAD) if kind == "main" else ()
            done = [name for (name,) in connection.execute(MIGRATIONS)]
            _run(url, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={target}")
        manifest = Manifest(
            VERSION, kind, name, at.isoformat(), head, ledger, tuple(done), _digest(target)
        )
        (half / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
        for path in (target, half / MANIFEST, half):
            _flush(path)
    except (OSError, psycopg.Error, BackupError) as error:
        remove(half)
        reason = str(error) if isinstance(error, BackupError) else type(error).__name__
        raise BackupError(reason) from error
    half.rename(folder)
    _flush(to)
    return folder


def read(folder: Path) -> Manifest:
    """Return what a backup is, after reading it whole.

    Raises
    ------
    BackupError
        it is damaged, or of another version
    """
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**said | {"head": tuple(said["head"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{folder / MANIFEST} can not be read"
        raise BackupError(msg) from error
    if manifest.version != VERSION:
        msg = f"the backup is of version {manifest.version}, and this release reads {VERSION}"
        raise BackupError(msg)
    if _digest(folder / f"{manifest.kind}.dump") != manifest.sha256:
        msg = "the dump is not what its manifest says: it is damaged"
        raise BackupError(msg)
    return manifest


def restore(url: str, folder: Path, *, kind: str) -> Manifest:
    """Fill an empty database from a backup.

    Arguments
    ---------
    url : of the owner of the database

    Raises
    ------
    BackupError
        the backup is damaged or of another database, or the database is not empty
    """
    manifest = read(folder)
    if manifest.kind != kind:
        msg = f"this is a backup of `{manifest.kind}`"
        raise BackupError(msg)
    with psycopg.connect(url) as connection:
        (number,) = _row(connection, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    if number:
        msg = "the database is not empty: make a new one"
        raise BackupError(msg)
    options = ("--exit-on-error", "--single-transaction", "--no-owner")
    _run(url, "pg_restore", *options, str(folder / f"{kind}.dump"))
    return manifest


def remove(folder: Path) -> None:
    """Overwrite the files of a backup and remove them."""
    for path in folder.glob("*"):
        size = path.stat().st_size
        with path.open("r+b") as file:
            for start in range(0, size, 1 << 20):
                file.write(bytes(min(1 << 20, size - start)))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    folder.rmdir()
    _flush(folder.parent)


def _run(url: str, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on a database; the password is no argument others can see."""
    parts: dict[str, Any] = conninfo_to_dict(url)
    password = str(parts.pop("password", ""))
    path = _program(url, program)
    argv = [str(path), f"--dbname={make_conninfo(**parts)}", "--no-password", *arguments]
    environ = {"PATH": os.defpath, "LC_ALL": "C", "PGPASSWORD": password}
    if library := os.environ.get("LD_LIBRARY_PATH"):
        environ["LD_LIBRARY_PATH"] = library
    try:
        done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
    except OSError as error:
        msg = f"{program} can not be run: {error.strerror}"
        raise BackupError(msg) from error
    if done.returncode:
        msg = f"{program} failed: {done.stderr.strip()[-500:]}"
        raise BackupError(msg)


def _program(url: str, name: str) -> Path:
    """Return a program of the server's own version where that is installed, else of ours.

    An older server does not understand what a younger pg_restore says to it.
    """
    with psycopg.connect(url) as connection:
        major = connection.info.server_version // 10_000
    for place in INSTALLED:
        path = Path(place.format(major), name)
        if path.exists():
            return path
    return binaries.locate_postgres().program(name)


def _row(connection: psycopg.Connection[Any], query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(query).fetchone()
    if row is None:
        msg = "the database is not one of Custode"
        raise BackupError(msg)
    return row


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        msg = f"{path.name} can not be read"
        raise BackupError(msg) from error


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
