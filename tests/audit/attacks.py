"""What can be done to a log, by whom has everything but the copies outside.

Each attack changes a ledger or its bundle at one place, and says what has to be found.
"""

import copy
import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from audit.verifier import note
from tests.audit.ledger import CONTROLLER, DAY, OTHER, Files, Ledger, naive_root, stamp


@dataclass
class Attack:
    """A bundle after an attack.

    Attributes
    ----------
    kind : the class that has to be named
    index : the index that has to be named, or None where nobody can know it
    held : checkpoints that the auditor has from elsewhere
    """

    files: Files
    kind: str
    index: int | None = None
    held: list[str] = field(default_factory=list)


Attacker = Callable[[Ledger, random.Random], Attack]


def damaged(good: Files, *, rounds: int, seed: int) -> Iterator[tuple[int, str, Files]]:
    """Return bundles with a bit turned or some bytes gone, every second with a manifest over it.

    Each with its round and the name of the file that was damaged.
    """
    chance = random.Random(seed)
    names = sorted(good.files)
    for round_ in range(rounds):
        files = copy.deepcopy(good)
        files.seal()
        name = chance.choice(names)
        content = bytearray(files.files[name])
        place = chance.randrange(len(content))
        if chance.random() < 0.5:
            content[place] ^= 1 << chance.randrange(8)
        else:
            del content[place : place + chance.randrange(1, 40)]
        files.files[name] = bytes(content)
        if round_ % 2:
            files.seal()
        yield round_, name, files


def ours(log: Ledger, *, act: str = "", below: int | None = None) -> list[int]:
    """Indexes of our entries that are there."""
    rows = enumerate(log.rows[:below])
    return [
        i for i, r in rows
        if r.is_ours and r.pruned_by is None and act in {"", r.body["act"]}
    ]  # fmt: skip


def _line(files: Files, index: int) -> bytes:
    start = b'{"index":%d,' % index
    return next(x for x in files.files["entries.jsonl"].splitlines(True) if x.startswith(start))


def _replace(files: Files, old: bytes, new: bytes, name: str = "entries.jsonl") -> None:
    assert files.files[name].count(old) == 1
    files.files[name] = files.files[name].replace(old, new)


def bytes_changed(log: Ledger, at: random.Random) -> Attack:
    """T2 to T5: the stored bytes, however they were reached."""
    index, files = at.choice(ours(log)), log.bundle()
    line = _line(files, index)
    _replace(files, line, line.replace(b'"role":"agent"', b'"role":"owner"'))
    return Attack(files, "entry_changed", index)


def stamp_changed(log: Ledger, at: random.Random) -> Attack:
    """T2 to T5, in the envelope."""
    index, files = at.choice(ours(log)), log.bundle()
    line = _line(files, index)
    _replace(files, line, line.replace(b"custode_app", b"custode_apq"))
    return Attack(files, "entry_changed", index)


def leaf_changed_too(log: Ledger, at: random.Random) -> Attack:
    """T6: entry and leaf."""
    index = at.choice(ours(log))
    log.rows[index].body["purpose"] = "marketing"
    log.leaves[index] = log.rows[index].leaf
    return Attack(log.bundle(), "tree_changed")


def forged_checkpoint(log: Ledger, at: random.Random) -> Attack:
    """T7: everything made again, signed with a key that is not the log's."""
    newest = log.notes.pop()
    log.seeds[-1] = at.randbytes(32)
    index = at.choice(ours(log))
    log.rows[index].body["purpose"] = "marketing"
    log.leaves[index] = log.rows[index].leaf
    log.sign(size=int(newest.split("\n")[1]))
    return Attack(log.bundle(), "signature_invalid")


def stolen_key(log: Ledger, at: random.Random) -> Attack:
    """T16: everything made again, signed with the key; checkpoints are held outside."""
    held = log.notes[-1]
    index = at.choice(ours(log, below=len(log.rows) - 4))
    log.rows[index].body["purpose"] = "marketing"
    log.leaves[index] = log.rows[index].leaf
    log.notes = []
    log.sign()
    return Attack(log.bundle(), "log_forked", held=[held])


def retired_key(log: Ledger, at: random.Random) -> Attack:
    """A retired key signs a tree larger than that at its end."""
    files = log.bundle()
    old = log.pairs()[0]
    size = len(log.leaves) - at.randrange(2)
    checkpoint = note.Checkpoint(old.log.key.name, size, naive_root(log.leaves[:size]))
    text = note.sign(checkpoint.text(), [old.log, old.time], time=log.now)
    files.files["checkpoint"] = text.encode()
    files.size = size
    return Attack(files, "signature_invalid")


def entry_removed(log: Ledger, at: random.Random) -> Attack:
    """T8: one, a range, or the first."""
    found = ours(log, below=len(log.rows) - 4)
    start = at.choice([0, at.randrange(len(found) - 5)])
    counts = {i for i in found if log.rows[i].body["act"] in {"log.counted", "key.destroyed"}}
    gone = [i for i in found[start : start + at.choice([1, 1, 5])] if i not in counts]
    links = {i for i in gone if log.rows[i].env.get("ver")}
    files = log.bundle()
    for index in gone:
        _replace(files, _line(files, index), b"")
        _drop(files, "entries.csv", index)
        _drop(files, "members.csv", index)
    return Attack(files, "link_broken|entry_missing" if links else "entry_missing")


def _drop(files: Files, name: str, index: int) -> None:
    start = f"{index},".encode()
    kept = [x for x in files.files[name].splitlines(True) if not x.startswith(start)]
    files.files[name] = b"".join(kept)


def tail_cut(log: Ledger, at: random.Random) -> Attack:
    """T9, T15: the end, or back to an older copy of the database; one checkpoint is outside."""
    held = log.notes[-1]
    older = at.choice(log.notes[:-2])
    log.notes = [n for n in log.notes if int(n.split("\n")[1]) <= int(older.split("\n")[1])]
    for row in log.rows:
        row.pruned_by = None
    size = int(older.split("\n")[1])
    log.keys_csv = [
        k for k in log.keys_csv if any(k.endswith(r.body["id"]) for r in log.rows[:size])
    ]
    return Attack(log.bundle(older), "log_shortened", size, held=[held])


def forged_in_the_past(log: Ledger, at: random.Random) -> Attack:
    """T11: an entry between others, which move up."""
    index = at.choice(ours(log)[:-3])
    row = copy.deepcopy(log.rows[index])
    row.body["id"] = row.body["id"][:-4] + "ffff"
    log.rows.insert(index, row)
    log.leaves.insert(index, row.leaf)
    log.notes[-1] = log.notes[-1]
    return Attack(log.bundle(), "tree_changed")


def backdated(log: Ledger, at: random.Random) -> Attack:
    """T12: appended now, stamped into the past."""
    past = at.randrange(2, 300) * DAY
    for i in range(6):
        index = log.append()
        if i == 2:
            row = log.rows[index]
            row.env["at"] = stamp(log.now - past)
            log.leaves[index] = row.leaf
            wanted = index
    log.sign()
    return Attack(log.bundle(), "backdated", wanted)


def two_swapped(log: Ledger, at: random.Random) -> Attack:
    """T13: two leaves change places."""
    one, two = at.sample(ours(log, act="data.read"), 2)
    log.rows[one], log.rows[two] = log.rows[two], log.rows[one]
    log.leaves[one], log.leaves[two] = log.leaves[two], log.leaves[one]
    return Attack(log.bundle(), "tree_changed")


def one_doubled(log: Ledger, at: random.Random) -> Attack:
    """T13: one leaf stands in the place of another."""
    one, two = at.sample(ours(log, act="data.read"), 2)
    log.rows[one] = log.rows[two]
    log.leaves[one] = log.leaves[two]
    return Attack(log.bundle(), "tree_changed")


def split_view(log: Ledger, at: random.Random) -> Attack:
    """T14: another auditor was shown another tree of the same size."""
    size = at.randrange(1, len(log.leaves))
    held = log.sign(size=size, root=at.randbytes(32))
    log.notes.remove(held)
    return Attack(log.bundle(), "log_forked", size - 1, held=[held])


def link_cut(log: Ledger, at: random.Random) -> Attack:
    """T10: a change was removed before it had a place; the next one of its record tells."""
    record = str(OTHER)
    for _ in range(at.randrange(1, 4)):
        log.append("request.identified", record=record)
    log.rows.pop()
    log.leaves.pop()
    index = log.append("request.answered", record=record)
    log.sign()
    return Attack(log.bundle(), "link_broken", index)


def pruned_early(log: Ledger, at: random.Random) -> Attack:
    """T21: a period that was not over."""
    at_place = at.choice([i for i in ours(log, act="data.read") if i > 60])
    index = log.prune([at_place], months=at.choice([5, 13, 24]))
    log.sign()
    return Attack(log.bundle(), "pruned_early", index)


def pruned_more(log: Ledger, at: random.Random) -> Attack:
    """T21: something else than what the entry says."""
    files = log.bundle()
    index = at.choice([i for i in ours(log, act="data.read") if i > 60])
    by = log.rows[next(i for i, r in enumerate(log.rows) if r.pruned_by)].pruned_by
    files.files["pruned.csv"] += b"%d,%d\n" % (index, by)
    _replace(files, _line(files, index), b"")
    _drop(files, "entries.csv", index)
    _drop(files, "members.csv", index)
    return Attack(files, "pruned_wrongly", by)


def key_destroyed(log: Ledger, at: random.Random) -> Attack:
    """T24: a key is gone, and nobody ordered it; or more than were ordered."""
    by = at.choice(["", "0190a000-0000-7000-8000-00000000dead", log.keys_csv[0].split(",")[1]])
    log.keys_csv.append(f"{stamp(log.now - DAY)},{by}")
    return Attack(log.bundle(), "key_destroyed_without_entry")


def member_removed(log: Ledger, at: random.Random) -> Attack:
    """Who an entry is about."""
    index = at.choice([i for i in ours(log) if log.rows[i].members])
    row = log.rows[index]
    row.members.remove(at.choice(row.members))
    return Attack(log.bundle(), "members_changed", index)


def member_added(log: Ledger, at: random.Random) -> Attack:
    """Who an entry is about."""
    index = at.choice(ours(log))
    log.rows[index].members.append(at.randbytes(16).hex())
    return Attack(log.bundle(), "members_changed", index)


def table_changed(log: Ledger, at: random.Random) -> Attack:
    """Only what people open in a spreadsheet."""
    files = log.bundle()
    start = f"{at.choice(ours(log))},".encode()
    line = next(x for x in files.files["entries.csv"].splitlines(True) if x.startswith(start))
    _replace(
        files, line, line.replace(b"agent", b"admin"), "entries.csv"
    ) if b"agent" in line else None
    return Attack(files, "bundle_changed")


def clock_set_back(log: Ledger, at: random.Random) -> Attack:
    """T23: nobody can tell the times apart any more; the contents stand."""
    past = at.randrange(2, 300) * DAY
    first = len(log.rows)
    for _ in range(6):
        index = log.append()
        log.rows[index].env["at"] = stamp(log.now - past)
        log.leaves[index] = log.rows[index].leaf
    for _ in range(3):
        log.append()
    log.sign()
    return Attack(log.bundle(), "clock_changed", first)


def clock_set_forward(log: Ledger, at: random.Random) -> Attack:
    """T23, the other way."""
    index = log.append()
    log.rows[index].env["at"] = stamp(log.now + at.randrange(1, 400) * DAY)
    log.leaves[index] = log.rows[index].leaf
    log.sign()
    return Attack(log.bundle(), "clock_changed", index)


def unlisted_file(log: Ledger, at: random.Random) -> Attack:
    """Something the manifest does not list."""
    files = log.bundle()
    files.seal()
    files.files[f"notes-{at.randrange(99)}.txt"] = b"trust me\n"
    return Attack(files, "bundle_changed")


ATTACKS: tuple[Attacker, ...] = (
    bytes_changed, stamp_changed, leaf_changed_too, forged_checkpoint, stolen_key, retired_key,
    entry_removed, tail_cut, forged_in_the_past, backdated, two_swapped, one_doubled, split_view,
    link_cut, pruned_early, pruned_more, key_destroyed, member_removed, member_added,
    table_changed, clock_set_back, clock_set_forward, unlisted_file,
)  # fmt: skip
__all__ = ["ATTACKS", "CONTROLLER", "Attack", "hashlib"]
