"""A bundle as a folder or a ZIP: nothing in it is trusted, not even its names."""

import hashlib
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from . import form, tree
from .verdict import CannotTellError

MANIFEST = "manifest.json"
MAX_FILE = 1 << 26  # bytes of a file that is read as a whole
NAME = re.compile(r"[A-Za-z0-9_.\-]+(/[A-Za-z0-9_.\-]+)*")
MAX_LINE = 1 << 18


def incomplete(what: str) -> CannotTellError:
    """Return the error for something that is not there, or only in part."""
    return CannotTellError("incomplete", f"the bundle is incomplete: {what}")


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> Iterator[str]:
        for folder, folders, files in os.walk(self._path):
            folders[:] = [name for name in folders if name != "__pycache__"]  # of the verifier
            if any((Path(folder) / name).is_symlink() for name in [*files, *folders]):
                raise CannotTellError("unreadable", "the bundle holds a link")
            yield from (str((Path(folder) / name).relative_to(self._path)) for name in files)

    def open(self, name: str) -> IO[bytes]:
        return (self._path / name).open("rb")


class _Zip:
    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise incomplete("the file is missing, or no whole ZIP") from error

    def names(self) -> Iterator[str]:
        for info in self._zip.infolist():
            if info.compress_type != zipfile.ZIP_STORED:
                raise CannotTellError("unreadable", "the ZIP is compressed: not as we write it")
            yield info.filename

    def open(self, name: str) -> IO[bytes]:
        return self._zip.open(name)


class Bundle:
    """The files of a bundle at `path`.

    Raises
    ------
    CannotTellError
        it can not be read, or holds names that lead out of it
    """

    def __init__(self, path: Path) -> None:
        self._files = _Folder(path) if path.is_dir() else _Zip(path)
        self.names = frozenset(self._names())
        self.manifest = self._manifest()
        self.size: int = self.manifest["size"]
        self._listed: dict[str, str] = self.manifest["files"]

    def read(self, name: str) -> bytes:
        """Return the bytes of a file."""
        with self.open(name) as file:
            content = file.read(MAX_FILE + 1)
        if len(content) > MAX_FILE:
            raise CannotTellError("unreadable", f"{name} is too large")
        return content

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading."""
        if name not in self.names:
            raise incomplete(f"{name} is missing")
        try:
            return self._files.open(name)
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise incomplete(f"{name} can not be read") from error

    def lines(self, name: str) -> Iterator[bytes]:
        """Return the lines of a file, without their ends; nothing else than 0x0A ends one."""
        with self.open(name) as file:
            while line := file.readline(MAX_LINE):
                if not line.endswith(b"\n"):
                    raise incomplete(f"{name} ends in the middle of a line")
                yield line[:-1]

    def rows(self, name: str, header: str) -> Iterator[tuple[str, str]]:
        """Return the rows of a file of two columns."""
        lines = self.lines(name)
        if next(lines, b"") != header.encode():
            raise CannotTellError("unreadable", f"{name} has another header")
        for line in lines:
            first, separator, second = line.decode("ascii", "replace").partition(",")
            if not separator or "," in second:
                raise CannotTellError("unreadable", f"{name} has a row that is not two values")
            yield first, second

    def changes(self) -> list[str]:
        """Return what differs from the manifest: names of files.

        Raises
        ------
        CannotTellError
            a file that the manifest lists is missing
        """
        if missing := sorted(set(self._listed) - self.names):
            raise incomplete(f"{missing[0]} is missing")
        found = sorted(self.names - {MANIFEST} - set(self._listed))
        for name, digest in sorted(self._listed.items()):
            with self.open(name) as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:  # type: ignore[arg-type]  # it reads
                    found.append(name)
        return found

    def tile(self, level: int, n: int) -> bytes:
        """Return the hashes of a tile; KeyError where it is not there."""
        width = tree.tile_width(self.size, level, n)
        name = tree.tile_name(level, n, width) if width > 0 else ""
        if name not in self.names:
            detail = f"the tile {name or (level, n)} is missing"
            raise CannotTellError("missing_tile", detail, n * tree.WIDTH << tree.HEIGHT * level)
        content = self.read(name)
        if len(content) != width * tree.HASH_BYTES:
            raise CannotTellError("missing_tile", f"the tile {name} is not whole", n * tree.WIDTH)
        return content

    def _names(self) -> Iterator[str]:
        seen = set[str]()
        for name in self._files.names():
            if not NAME.fullmatch(name) or ".." in name.split("/") or name in seen:
                raise CannotTellError("unreadable", "the bundle holds a name that is not allowed")
            seen.add(name)
            yield name

    def _manifest(self) -> dict[str, Any]:
        raw = self.read(MANIFEST)
        try:
            found = form.parse(raw)
            form.require_canonical(found, raw)
        except form.FormError as error:
            raise CannotTellError("unreadable", f"the manifest: {error}") from error
        wanted = {
            "bundle": int, "origin": str, "controller": str, "size": int, "epoch": int,
            "files": dict,
        }  # fmt: skip
        is_whole = all(type(found.get(name)) is kind for name, kind in wanted.items())
        is_ours = is_whole and found["bundle"] == 1 and found["size"] >= 0
        if not is_ours or not all(type(digest) is str for digest in found["files"].values()):
            raise CannotTellError("unreadable", "the manifest is not one of this version")
        return found
