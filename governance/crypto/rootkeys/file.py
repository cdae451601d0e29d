"""The root key as 32 bytes in a file that nobody else on the machine can read."""

import hashlib
import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ImproperlyConfigured

from governance.crypto.envelope import open_blob, seal_blob
from governance.crypto.root import KEY_BYTES, Secret
from governance.crypto.rootkeys.base import checked, opened

IDENTITY = b"custode/root-id/v1"
IDENTITY_BYTES = 8
MODES = (0o600, 0o400)


class FileRootKey:
    """A root key that is read once, when this is made; a fork inherits it.

    Parameters
    ----------
    path : where the file is; a symbolic link is followed, and what it leads to is judged

    Raises
    ------
    ImproperlyConfigured
        the file is missing, not of 32 bytes, another account's, or not of mode 0600 or 0400
    """

    def __init__(self, path: Path) -> None:
        key = _read(path)
        self._identity = identity(key)
        self._cipher = AESGCM(key)

    def __repr__(self) -> str:
        return f"<{self.describe()}>"

    def describe(self) -> str:
        """Return `file:` and 16 hex digits, which tell keys apart and nothing about them."""
        return self._identity

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Return nonce, ciphertext and tag of AES-256-GCM, as in section 1 of the specification."""
        return seal_blob(self._cipher, context, checked(key))

    def unwrap(self, wrapped: bytes, context: bytes) -> Secret:
        """Return the key that `wrap` wrapped. Raises UnsealError for every mismatch."""
        return opened(open_blob(self._cipher, context, bytes(wrapped)))


def identity(key: bytes) -> str:
    """Return how a root key of these bytes describes itself."""
    return f"file:{hashlib.sha256(IDENTITY + key).digest()[:IDENTITY_BYTES].hex()}"


def _read(path: Path) -> bytes:
    try:
        # Non-blocking, for a pipe in its place would hold up the start.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            # Of the open file: a name can lead elsewhere a moment later.
            _refuse_others(os.fstat(descriptor))
            value = file.read(KEY_BYTES + 1)
    except OSError as error:
        raise ImproperlyConfigured(
            f"CUSTODE_ROOT_KEY_FILE can not be read ({error.strerror}). "
            "Restore the file from the recovery kit."
        ) from error
    if len(value) != KEY_BYTES:
        raise ImproperlyConfigured(
            f"CUSTODE_ROOT_KEY_FILE must hold {KEY_BYTES} bytes. "
            "Restore the file from the recovery kit."
        )
    return value


def _refuse_others(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ImproperlyConfigured("CUSTODE_ROOT_KEY_FILE is not a file. Name the file itself.")
    if status.st_uid != os.geteuid():
        raise ImproperlyConfigured(
            f"CUSTODE_ROOT_KEY_FILE belongs to account {status.st_uid}, and this process runs as "
            f"{os.geteuid()}. Run it as that account, or give the file to this one with chown."
        )
    mode = stat.S_IMODE(status.st_mode)
    if mode not in MODES:
        raise ImproperlyConfigured(
            f"CUSTODE_ROOT_KEY_FILE has mode {mode:04o} and must have 0600 or 0400. "
            "If others could read it, rotate the root key after chmod 600."
        )
