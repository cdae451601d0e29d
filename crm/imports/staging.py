"""The file of an import between its upload and its landing: sealed, and gone afterwards.

The file is cut into pieces of a mebibyte, each sealed with AES-256-GCM under the key of the
batch. The nonce of a piece is a random prefix, its number, and whether it is the last, so
that pieces cannot be swapped, dropped or cut off unnoticed (the STREAM construction of
Hoang, Reyhanitabar, Rogaway and Vizár, 2015).

To be read it is opened into anonymous memory (`memfd_create`), which has a path on Linux and
is on no disk, although the system may swap it. Where there is no such memory, plaintext lies
in a file of mode 0600 beside the sealed one as long as it is being read, and no longer.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from crm.imports import rejects
from crm.models import ImportBatch
from governance.crypto import keystore
from governance.policy.errors import GovernanceError

PIECE = 1 << 20
TAG = 16
PREFIX = 7


class StagedFileError(GovernanceError):
    """The sealed file of an import is missing, cut or changed."""

    code = "staged_file_lost"
    status = 410
    message = _("The uploaded file is no longer here, or was damaged.")
    advice = _("Upload the file again.")


def folder() -> Path:
    """Return the folder of sealed files, made with mode 0700."""
    where = Path(settings.STATE) / "imports"
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    where.chmod(0o700)
    return where


def sealed_path(batch: UUID) -> Path:
    """Return where the sealed file of a batch lies, or would lie."""
    return folder() / f"{batch.hex}.sealed"


def seal(batch: ImportBatch, chunks: Iterable[bytes]) -> None:
    """Seal a file under the key of its batch; it appears whole or not at all."""
    cipher = AESGCM(
        keystore.controller_key(batch.controller_id, rejects.key_use(batch), create=True)
    )
    prefix = os.urandom(PREFIX)
    target = sealed_path(batch.pk)
    partial = target.with_suffix(".partial")
    try:
        with _private(partial) as file:
            file.write(prefix)
            for number, (piece, is_last) in enumerate(_pieces(chunks)):
                nonce = _nonce(prefix, number, is_last=is_last)
                file.write(cipher.encrypt(nonce, piece, batch.pk.bytes))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def opened(batch: ImportBatch) -> Iterator[Path]:
    """Open the sealed file for reading, under a path that ends with the block.

    Raises
    ------
    StagedFileError
        it is not there, or is not what was sealed
    KeyDestroyedError
        the import is over
    """
    key = keystore.controller_key(batch.controller_id, rejects.key_use(batch))
    with plaintext(_unsealed(batch, AESGCM(key))) as path:
        yield path


@contextmanager
def plaintext(chunks: Iterable[bytes]) -> Iterator[Path]:
    """Hold plaintext under a path, in anonymous memory where the system has it."""
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("import", os.MFD_CLOEXEC), "wb") as memory:
            memory.writelines(chunks)
            memory.flush()
            yield Path(f"/proc/self/fd/{memory.fileno()}")
        return
    with tempfile.NamedTemporaryFile(dir=folder(), suffix=".open") as file:  # mode 0600
        file.writelines(chunks)
        file.flush()
        yield Path(file.name)


def remove(batch: UUID) -> None:
    """Remove the sealed file of a batch. Repeating it is harmless."""
    sealed_path(batch).unlink(missing_ok=True)


def _private(path: Path) -> IO[bytes]:
    """Open a new file for writing that only this user can read, whatever the umask."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _pieces(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield pieces of full length and a shorter last one, which may be empty."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) > PIECE:
            yield bytes(held[:PIECE]), False
            del held[:PIECE]
    yield bytes(held), True


def _nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4) + bytes([is_last])


def _unsealed(batch: ImportBatch, cipher: AESGCM) -> Iterator[bytes]:
    try:
        with sealed_path(batch.pk).open("rb") as file:
            prefix = file.read(PREFIX)
            sealed, number = file.read(PIECE + TAG), 0
            while sealed:
                following = file.read(PIECE + TAG)
                nonce = _nonce(prefix, number, is_last=not following)
                yield cipher.decrypt(nonce, sealed, batch.pk.bytes)
                sealed, number = following, number + 1
            if not number:
                raise StagedFileError
    except (OSError, InvalidTag, ValueError):
        raise StagedFileError from None
