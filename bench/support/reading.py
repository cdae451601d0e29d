"""G4: verifying the stored log, proving inclusion, exporting; and the peers of each."""

import hashlib
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any, TypeVar
from uuid import UUID

from governance import env
from support import entries, figures, ground, processes

ROUNDS = 5
ENTRIES = 50_000
LEAVES = 1_000_000
PROOFS = 300  # a round
CHUNK = 2000  # rows that the peers fetch at once
VERIFIER = env.PROJECT / "audit" / "verifier"
T = TypeVar("T")
CONTROLLER = UUID("019ab000-0000-7000-8000-0000000be9c4")

# As `audit.log` and `audit.append` write the read of one person, by the hundred thousand.
FILL = r"""
WITH stamped AS MATERIALIZED (
    SELECT clock_timestamp() AS at, nextval('audit.writer_sequence') AS wseq,
           replace(gen_random_uuid()::text, '-', '') AS r,
           substring(sha256(convert_to((n %% 1000)::text, 'UTF8')) FOR 16) AS person
    FROM generate_series(1, %(count)s) AS n
), named AS MATERIALIZED (
    SELECT *, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
               || substr(r, 1, 3) || '8' || substr(r, 4, 15))::uuid AS id FROM stamped
), written AS MATERIALIZED (
    SELECT *, convert_to(
        format(
            '{"act":"data.read","activity":"order_management.v1","actor":{"k":"staff","role":"agent"},'
            '"basis":"contract","controller":"%%s","fields":["crm.Contact.family_name",'
            '"crm.Contact.given_name","crm.ContactPoint.email"],"id":"%%s","members":{"digest":"%%s",'
            '"n":1,"unnamed":0},"month":"%%s","operation":"read","outcome":"done",'
            '"purpose":"order_management","subj":["%%s"],"v":2}',
            %(controller)s::text, id, encode(sha256(person), 'hex'),
            to_char(at AT TIME ZONE 'UTC', 'YYYY-MM'), encode(person, 'hex'))
        || E'\n{"at":"' || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || '","db_user":"custode_app","wseq":' || wseq || ',"xid":"1"}', 'UTF8') AS entry
    FROM named
), stored AS (
    INSERT INTO audit.entry (id, month, at, controller_id, action, outcome, actor, entry, leaf_hash)
    SELECT id, date_trunc('month', at AT TIME ZONE 'UTC')::date, at, %(controller)s, 'data.read',
           'done', 'staff', entry, sha256('\x00'::bytea || entry)
    FROM written RETURNING id, month, leaf_hash, at
), members AS (
    INSERT INTO audit.access_member (entry_id, pseudonym) SELECT id, person FROM written
)
INSERT INTO audit.queue (id, month, leaf_hash, at, wseq)
SELECT s.id, s.month, s.leaf_hash, s.at, w.wseq FROM stored AS s JOIN written AS w USING (id)
"""
# Leaves that stand for no entry: the tree does not know the difference.
PAD = """
INSERT INTO audit.queue (id, month, leaf_hash, at, wseq)
SELECT gen_random_uuid(), date_trunc('month', now())::date, sha256(convert_to(n::text, 'UTF8')),
       clock_timestamp(), nextval('audit.writer_sequence')
FROM generate_series(1, %s) AS n
"""
STORED = """
SELECT l.seq, e.entry
FROM audit.leaf AS l JOIN audit.entry AS e ON e.month = l.month AND e.id = l.id
ORDER BY l.seq
"""
TABLES = """
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE bench.walked (seq bigint PRIMARY KEY, hash bytea NOT NULL, entry bytea NOT NULL);
CREATE TABLE bench.line (line text NOT NULL);
GRANT USAGE ON SCHEMA bench TO custode_auditor;
GRANT SELECT ON bench.walked, bench.line TO custode_auditor;
"""


class Reading:
    """A log of many entries, its peers beside it, and what reads them."""

    def __init__(self, superuser: ground.Superuser, watch: processes.Watch, scale: int) -> None:
        self.superuser = superuser
        self.watch = watch
        superuser.execute(TABLES)
        superuser.execute(FILL, {"count": ENTRIES * scale, "controller": CONTROLLER})
        watch.settle(superuser)
        superuser.execute("ANALYZE")

    def run(self) -> None:
        """Measure and print all figures."""
        with tempfile.TemporaryDirectory() as folder:
            self._verify(Path(folder))
        self._export()
        self._prove()

    def _verify(self, folder: Path) -> None:
        bundle = _bundle_in(folder)
        self.watch.settle(self.superuser)  # the count of the controller's entries is one more
        count = self._chain()
        taken = []
        for _ in range(ROUNDS + 1):
            walk = count / _seconds(self._walk)
            online = count / _seconds(self._verify_online)
            offline, a_core = self._verify_offline(bundle)
            taken.append((walk, online, offline, a_core))
        walks, onlines, offlines, cores = zip(*taken[1:], strict=True)
        title = f"G4 verification of {count} entries"
        ratios = [o / w for o, w in zip(onlines, walks, strict=True)]
        figures.show(f"{title}, online / chain walk", ratios, goal=5)
        figures.show("entries verified online, a second", onlines, goal=None, unit="rate")
        figures.show("entries walked along the chain, a second", walks, goal=None, unit="rate")
        if not _has_verifier():
            print(json.dumps({"figure": "G4 offline verification", "skipped": "no verifier yet"}))
            return
        ratios = [o / w for o, w in zip(offlines, walks, strict=True)]
        figures.show("G4 verification of a bundle, offline / chain walk", ratios, goal=8)
        figures.show("entries verified offline, a second", offlines, goal=None, unit="rate")
        figures.show("the same, a second of one core", cores, goal=None, unit="rate")

    def _chain(self) -> int:
        """Copy the log into a hash chain, in the order of the tree; return its length."""
        count, last = 0, b""
        with (
            entries.connect("DATABASE_AUDITOR_URL") as reader,
            self.superuser.cursor() as cursor,
            cursor.copy("COPY bench.walked (seq, hash, entry) FROM STDIN") as copy,
        ):
            for seq, entry in _rows(reader, STORED):
                last = _link(last, entry)
                copy.write_row((seq, last, entry))
                count += 1
        self.superuser.execute("ANALYZE bench.walked")
        return count

    def _walk(self) -> None:
        """Verify a hash chain as it is usually done: row by row, in one process."""
        last = b""
        with entries.connect("DATABASE_AUDITOR_URL") as reader:
            for hash_, entry in _rows(reader, "SELECT hash, entry FROM bench.walked ORDER BY seq"):
                last = _link(last, entry)
                if last != hash_:
                    raise SystemExit("the chain is broken")

    def _verify_online(self) -> None:
        from audit.verify import verify

        if fault := verify().fault:
            raise SystemExit(f"the log does not verify: {fault}")

    def _verify_offline(self, bundle: Path) -> tuple[float, float]:
        """Return entries a second, and a second of processor time, of the auditor's command."""
        if not _has_verifier():
            return 0.0, 0.0
        policy = bundle.parent / "policy.txt"
        command = [sys.executable, "-m", "audit.verifier", "full", str(bundle)]
        used, begun = _processor_time(), time.perf_counter()
        subprocess.run(
            [*command, "--policy", str(policy)],
            cwd=env.PROJECT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        seconds, used = time.perf_counter() - begun, _processor_time() - used
        count = int((bundle.parent / "entries").read_text())
        return count / seconds, count / used

    def _export(self) -> None:
        self._lines_as_rows()
        taken = []
        for _ in range(ROUNDS + 1):
            ours, size = _timed(_export_ours)
            orm, orm_size = _timed(_export_by_orm)
            copied, copied_size = _timed(_copy_lines)
            if not size == orm_size == copied_size:
                raise SystemExit(f"not the same bytes: {size}, {orm_size}, {copied_size}")
            taken.append((orm / ours, copied / ours))
        by_orm, by_copy = zip(*taken[1:], strict=True)
        figures.show("G4 export / Django iterator and json.dumps", by_orm, goal=5)
        figures.show("G4 export / COPY of the same bytes", by_copy, goal=0.8)

    def _lines_as_rows(self) -> None:
        from audit import bundle

        size = self.watch.sizes[-1]
        with (
            self.superuser.cursor() as cursor,
            cursor.copy(f"COPY bench.line FROM STDIN {_FORM}") as copy,
        ):
            for block in bundle.lines(0, size, CONTROLLER):
                copy.write(block)

    def _prove(self) -> None:
        self.superuser.execute(PAD, [LEAVES - self.watch.sizes[-1]])
        self.watch.settle(self.superuser)
        self.superuser.execute("VACUUM ANALYZE audit.queue")  # no queue is ever as long as that
        chosen = random.Random(4)  # noqa: S311 - which leaves are proved is no secret
        ratios, of_hashing, p50, p99 = [], [], [], []
        for _ in range(ROUNDS + 1):
            lags = self._proofs([chosen.randrange(LEAVES) for _ in range(PROOFS)])
            recomputed = _seconds(lambda: self._recompute(chosen.randrange(LEAVES)))
            ratios.append(recomputed / (sum(lags) / PROOFS))
            of_hashing.append((PROOFS / sum(lags)) / _hash_rate())
            cuts = quantiles(lags, n=100)
            p50.append(cuts[49] * 1000)
            p99.append(cuts[98] * 1000)
        title = f"G4 inclusion proof of {LEAVES} leaves"
        figures.show(f"{title}, from tiles / from all leaves", ratios[1:], goal=1000)
        figures.show(f"{title}, a second / leaf hashes a second", of_hashing[1:], goal=0.02)
        figures.show(f"{title}, p50", p50[1:], goal=None, unit="milliseconds")
        figures.show(f"{title}, p99", p99[1:], goal=None, unit="milliseconds")

    def _proofs(self, indexes: list[int]) -> list[float]:
        """Return the seconds that each proof took; tiles are read anew for each."""
        from audit import proofs
        from audit.verifier import tree

        lags = []
        with entries.connect("DATABASE_AUDITOR_URL") as reader:
            (root,) = reader.execute("SELECT root FROM audit.head").fetchone() or (b"",)
            for index in indexes:
                begun = time.perf_counter()
                proof = tree.inclusion_proof(
                    index,
                    LEAVES,
                    proofs.node(
                        using="auditor", known=proofs.tiles_for(index, LEAVES, using="auditor")
                    ),
                )
                lags.append(time.perf_counter() - begun)
                leaf = reader.execute(
                    "SELECT leaf_hash FROM audit.leaf WHERE seq = %s", [index]
                ).fetchone()[0]
                tree.check_inclusion(leaf, index, LEAVES, root=root, proof=proof)
        return lags

    def _recompute(self, index: int) -> None:
        """Make the same proof without tiles: read all leaves and hash the tree, level by level."""
        from audit.verifier import tree

        with entries.connect("DATABASE_AUDITOR_URL") as reader:
            rows = reader.execute("SELECT leaf_hash FROM audit.leaf ORDER BY seq", binary=True)
            row = [leaf for (leaf,) in rows.fetchall()]
        proof, sha256 = [], hashlib.sha256
        while len(row) > 1:
            if (index ^ 1) < len(row):
                proof.append(row[index ^ 1])
            above = [
                sha256(b"\x01" + left + right).digest()
                for left, right in zip(row[::2], row[1::2], strict=False)
            ]
            row, index = above + row[len(above) * 2 :], index >> 1
        if tree.fold(row) != self._root():
            raise SystemExit("the recomputed tree has another root")

    def _root(self) -> Any:
        return (self.superuser.execute("SELECT root FROM audit.head").fetchone() or (b"",))[0]


_FORM = r"(FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"


def _has_verifier() -> bool:
    return (VERIFIER / "__main__.py").exists()


def _bundle_in(folder: Path) -> Path:
    """Write the controller's bundle, its policy as the auditor holds it, and how many entries."""
    import zipfile

    from audit import bundle

    path = folder / "bundle.zip"
    with path.open("w+b") as file:
        exported = bundle.export(CONTROLLER, file, patience=60)
    with zipfile.ZipFile(path) as opened:
        (folder / "policy.txt").write_bytes(opened.read("policy.txt"))
    (folder / "entries").write_text(str(exported.entries))
    return path


def _rows(reader: entries.Connection, sql: str) -> Iterator[tuple[Any, ...]]:
    with reader.transaction(), reader.cursor("walk", binary=True) as cursor:
        cursor.itersize = CHUNK
        yield from cursor.execute(sql)


def _link(last: bytes, entry: bytes) -> bytes:
    """Return the hash of an entry in a chain: over the one before it and its canonical form."""
    body, env_ = (json.loads(line) for line in entry.split(b"\n"))
    text = json.dumps([body, env_], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(last + text.encode()).digest()


def _export_ours() -> int:
    from audit import bundle

    return sum(len(block) for block in bundle.lines(0, 2**62, CONTROLLER))


def _export_by_orm() -> int:
    """Export the same lines as an application would that has no stored form."""
    from audit.models import Entry

    size = 0
    rows = Entry.objects.using("auditor").filter(controller_id=CONTROLLER).order_by("month", "id")
    for index, row in enumerate(rows.iterator(chunk_size=CHUNK)):
        body, env_ = (json.loads(line) for line in bytes(row.entry).split(b"\n"))
        line = {"index": index, "body": body, "env": env_}
        size += len(json.dumps(line, separators=(",", ":"))) + 1
    return size


def _copy_lines() -> int:
    with (
        entries.connect("DATABASE_AUDITOR_URL") as reader,
        reader.cursor() as cursor,
        cursor.copy(f"COPY bench.line TO STDOUT {_FORM}") as copy,
    ):
        return sum(len(block) for block in copy)


def _hash_rate() -> float:
    """Return how many leaves of the usual size this process hashes in a second."""
    from audit.verifier import tree

    entry, count = entries.body(CONTROLLER), 100_000
    begun = time.perf_counter()
    for _ in range(count):
        tree.leaf_hash(entry)
    return count / (time.perf_counter() - begun)


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def _seconds(work: Callable[[], object]) -> float:
    return _timed(work)[0]
