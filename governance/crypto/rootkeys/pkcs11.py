"""The root key as an object of a PKCS#11 token, which it never leaves.

Wrapping is CKM_AES_GCM (PKCS#11 v2.40 current mechanisms, section 2.11) by C_Encrypt and
C_Decrypt: wrapping with GCM by C_WrapKey is not in every token. The nonce is ours and stands in
front, so that the bytes look as those of the file do.

Three habits of tokens shape this module. A session does not survive a fork, so that each process
opens its own. They answer a wrong tag with whatever code they like (SoftHSM: CKR_GENERAL_ERROR),
so that a failure is told from an outage by trying bytes just made. And a wrong PIN, repeated,
locks the token, so that it is tried once in a process.
"""

import importlib.util
import os
import random
import secrets
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured

from governance.crypto.envelope import NONCE, TAG
from governance.crypto.errors import UnsealError
from governance.crypto.root import KEY_BYTES, Secret
from governance.crypto.rootkeys import sessions
from governance.crypto.rootkeys.base import (
    SECONDS,
    RootKeyRefusedError,
    RootKeyUnavailableError,
    checked,
    opened,
    proven,
)
from governance.crypto.rootkeys.waiting import within

# Seconds, at most, after each attempt. Each begins anew: a token may have been restarted, and
# SoftHSM reads its files while another process logs in and writes them.
PAUSES = (0.0, 0.1, 0.2, 0.4, 0.8, 0.0)
T = TypeVar("T")


class Pkcs11RootKey:
    """A root key in a token; nothing is opened before the first use.

    Parameters
    ----------
    module : file of the token's library
    token, label : labels of the token, and of the key in it
    pin : of the token's user
    seconds : how long the token may take for one answer

    Raises
    ------
    ImproperlyConfigured
        `python-pkcs11` is not installed, or there is no such library
    """

    def __init__(
        self, *, module: Path, token: str, label: str, pin: str, seconds: float = SECONDS
    ) -> None:
        if importlib.util.find_spec("pkcs11") is None:
            raise ImproperlyConfigured(
                "CUSTODE_PKCS11_MODULE needs the package python-pkcs11. "
                "Install it: pip install 'custode[pkcs11]'"
            )
        if not module.is_file():
            raise ImproperlyConfigured(
                "CUSTODE_PKCS11_MODULE names no file. "
                "Example: CUSTODE_PKCS11_MODULE=/usr/lib/softhsm/libsofthsm2.so"
            )
        self._where = sessions.Where(module, token, label, pin)
        self._seconds = seconds
        self._opened: sessions.Opened | None = None
        self._refusal = ""

    def __repr__(self) -> str:
        return f"<{self.describe()}>"

    def describe(self) -> str:
        """Return `pkcs11:TOKEN/LABEL`, without asking the token."""
        return str(self._where)

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Return nonce, ciphertext and tag, as `RootKey.wrap` promises."""
        wrapped = self._ask(partial(_encrypt, plain=checked(key), context=context))
        return proven(self, key, wrapped=wrapped, context=context)

    def unwrap(self, wrapped: bytes, context: bytes) -> Secret:
        """Return the key that `wrap` wrapped, as `RootKey.unwrap` promises."""
        if len(wrapped) != NONCE + KEY_BYTES + TAG:
            raise UnsealError
        plain = self._ask(partial(_decrypt_or_not, wrapped=bytes(wrapped), context=context))
        if plain is None:
            raise UnsealError
        return opened(plain)

    def _ask(self, use: Callable[[Any], T]) -> T:
        return within(
            self._seconds,
            lambda: self._attempt(use),
            # C_Initialize is told of one thread, and is for the process.
            line=str(self._where.module),
            provider=self.describe(),
        )

    def _attempt(self, use: Callable[[Any], T]) -> T:
        import pkcs11

        because = ""
        for pause in PAUSES:
            try:
                return use(self._key())
            except pkcs11.PKCS11Error as error:
                because = type(error).__name__
            if because.startswith("Pin"):
                self._refusal = because
                break
            self._opened = None
            sessions.end(self._where)
            time.sleep(pause * random.random())  # noqa: S311 - it parts processes, nothing more
        error_class = RootKeyRefusedError if self._refusal else RootKeyUnavailableError
        raise error_class(provider=self.describe(), because=because)

    def _key(self) -> Any:
        if self._refusal:
            raise RootKeyRefusedError(provider=self.describe(), because=self._refusal)
        if self._opened is None or self._opened.process != os.getpid():
            self._opened = sessions.open_key(self._where)
        return self._opened.key


def _encrypt(key: Any, *, plain: bytes, context: bytes) -> bytes:
    from pkcs11 import GCMParams, Mechanism

    nonce = os.urandom(NONCE)
    parameters = GCMParams(nonce, context, TAG * 8)
    sealed = key.encrypt(plain, mechanism=Mechanism.AES_GCM, mechanism_param=parameters)
    return nonce + bytes(sealed)


def _decrypt(key: Any, *, wrapped: bytes, context: bytes) -> bytes:
    from pkcs11 import GCMParams, Mechanism

    parameters = GCMParams(wrapped[:NONCE], context, TAG * 8)
    return bytes(
        key.decrypt(wrapped[NONCE:], mechanism=Mechanism.AES_GCM, mechanism_param=parameters)
    )


def _decrypt_or_not(key: Any, *, wrapped: bytes, context: bytes) -> bytes | None:
    """Return what opens, or None when the token works and this does not open."""
    import pkcs11

    try:
        return _decrypt(key, wrapped=wrapped, context=context)
    except pkcs11.PKCS11Error:
        probe = secrets.token_bytes(KEY_BYTES)
        made = _encrypt(key, plain=probe, context=context)
        if _decrypt(key, wrapped=made, context=context) != probe:
            raise
    return None
