"""A log in memory that writes bundles as the product does, with its own arithmetic.

The root is the definition of RFC 6962 §2.1, recursive; tiles are cut from it naively. What the
verifier says about these bundles is compared with what was done to them.
"""

import csv
import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import rfc8785

from audit.signing import KeyPair, keys_of
from audit.verifier import note

CONTROLLER = UUID("0190a000-0000-7000-8000-000000000001")
OTHER = UUID("0190a000-0000-7000-8000-000000000002")
NAME = "acme.example"
START = 1_790_000_000  # Unix seconds
DAY, YEAR = 86_400, 365 * 86_400


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, as it is written there."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:]))


@dataclass
class Row:
    """One entry as it was appended."""

    body: dict[str, Any]
    env: dict[str, Any]
    members: list[str] = field(default_factory=list)
    pruned_by: int | None = None

    @property
    def raw(self) -> bytes:
        return rfc8785.dumps(self.body) + b"\n" + rfc8785.dumps(self.env)

    @property
    def leaf(self) -> bytes:
        return sha(b"\x00" + self.raw)

    @property
    def is_ours(self) -> bool:
        return bool(self.body["controller"] == str(CONTROLLER))


class Ledger:
    """The log; `now` is Unix seconds and moves with every entry."""

    def __init__(self, *, seed: bytes = bytes(range(32))) -> None:
        self.now = START
        self.rows: list[Row] = []
        self.leaves: list[bytes] = []
        self.notes: list[str] = []  # checkpoints, oldest first
        self.epoch = 1
        self.rolls: list[str] = []
        self.seeds = [seed]
        self.keys_csv: list[str] = []
        self._chain: dict[str, tuple[int, str]] = {}

    # What the product does

    def append(
        self, act: str = "data.read", *, controller: UUID = CONTROLLER, record: str = "",
        members: int = 0, **more: Any,
    ) -> int:  # fmt: skip
        """Append an entry; return its index."""
        self.now += 7
        index = len(self.rows)
        name = f"{self.now * 1000:012x}"
        entry_id = f"{name[:8]}-{name[8:]}-7{index % 4096:03x}-8000-{index:012x}"
        body: dict[str, Any] = {
            "act": act, "actor": {"k": "staff", "role": "agent"}, "controller": str(controller),
            "id": entry_id, "month": "2026-09", "outcome": "done", "purpose": "support", "v": 2,
            **more,
        }  # fmt: skip
        people = [sha(f"{index} {i}".encode())[:16].hex() for i in range(members)]
        if members:
            whole = b"".join(sorted(bytes.fromhex(p) for p in people))
            body["subj"] = people[:20]
            body["members"] = {"digest": sha(whole).hex(), "n": members, "unnamed": 0}
        env: dict[str, Any] = {"at": stamp(self.now), "db_user": "custode_app"}
        if record:
            body |= {"mut": True, "obj": {"id": record, "t": "request"}}
            version, prev = self._chain.get(record, (0, ""))
            env |= {"ver": version + 1} | ({"prev": prev} if prev else {})
        row = Row(body, env | {"wseq": index + 1, "xid": str(700 + index)}, people)
        self.rows.append(row)
        self.leaves.append(row.leaf)
        if record:
            self._chain[record] = (row.env["ver"], row.leaf.hex())
        return index

    def pairs(self) -> list[KeyPair]:
        return [keys_of(seed, f"{NAME}/custode/{self.epoch}") for seed in self.seeds]

    def sign(self, *, size: int | None = None, root: bytes | None = None) -> str:
        """Sign the tree as it is now (or what is given); return the note."""
        size = len(self.leaves) if size is None else size
        root = naive_root(self.leaves[:size]) if root is None else root
        text = self.note_of(note.Checkpoint(f"{NAME}/custode/{self.epoch}", size, root), 1)
        self.notes.append(text)
        return text

    def note_of(self, checkpoint: note.Checkpoint, keys: int) -> str:
        pairs = self.pairs()[-keys:]
        signers = [s for pair in pairs for s in (pair.log, pair.time)]
        return note.sign(checkpoint.text(), signers, time=self.now)

    def roll(self) -> None:
        """Go over to a new key."""
        old = self.pairs()[-1]
        self.seeds.append(sha(self.seeds[-1]))
        new = self.pairs()[-1]
        origin = f"{NAME}/custode/{self.epoch}"
        head = note.Checkpoint(origin, len(self.leaves), naive_root(self.leaves))
        text = note.KeyRoll(len(self.seeds), head, log=new.log.key, time=new.time.key).text()
        self.rolls.append(note.sign(text, [old.log, new.log]))
        self.notes.append(self.note_of(head, 2))

    def count(self) -> int:
        """Append `log.counted`."""
        size = len(self.rows)
        ours = sum(row.is_ours for row in self.rows)
        return self.append(
            "log.counted", record=str(CONTROLLER), counts={"leaves": ours, "size": size}
        )

    def prune(self, indexes: list[int], *, months: int = 12) -> int:
        """Remove entries and say so."""
        whole = "".join(f"{i}\n" for i in indexes).encode()
        said = {
            "digest": sha(whole).hex(), "first": indexes[0], "last": indexes[-1],
            "months": months, "removed": len(indexes),
        }  # fmt: skip
        by = self.append("log.pruned", pruned=said)
        for index in indexes:
            self.rows[index].pruned_by = by
        return by

    def destroy_keys(self, rows: int) -> int:
        """Append `key.destroyed` and note the keystore's rows."""
        index = self.append(
            "key.destroyed", record=str(uuid5(OTHER, str(self.now))), counts={"rows": rows}
        )
        row = self.rows[index]
        self.keys_csv += [f"{row.env['at']},{row.body['id']}"] * rows
        return index

    # What is written

    def policy(self) -> str:
        first = keys_of(self.seeds[0], f"{NAME}/custode/1")
        return f"log {first.log.key}\nwitness time {first.time.key}\nquorum time\n"

    def tiles(self, size: int) -> dict[str, bytes]:
        files, level, row = {}, 0, self.leaves[:size]
        while row:
            for n in range(0, len(row), 256):
                part = row[n : n + 256]
                digits = f"{n // 256:03d}"
                tail = "" if len(part) == 256 else f".p/{len(part)}"
                assert len(digits) == 3
                files[f"tile/{level}/{digits}{tail}"] = b"".join(part)
            whole = len(row) - len(row) % 256
            row = [naive_root(row[i : i + 256]) for i in range(0, whole, 256)]
            level += 1
        return files

    def bundle(self, checkpoint: str | None = None) -> "Files":
        """The files of a bundle under the newest checkpoint, or another."""
        newest = checkpoint or self.notes[-1]
        origin, size = newest.split("\n")[0], int(newest.split("\n")[1])
        ours = [(i, r) for i, r in enumerate(self.rows[:size]) if r.is_ours and r.pruned_by is None]
        files: dict[str, bytes] = {
            "policy.txt": self.policy().encode(),
            "checkpoint": newest.encode(),
        }
        files |= {f"keys/{n}.note": text.encode() for n, text in enumerate(self.rolls, 2)}
        for text in self.notes:
            digest = hashlib.sha256(text.encode()).hexdigest()[:16]
            files[f"checkpoints/{text.split(chr(10))[1]}-{digest}.note"] = text.encode()
        files |= self.tiles(size)
        lines = []
        for index, row in ours:
            body, env = row.raw.split(b"\n")
            lines.append(b'{"index":%d,"body":%s,"env":%s}\n' % (index, body, env))
        files["entries.jsonl"] = b"".join(lines)
        files["members.csv"] = _csv(
            "index,pseudonym", [f"{i},{p}" for i, r in ours for p in sorted(r.members)]
        )
        files["keys.csv"] = _csv("destroyed_at,ordered_by", self.keys_csv)
        gone = [f"{i},{r.pruned_by}" for i, r in enumerate(self.rows) if r.pruned_by is not None]
        files["pruned.csv"] = _csv("index,by", gone)
        files["entries.csv"] = _table(ours)
        return Files(files, origin=origin, size=size, epoch=self.epoch)


@dataclass
class Files:
    """A bundle's files before they are written; the manifest is made when they are."""

    files: dict[str, bytes]
    origin: str
    size: int
    epoch: int
    manifest: bytes | None = None

    def seal(self) -> bytes:
        """The manifest of the files as they are now."""
        digests = {
            name: hashlib.sha256(content).hexdigest() for name, content in self.files.items()
        }
        values = {
            "bundle": 1, "controller": str(CONTROLLER), "epoch": self.epoch, "files": digests,
            "origin": self.origin, "size": self.size,
        }  # fmt: skip
        self.manifest = rfc8785.dumps(values)
        return self.manifest

    def write(self, folder: Path) -> Path:
        for name, content in (self.files | {"manifest.json": self.manifest or self.seal()}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder


def _csv(header: str, rows: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in [header, *rows]).encode()


def _table(rows: list[tuple[int, Row]]) -> bytes:
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(
        [
            "index",
            "id",
            "at",
            "act",
            "outcome",
            "purpose",
            "actor_kind",
            "actor_role",
            "actor",
            "object",
            "members",
        ]
    )
    for index, row in rows:
        body, record = row.body, row.body.get("obj", {})
        writer.writerow(
            [
                index, body["id"], row.env["at"], body["act"], body["outcome"], body["purpose"],
                body["actor"]["k"], body["actor"]["role"], body["actor"].get("p", ""),
                ":".join(record[k] for k in ("t", "id") if k in record),
                body.get("members", {}).get("n", ""),
            ]
        )  # fmt: skip
    return table.getvalue().encode()


def stamp(time: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def a_year(entries: int = 300) -> Ledger:
    """A log with everything in it: two controllers, records, members, pruning, keys, a key roll."""
    log = Ledger()
    for i in range(entries):
        if i % 3 == 1:
            log.append(controller=OTHER)
        elif i % 5 == 0:
            log.append("request.answered", record=str(uuid5(OTHER, str(i % 7))))
        else:
            log.append(members=i % 4)
        if i % 40 == 39:
            log.sign()
        if i == entries // 2:
            log.roll()
        if i == entries * 3 // 4:
            log.destroy_keys(2)
            log.count()
    log.sign()
    log.now += YEAR + DAY
    reads = [i for i, r in enumerate(log.rows[:60]) if r.is_ours and r.body["act"] == "data.read"]
    log.prune(reads)
    log.count()
    log.sign()
    return log
