"""The auditor's bundle: one controller's log, to be verified without us.

Follows docs/spec/audit-bundle.md, section 2. Everything is streamed from the auditor's
connection: the lines of `entries.jsonl` are put together by PostgreSQL from the stored bytes.
"""

import contextlib
import hashlib
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import rfc8785
from django.db import connections, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import counting, status
from audit.errors import LogUnavailableError
from audit.verifier import entries, form, policy, tree
from audit.verifier.verdict import TamperedError
from governance.crypto import keystore
from governance.rows import rows

FORMAT = 1
TEXTS = Path(__file__).parent / "texts"
VERIFIER = Path(__file__).parent / "verifier"
WHEN = (1980, 1, 1, 0, 0, 0)  # the same for every file, so that the same log gives the same bytes
CHUNK = 1 << 20

# Canonical JSON holds no control characters: with these as quote and delimiter a CSV line is the
# bare text, at the speed of COPY.
AS_LINES = r"TO STDOUT (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"
LINES = f"""
COPY (
    SELECT '{{"index":' || l.seq || ',"body":'
           || replace(convert_from(e.entry, 'UTF8'), E'\\n', ',"env":') || '}}'
    FROM audit.leaf AS l JOIN audit.entry AS e ON e.month = l.month AND e.id = l.id
    WHERE l.seq >= %s AND l.seq < %s AND e.controller_id = %s ORDER BY l.seq
) {AS_LINES}
"""  # noqa: S608 - constants of this module
MEMBERS = f"""
COPY (
    SELECT l.seq || ',' || encode(m.pseudonym, 'hex')
    FROM audit.leaf AS l JOIN audit.entry AS e ON e.month = l.month AND e.id = l.id
    JOIN audit.access_member AS m ON m.entry_id = e.id
    WHERE l.seq < %s AND e.controller_id = %s ORDER BY l.seq, m.pseudonym
) {AS_LINES}
"""  # noqa: S608 - constants of this module
# Entries of all controllers, after each its members; of a pruned one, its leaf.
SEGMENT = f"""
COPY (
    SELECT line FROM (
        SELECT l.seq, 0 AS part, '{{"index":' || l.seq || ',"body":'
               || replace(convert_from(e.entry, 'UTF8'), E'\\n', ',"env":') || '}}' AS line
        FROM audit.leaf AS l JOIN audit.entry AS e ON e.month = l.month AND e.id = l.id
        WHERE l.seq >= %s AND l.seq < %s
        UNION ALL
        SELECT l.seq, 1, '{{"index":' || l.seq || ',"members":["'
               || string_agg(encode(m.pseudonym, 'hex'), '","' ORDER BY m.pseudonym) || '"]}}'
        FROM audit.leaf AS l JOIN audit.access_member AS m ON m.entry_id = l.id
        WHERE l.seq >= %s AND l.seq < %s GROUP BY l.seq
        UNION ALL
        SELECT l.seq, 0, '{{"index":' || l.seq || ',"leaf":"' || encode(l.leaf_hash, 'hex')
               || '","id":"' || l.id || '","pruned":"' || p.entry_id || '"}}'
        FROM audit.leaf AS l JOIN audit.pruned AS p ON p.seq = l.seq
        WHERE l.seq >= %s AND l.seq < %s
    ) AS lines ORDER BY seq, part
) {AS_LINES}
"""  # noqa: S608 - constants of this module
PRUNED = f"""
COPY (
    SELECT p.seq || ',' || l.seq
    FROM audit.pruned AS p JOIN audit.leaf AS l ON l.id = p.entry_id
    JOIN audit.entry AS e ON e.month = l.month AND e.id = l.id
    WHERE e.controller_id = %s ORDER BY p.seq
) {AS_LINES}
"""  # noqa: S608 - constants of this module
# The last of every hour, and those that two keys signed.
KEPT = """
SELECT epoch, size, note FROM (
    SELECT DISTINCT ON (epoch, date_trunc('hour', signed_at)) epoch, size, note
    FROM audit.checkpoint ORDER BY epoch, date_trunc('hour', signed_at), signed_at DESC, size DESC
) AS hourly
UNION
SELECT epoch, size, note FROM audit.checkpoint WHERE regexp_count(note, '^— ', 1, 'n') > 2
ORDER BY epoch, size, note
"""
UNSEALED = """
SELECT count(*) FROM audit.pruned AS p JOIN audit.entry AS e ON e.id = p.entry_id
LEFT JOIN audit.leaf AS l ON l.id = p.entry_id
WHERE e.controller_id = %s AND coalesce(l.seq, %s) >= %s
"""
KEYS = "SELECT n, vkey, time_vkey, introduction FROM audit.signing_key ORDER BY n"
PLACE = "SELECT seq FROM audit.leaf WHERE id = %s"
WAITING = "SELECT coalesce(max(wseq), 0) FROM audit.queue"
BEFORE = "SELECT count(*) FROM audit.queue WHERE wseq <= %s"


class NotSealedYetError(LogUnavailableError):
    """What has to be in the bundle is not under a checkpoint yet."""

    code = "audit_log_not_sealed"
    message = _("The newest entries are not signed yet.")
    advice = _(
        "Try again in a minute. If it stays so, tell the administrator that the signer of the "
        "audit log does not run."
    )


@dataclass(frozen=True)
class Exported:
    """What a bundle holds: the size of the tree, the controller's entries, SHA-256 of the ZIP."""

    size: int
    entries: int
    digest: str


def export(
    controller: UUID, target: BinaryIO, *, using: str = "auditor", patience: float = 15.0
) -> Exported:
    """Write the bundle of a controller as a ZIP to `target`, from its beginning.

    First the controller's entries are counted in the log, and the count waits for its
    checkpoint, so that the bundle is shown to be complete.

    Arguments
    ---------
    target : a seekable file
    patience : seconds to wait for the sequencer and the signer

    Raises
    ------
    NotSealedYetError
        they did not come that far
    """
    deadline = time.monotonic() + patience
    # First what is recorded up to now gets its place, so that it is counted.
    ((last,),) = rows(WAITING, using=using)
    _wait(lambda: rows(BEFORE, [last], using=using) == [(0,)], deadline)
    receipt = counting.count(controller, now=timezone.now(), using=using)
    counted = receipt.id if receipt else None
    _wait(lambda: _is_sealed(controller, counted, using=using), deadline)
    with transaction.atomic(using=using):
        with connections[using].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        bundle = _Bundle(controller, target, using=using)
        bundle.write()
    target.seek(0)
    digest = hashlib.file_digest(target, "sha256").hexdigest()  # type: ignore[arg-type]  # it reads
    target.seek(0)
    return Exported(bundle.size, bundle.entries, digest)


def lines(start: int, end: int, controller: UUID, *, using: str = "auditor") -> Iterator[bytes]:
    """Return the lines of `entries.jsonl` in blocks, for the indexes [start, end)."""
    return _copied(LINES, [start, end, controller], using=using)


def key_files(*, using: str = "auditor") -> Iterator[tuple[str, bytes]]:
    """Return the first keys of the log as its policy, and the notes that introduce the others."""
    first, *others = rows(KEYS, using=using)
    yield "policy.txt", policy.written(*first[1:3]).encode()
    for n, _vkey, _time_vkey, introduction in others:
        yield f"keys/{n}.note", introduction.encode()


def verifier_files() -> Iterator[tuple[str, bytes]]:
    """Return the source of the verifier, as the package `custode_verify`."""
    for path in sorted(VERIFIER.glob("*.py")):
        yield f"custode_verify/{path.name}", path.read_bytes()


def segment(start: int, end: int, *, using: str = "auditor") -> Iterator[bytes]:
    """Return the lines of a segment of the export folder in blocks, for [start, end)."""
    return _copied(SEGMENT, [start, end] * 3, using=using)


def _wait(is_done: Callable[[], bool], deadline: float) -> None:
    while not is_done():
        if time.monotonic() > deadline:
            raise NotSealedYetError
        time.sleep(0.1)


def _is_sealed(controller: UUID, counted: UUID | None, *, using: str) -> bool:
    sealed = status.newest(using=using)
    if sealed is None:
        return False
    if counted is not None:
        places = rows(PLACE, [counted], using=using)
        if not places or places[0][0] >= sealed.size:
            return False
    return rows(UNSEALED, [controller, sealed.size, sealed.size], using=using) == [(0,)]


def _copied(sql: str, parameters: list[Any], *, using: str) -> Iterator[bytes]:
    connection = connections[using]
    connection.ensure_connection()
    with connection.connection.cursor() as cursor, cursor.copy(sql, parameters) as copy:
        held: list[bytes] = []
        size = 0
        for block in copy:
            held.append(bytes(block))
            size += len(held[-1])
            if size >= CHUNK:
                yield b"".join(held)
                held, size = [], 0
        yield b"".join(held)


class _Bundle:
    """The files of one bundle, written in a fixed order; the manifest comes last."""

    def __init__(self, controller: UUID, target: BinaryIO, *, using: str) -> None:
        self._controller = controller
        self._using = using
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED)
        self._hashes: dict[str, str] = {}
        self.entries = 0
        sealed = status.newest(using=using)
        if sealed is None:
            raise NotSealedYetError
        self.epoch, self.size, self._note = sealed.epoch, sealed.size, sealed.note

    def write(self) -> None:
        """Write every file."""
        self._keys()
        self._checkpoints()
        self._tiles()
        self._entries()
        self._add(
            "members.csv", self._csv_of("index,pseudonym", MEMBERS, [self.size, self._controller])
        )
        self._add("keys.csv", [self._destroyed()])
        self._add("pruned.csv", self._csv_of("index,by", PRUNED, [self._controller]))
        for name, content in verifier_files():
            self._add(name, [content])
        for path in sorted(TEXTS.glob("*.txt")):
            self._add(path.name, [path.read_bytes()])
        manifest: dict[str, Any] = {
            "bundle": FORMAT,
            "origin": self._note.split("\n", 1)[0],
            "controller": str(self._controller),
            "size": self.size,
            "epoch": self.epoch,
            "files": dict(self._hashes),
        }
        self._add("manifest.json", [rfc8785.dumps(manifest)])
        self._zip.close()

    def _keys(self) -> None:
        for name, content in key_files(using=self._using):
            self._add(name, [content])

    def _checkpoints(self) -> None:
        self._add("checkpoint", [self._note.encode()])
        for _epoch, size, text in self._rows(KEPT):
            content = text.encode()
            digest = hashlib.sha256(content).hexdigest()[:16]
            self._add(f"checkpoints/{size}-{digest}.note", [content])

    def _tiles(self) -> None:
        for level, n, width in tree.tiles_of(self.size):
            ((hashes,),) = self._rows(
                "SELECT hashes FROM audit.tile WHERE level = %s AND n = %s", [level, n]
            )
            content = bytes(hashes)[: width * tree.HASH_BYTES]
            self._add(tree.tile_name(level, n, width), [content])

    def _entries(self) -> None:
        """Write the entries, and their table for spreadsheets beside them."""
        table = [entries.HEADER]

        def blocks() -> Iterator[bytes]:
            for block in lines(0, self.size, self._controller, using=self._using):
                for line in block[:-1].split(b"\n"):
                    # What can not be read has no line: the verifier says so before the table.
                    with contextlib.suppress(form.FormError, TamperedError):
                        table.append(entries.table_line(entries.split(line)))
                    self.entries += 1
                yield block

        self._add("entries.jsonl", blocks())
        self._add("entries.csv", ["".join(table).encode()])

    def _destroyed(self) -> bytes:
        ended = [
            f"{at:%Y-%m-%dT%H:%M:%S.%fZ},{ordered_by or ''}\n"
            for at, ordered_by in keystore.destroyed(self._controller)
        ]
        return ("destroyed_at,ordered_by\n" + "".join(ended)).encode()

    def _csv_of(self, header: str, sql: str, parameters: list[Any]) -> Iterator[bytes]:
        yield f"{header}\n".encode()
        yield from _copied(sql, parameters, using=self._using)

    def _add(self, name: str, blocks: Iterable[bytes]) -> None:
        info = zipfile.ZipInfo(name, WHEN)
        info.external_attr = 0o644 << 16
        digest = hashlib.sha256()
        with self._zip.open(info, "w", force_zip64=True) as file:
            for block in blocks:
                digest.update(block)
                file.write(block)
        self._hashes[name] = digest.hexdigest()

    def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return rows(sql, parameters, using=self._using)
