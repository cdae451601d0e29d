"""`full`: everything a bundle shows, in the order of docs/spec/audit-bundle.md, section 3."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from . import checks, entries, form, leaves, reconcile, tree
from .bundle import Bundle
from .entries import Entry
from .policy import Keyring, Signed
from .verdict import CANNOT_TELL, OK, CannotTellError, TamperedError, Verdict


@dataclass(frozen=True)
class Outside:
    """What the auditor holds from elsewhere.

    Attributes
    ----------
    policy : the first keys of the log, or None
    checkpoints : notes that came another way
    spools : files of the writers' spool
    accepts_gap : whether a declared loss of entries is accepted
    """

    policy: str | None = None
    checkpoints: Sequence[bytes] = ()
    spools: Sequence[Path] = ()
    accepts_gap: bool = False


@dataclass
class Work:
    """A verification under way."""

    bundle: Bundle
    outside: Outside
    read: int = 0
    held: list[Signed] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)

    def run(self) -> Verdict:
        """Run every check; the first that fails is the verdict."""
        changed = self.bundle.changes()
        keyring = keyring_of(self.bundle, self.outside.policy)
        newest = keyring.open(self.bundle.read("checkpoint"))
        kept = [keyring.open(self.bundle.read(name)) for name in self._notes("checkpoints/")]
        self.held = [keyring.open(raw) for raw in self.outside.checkpoints]
        self._require_manifest(newest)
        grown = leaves.Leaves.load(newest.size, self.bundle.tile)
        leaves.check_newest(grown, newest, [*kept, *self.held])
        continued = leaves.continued(grown, newest, [*kept, *self.held])
        counted = self._entries(grown, [newest, *continued])
        known = grown.hashes() if self.outside.spools else set()
        for path in self.outside.spools:
            reconcile.check_spool(path, known, newest.time)
        if not self.outside.accepts_gap:
            leaves.require_no_gap(newest)
        if changed:
            raise TamperedError("bundle_changed", f"{changed[0]} is not as the manifest lists it")
        return self._verdict(newest, counted)

    def _notes(self, folder: str) -> list[str]:
        return sorted(name for name in self.bundle.names if name.startswith(folder))

    def _require_manifest(self, newest: Signed) -> None:
        manifest = self.bundle.manifest
        said = (manifest["origin"], manifest["size"], manifest["epoch"])
        if said != (newest.text.split("\n", 1)[0], newest.size, newest.epoch):
            raise TamperedError("bundle_changed", "the manifest speaks of another checkpoint")

    def _entries(self, grown: leaves.Leaves, checkpoints: list[Signed]) -> checks.Counted:
        pruned = self._pruned()
        counted = checks.Counted(pruned)
        newest = max(c.time for c in checkpoints)
        rules: list[checks.Check] = [
            checks.Links(grown.__getitem__, {grown[index] for index in pruned}),
            checks.Times(checkpoints),
            checks.Members(self._members()),
            checks.Pruning(pruned, checkpoints),
            counted,
            checks.Keys(self._destroyed(), until=newest),
        ]
        with Table(self.bundle) as table:
            for entry in self.entries():
                require_leaf(entry, grown)
                entry.read()
                self._require_own(entry)
                for rule in rules:
                    rule.see(entry)
                table.see(entry)
                self.read += 1
            for rule in rules:
                rule.finish()
            table.finish()
        return counted

    def entries(self) -> Iterator[Entry]:
        """Return the entries in the order of their places."""
        last = -1
        for line in self.bundle.lines("entries.jsonl"):
            try:
                entry = entries.split(line)
            except form.FormError as error:
                raise TamperedError("form_changed", f"a line: {error}", last + 1) from error
            if not last < entry.index < self.bundle.size:
                raise TamperedError("form_changed", "indexes do not ascend", entry.index)
            last = entry.index
            yield entry

    def _require_own(self, entry: Entry) -> None:
        name = entry["id"]
        if name in self._ids:
            raise TamperedError("tree_changed", "one entry is in the tree twice", entry.index)
        if entry["controller"] != self.bundle.manifest["controller"]:
            raise TamperedError("form_changed", "the entry is another's", entry.index)
        self._ids.add(name)

    def _pruned(self) -> dict[int, int]:
        rows = self.bundle.rows("pruned.csv", "index,by")
        return {_index(gone): _index(by) for gone, by in rows}

    def _members(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for index, pseudonym in self.bundle.rows("members.csv", "index,pseudonym"):
            found.setdefault(_index(index), []).append(pseudonym)
        return found

    def _destroyed(self) -> Iterator[tuple[float, str]]:
        for when, by in self.bundle.rows("keys.csv", "destroyed_at,ordered_by"):
            try:
                at = datetime.strptime(when, entries.TIME).replace(tzinfo=UTC)
            except ValueError as error:
                raise CannotTellError("unreadable", "keys.csv has a time that is none") from error
            yield at.timestamp(), by

    def _verdict(self, newest: Signed, counted: checks.Counted) -> Verdict:
        size = newest.size
        if self.outside.policy is None:
            detail = "nothing is wrong, but the keys are the bundle's own: give yours with --policy"
            return Verdict(CANNOT_TELL, detail, "policy_not_yours", entries=self.read, size=size)
        if self.held:
            last = datetime.fromtimestamp(max(c.time for c in self.held), UTC)
            held = f"{len(self.held)} outside checkpoints, the newest of {last:%Y-%m-%d %H:%M} UTC"
        else:
            held = "no outside checkpoint was given"
        detail = (
            f"{self.read} entries in a tree of {size}, complete below index {counted.complete_to};"
            f" {held}"
        )
        return Verdict(OK, detail, entries=self.read, size=size)


class Table:
    """Makes entries.csv again and compares it with the bundle's, line by line."""

    def __init__(self, bundle: Bundle) -> None:
        self._file = bundle.open("entries.csv")
        self._is_same = True
        self._compare(entries.HEADER)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def see(self, entry: Entry) -> None:
        """Compare the next line."""
        self._compare(entries.table_line(entry))

    def finish(self) -> None:
        """Refuse a table that says something else."""
        if not self._is_same or self._file.read(1):
            raise TamperedError("bundle_changed", "entries.csv says something else")

    def _compare(self, line: str) -> None:
        self._is_same = self._is_same and self._file.read(len(line)) == line.encode()


def verify(path: Path, outside: Outside | None = None) -> Verdict:
    """Verify the bundle at `path` and return the verdict."""
    try:
        work = Work(Bundle(path), outside or Outside())
    except (TamperedError, CannotTellError) as error:
        return Verdict.of(error)
    try:
        return work.run()
    except (TamperedError, CannotTellError) as error:
        found = Verdict.of(error)
        return Verdict(
            found.code, found.detail, found.kind, found.index, work.read, work.bundle.size
        )


def keyring_of(bundle: Bundle, policy: str | None) -> Keyring:
    """Return the keys of a bundle's log, from the auditor's policy or the bundle's own."""
    text = policy if policy is not None else bundle.read("policy.txt").decode("ascii", "replace")
    keyring = Keyring.parse(text)
    names = {name for name in bundle.names if name.startswith("keys/")}
    notes = [bundle.read(f"keys/{n}.note") for n in range(2, 2 + len(names))]
    keyring.follow(notes)
    return keyring


def require_leaf(entry: Entry, grown: leaves.Leaves) -> None:
    """Demand that an entry's bytes hash to its leaf."""
    if tree.leaf_hash(entry.raw) != grown[entry.index]:
        raise TamperedError("entry_changed", "the bytes do not hash to the leaf", entry.index)


def _index(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise CannotTellError("unreadable", "a table has an index that is none")
    return int(text)
