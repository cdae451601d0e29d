"""The root key: 32 bytes in a file outside both databases.

It wraps the keys of the keystore and seals nothing else. Losing it loses every
personal value; it is never logged, printed or stored in a database.
"""

import os
import secrets
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


class Secret:
    """Key material that does not show itself in a traceback or a log, and is never pickled."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """Return the bytes, for the call that needs them."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> str:
        msg = "key material is not pickled"
        raise TypeError(msg)


def create(path: Path) -> None:
    """Write a new root key to `path` with mode 0600; an existing file is left alone."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())


def load(path: str | None = None) -> Secret:
    """Return the root key of this installation, where it is a file.

    Raises
    ------
    ImproperlyConfigured
        the file is missing, unreadable or does not hold exactly 32 bytes
    """
    named = path or settings.CUSTODE_ROOT_KEY.get("CUSTODE_ROOT_KEY_FILE")
    if not named:
        msg = "CUSTODE_ROOT_KEY_FILE is not set: the root key of this installation is no file."
        raise ImproperlyConfigured(msg)
    return _loaded(named)


@cache
def _loaded(path: str) -> Secret:
    location = Path(path)
    try:
        value = location.read_bytes()
    except OSError as error:
        msg = (
            f"CUSTODE_ROOT_KEY_FILE can not be read ({error.strerror}). "
            "Restore the file from the recovery kit."
        )
        raise ImproperlyConfigured(msg) from error
    if len(value) != KEY_BYTES:
        msg = f"CUSTODE_ROOT_KEY_FILE must hold {KEY_BYTES} bytes and holds {len(value)}."
        raise ImproperlyConfigured(msg)
    return Secret(value)
