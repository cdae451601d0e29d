"""The export folder: checkpoints, key notes and all entries, in files that only ever come to it.

Follows docs/spec/audit-bundle.md, section 5. A name carries the hash of its content. A file
is written under another name, flushed, and linked to its own, which fails if it is taken; then
the folder is flushed. So after a crash a file is there as a whole or not at all.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from audit.anchors.base import AnchorError, Published

SEGMENT = 50_000  # leaves in one file at most
SHORT = 16  # digits of the hash in a name
NAME = re.compile(r"([0-9]{12})-([0-9]{12})-([0-9a-f]{16})\.jsonl")
UNFINISHED = ".half"

Lines = Callable[[int, int], Iterable[bytes]]
"""Of (from, to), returns the lines of a segment in blocks."""


@dataclass(frozen=True)
class Segment:
    """A file of the entries [start, end)."""

    path: Path
    start: int
    end: int
    digest: str

    def is_whole(self) -> bool:
        """Whether the content is what the name says."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:SHORT] == self.digest


class Directory:
    """The anchor that is always on.

    Arguments
    ---------
    folder : on a disk, or a mount, that the superuser of the database does not reach
    """

    name = "directory"

    def __init__(self, folder: Path, lines: Lines, *, segment: int = SEGMENT) -> None:
        self._folder, self._lines, self._segment = folder, lines, segment

    def publish(self, published: Published) -> bytes:
        """Write what is missing up to a checkpoint, and the checkpoint last.

        Raises
        ------
        AnchorError
            the folder can not be written, or holds a file that is not what its name says
        """
        try:
            self._remove_unfinished()
            self._write_segments(published.size)
            for n, text in published.introductions.items():
                self._write("keys", f"{n}-", [text.encode()], ".note")
            prefix = f"{published.epoch}-{published.size:012d}-"
            written = self._write("checkpoints", prefix, [published.note.encode()], ".note")
        except OSError as error:
            msg = f"the export folder can not be written ({error.strerror})"
            raise AnchorError(msg) from error
        return written.name.encode()

    def verify(self, published: Published, proof: bytes) -> None:
        """Check that the checkpoint is in the folder, and all that it covers.

        Raises
        ------
        AnchorError
        """
        digest = hashlib.sha256(published.note.encode()).hexdigest()[:SHORT]
        wanted = f"{published.epoch}-{published.size:012d}-{digest}.note"
        path = self._folder / "checkpoints" / wanted
        if proof != wanted.encode() or not path.is_file() or path.read_text() != published.note:
            msg = "the checkpoint is not in the export folder"
            raise AnchorError(msg)
        end = 0
        for segment in self.segments():
            if not segment.is_whole():
                msg = f"{segment.path.name} is not what its name says"
                raise AnchorError(msg)
            end = segment.end
        if end < published.size:
            msg = f"the export folder ends at {end} entries"
            raise AnchorError(msg)

    def segments(self) -> list[Segment]:
        """Return the segments that follow each other from the first entry on."""
        found = {}
        for path in sorted((self._folder / "segments").glob("*.jsonl")):
            if match := NAME.fullmatch(path.name):
                segment = Segment(path, int(match[1]), int(match[2]), match[3])
                found[segment.start] = segment
        joined: list[Segment] = []
        while (start := joined[-1].end if joined else 0) in found:
            joined.append(found[start])
        return joined

    def _write_segments(self, size: int) -> None:
        known = self.segments()
        if known and not known[-1].is_whole():
            msg = f"{known[-1].path.name} is not what its name says"
            raise AnchorError(msg)
        start = known[-1].end if known else 0
        while start < size:
            end = min(size, start + self._segment)
            self._write("segments", f"{start:012d}-{end:012d}-", self._lines(start, end), ".jsonl")
            start = end

    def _write(self, kind: str, prefix: str, blocks: Iterable[bytes], suffix: str) -> Path:
        """Write a file whose name ends in its hash; one that is there already is left alone."""
        folder = self._folder / kind
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
        self._flush(folder)
        return path

    def _remove_unfinished(self) -> None:
        for path in self._unfinished():
            path.unlink(missing_ok=True)

    def _unfinished(self) -> Iterator[Path]:
        yield from self._folder.glob(f"*/*{UNFINISHED}")

    @staticmethod
    def _flush(folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
