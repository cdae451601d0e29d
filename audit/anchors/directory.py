"""The anchor that is always on: the export folder, whose files only ever come to it."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from audit.anchors.base import AnchorError, Published
from audit.anchors.folder import SHORT, ExportFolder

SEGMENT = 50_000  # leaves in one file at most

Lines = Callable[[int, int], Iterable[bytes]]
"""Of (from, to), returns the lines of a segment in blocks."""


class Directory:
    """The anchor that is always on.

    Arguments
    ---------
    folder : on a disk, or a mount, that the superuser of the database does not reach
    segment : leaves in one file at most
    """

    name = "directory"

    def __init__(self, folder: Path, lines: Lines, *, segment: int = SEGMENT) -> None:
        self._folder, self._lines, self._segment = ExportFolder(folder), lines, segment

    def publish(self, published: Published) -> bytes:
        """Write what is missing up to a checkpoint, and the checkpoint last.

        Raises
        ------
        AnchorError
            the folder can not be written, or holds a file that is not what its name says
        """
        try:
            self._folder.remove_unfinished()
            self._write_segments(published.size)
            self._write_keys(published)
            content = published.note.encode()
            written = self._folder.write("checkpoints", _prefix(published), [content], ".note")
        except OSError as error:
            msg = f"the export folder can not be written ({error.strerror})"
            raise AnchorError(msg) from error
        return written.name.encode()

    def verify(self, published: Published, proof: bytes) -> None:
        """Check that the checkpoint is in the folder, and all that it covers: reads all of it.

        Raises
        ------
        AnchorError
        """
        digest = hashlib.sha256(published.note.encode()).hexdigest()[:SHORT]
        wanted = f"{_prefix(published)}{digest}.note"
        path = self._folder.path / "checkpoints" / wanted
        if proof != wanted.encode() or not path.is_file() or path.read_text() != published.note:
            msg = "the checkpoint is not in the export folder"
            raise AnchorError(msg)
        end = 0
        for segment in self._folder.segments():
            if not segment.is_whole():
                msg = f"{segment.path.name} is not what its name says"
                raise AnchorError(msg)
            end = segment.end
        if end < published.size:
            msg = f"the export folder ends at {end} entries"
            raise AnchorError(msg)

    def _write_segments(self, size: int) -> None:
        known = self._folder.segments()
        if known and not known[-1].is_whole():
            msg = f"{known[-1].path.name} is not what its name says"
            raise AnchorError(msg)
        start = known[-1].end if known else 0
        while start < size:
            end = min(size, start + self._segment)
            lines = self._lines(start, end)
            self._folder.write("segments", f"{start:012d}-{end:012d}-", lines, ".jsonl")
            start = end

    def _write_keys(self, published: Published) -> None:
        if published.policy:
            self._folder.write("keys", "policy-", [published.policy.encode()], ".txt")
        for n, text in published.introductions.items():
            self._folder.write("keys", f"{n}-", [text.encode()], ".note")


def _prefix(published: Published) -> str:
    return f"{published.epoch}-{published.size:012d}-"
