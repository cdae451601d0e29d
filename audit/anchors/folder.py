"""The export folder as files: their names, how one comes to it, how they are read again.

Follows docs/spec/audit-bundle.md, section 5. A name carries the hash of its content. A file
is written under another name, flushed, and linked to its own, which fails if it is taken; then
the folder is flushed. So after a crash a file is there as a whole or not at all.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from uuid import UUID

from audit.verifier import entries, form, tree

SHORT = 16  # digits of the hash in a name
UNFINISHED = ".half"
SEGMENT = re.compile(r"([0-9]{12})-([0-9]{12})-[0-9a-f]{16}\.jsonl")
DIGEST = re.compile(r"-([0-9a-f]{16})\.[a-z]+\Z")
MEMBERS = re.compile(rb'\{"index":([0-9]{1,16}),"members":\["([0-9a-f",]*)"\]\}')
PRUNED = re.compile(
    rb'\{"index":([0-9]{1,16}),"leaf":"([0-9a-f]{64})","id":"([0-9a-f-]{36})",'
    rb'"pruned":"([0-9a-f-]{36})"\}'
)


class FolderError(RuntimeError):
    """A file of the export folder can not be read as what it is."""


@dataclass(frozen=True)
class Segment:
    """A file of the entries [start, end)."""

    path: Path
    start: int
    end: int

    def is_whole(self) -> bool:
        """Whether the content is what the name says."""
        return is_whole(self.path)


@dataclass(frozen=True)
class Pruned:
    """An entry whose period ended: its own id, and that of the `log.pruned` that says so."""

    id: UUID
    by: UUID


@dataclass(frozen=True)
class Place:
    """A leaf and what the folder still has of it.

    Attributes
    ----------
    raw : the entry's bytes; None where it was pruned
    members : pseudonyms in hex
    """

    index: int
    leaf: bytes
    raw: bytes | None = None
    members: tuple[str, ...] = ()
    pruned: Pruned | None = None


def is_whole(path: Path) -> bool:
    """Whether a file's content is what its name says."""
    found = DIGEST.search(path.name)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return found is not None and found[1] == digest[:SHORT]


class ExportFolder:
    """The export folder at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, kind: str, prefix: str, blocks: Iterable[bytes], suffix: str) -> Path:
        """Write a file whose name ends in its hash; one that is there already is left alone."""
        folder = self.path / kind
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        handle, half = tempfile.mkstemp(suffix=UNFINISHED, dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                for block in blocks:
                    digest.update(block)
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            path = folder / f"{prefix}{digest.hexdigest()[:SHORT]}{suffix}"
            with suppress(FileExistsError):
                os.link(half, path)
        finally:
            Path(half).unlink(missing_ok=True)
        _flush(folder)
        return path

    def remove(self, path: Path) -> None:
        """Remove a file; it is gone for good when this returns."""
        path.unlink(missing_ok=True)
        _flush(path.parent)

    def remove_unfinished(self) -> None:
        """Remove what a crash left half written."""
        for path in self.path.glob(f"*/*{UNFINISHED}"):
            path.unlink(missing_ok=True)

    def segments(self) -> list[Segment]:
        """Return the segments that follow each other from the first entry on.

        Where there are two of one range, a crash came between writing what pruning left of a
        segment and removing the segment: the smaller one counts.
        """
        found: dict[int, Segment] = {}
        paths = (self.path / "segments").glob("*.jsonl")
        for path in sorted(paths, key=lambda p: (-p.stat().st_size, p.name)):
            if match := SEGMENT.fullmatch(path.name):
                segment = Segment(path, int(match[1]), int(match[2]))
                found[segment.start] = segment
        joined: list[Segment] = []
        while (start := joined[-1].end if joined else 0) in found:
            joined.append(found[start])
        return joined

    def superseded(self) -> list[Path]:
        """Return segments of a range that another one counts for."""
        used = {segment.path for segment in self.segments()}
        ranges = {path.name[:25] for path in used}
        paths = sorted((self.path / "segments").glob("*.jsonl"))
        return [path for path in paths if path not in used and path.name[:25] in ranges]

    def notes(self, kind: str, pattern: str = "*.note") -> list[bytes]:
        """Return the contents of the whole files of a kind, by name."""
        paths = sorted((self.path / kind).glob(pattern))
        return [path.read_bytes() for path in paths if is_whole(path)]

    def damaged(self) -> list[str]:
        """Return the names of files that are not what they say; all of them are read."""
        paths = sorted(path for path in self.path.glob("*/*") if path.suffix != UNFINISHED)
        return [f"{path.parent.name}/{path.name}" for path in paths if not is_whole(path)]


def places(segment: Segment) -> Iterator[Place]:
    """Return the leaves of a segment in order.

    Raises
    ------
    FolderError
        a line can not be read, or an index is missing
    """
    wanted = segment.start
    with segment.path.open("rb") as file:
        for index, lines in groupby(file, key=index_of):
            if index != wanted:
                break
            yield _place(index, [line.rstrip(b"\n") for line in lines])
            wanted += 1
    if wanted != segment.end:
        msg = f"{segment.path.name} says nothing of entry {wanted}"
        raise FolderError(msg)


def index_of(line: bytes) -> int:
    """Return the index that a line is about; `FolderError` where there is none."""
    number = line[len(b'{"index":') : 30].partition(b",")[0]
    if not line.startswith(b'{"index":') or not number.isdigit():
        msg = "a line of a segment has no index"
        raise FolderError(msg)
    return int(number)


def pruned_line(place: Place, by: UUID) -> bytes:
    """Return the line that is left of an entry when its period is over."""
    entry_id = entries.Entry(place.index, place.raw or b"")["id"]
    return b'{"index":%d,"leaf":"%s","id":"%s","pruned":"%s"}\n' % (
        place.index, place.leaf.hex().encode(), entry_id.encode(), str(by).encode(),
    )  # fmt: skip


def _place(index: int, lines: list[bytes]) -> Place:
    first, *rest = lines
    if match := PRUNED.fullmatch(first):
        pruned = Pruned(UUID(match[3].decode()), UUID(match[4].decode()))
        return Place(index, bytes.fromhex(match[2].decode()), pruned=pruned)
    try:
        raw = entries.split(first).raw
    except form.FormError as error:
        msg = f"the line of entry {index} can not be read: {error}"
        raise FolderError(msg) from error
    members: tuple[str, ...] = ()
    if rest:
        match = MEMBERS.fullmatch(rest[0])
        if match is None or len(rest) > 1:
            msg = f"the members of entry {index} can not be read"
            raise FolderError(msg)
        members = tuple(match[2].decode().split('","'))
    return Place(index, tree.leaf_hash(raw), raw, members)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
