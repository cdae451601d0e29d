"""Sessions of PKCS#11 tokens: the library and the session of this process, and of no other.

All of it is called from one thread (`waiting.within`).

After a fork the child has to call C_Initialize itself (PKCS#11 v2.40 usage guide, section 2.5.2).
"""

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from governance.crypto.root import KEY_BYTES
from governance.crypto.rootkeys.base import RootKeyRefusedError

if TYPE_CHECKING:
    from pkcs11 import Object, Session
    from pkcs11._pkcs11 import lib as Library  # noqa: N812 - a class, whatever its case


@dataclass(frozen=True)
class Where:
    """Where the key is: the library's file, labels of token and key, and the PIN of the user."""

    module: Path
    token: str
    label: str
    pin: str = field(repr=False)

    def __str__(self) -> str:
        return f"pkcs11:{self.token}/{self.label}"


@dataclass(frozen=True)
class Opened:
    """The key as one process may use it."""

    process: int
    session: "Session"
    key: Any  # pkcs11.SecretKey, whose methods come from mixins that mypy can not follow


_libraries: dict[str, tuple[int, "Library"]] = {}
_inherited: list["Library"] = []  # kept, for their destructor finalises the library, now ours


def open_key(where: Where) -> Opened:
    """Log in, and return the one AES key of 256 bits with this label.

    Raises
    ------
    RootKeyRefusedError
        the key could leave the token, or is not for this use
    pkcs11.PKCS11Error
        any answer of the library but CKR_OK
    """
    import pkcs11

    token = _library(str(where.module)).get_token(token_label=where.token)
    try:
        session = token.open(user_pin=where.pin)
    except pkcs11.UserAlreadyLoggedIn:
        # Being logged in is of the process, not of a session (v2.40, section 5.6).
        session = token.open()
    try:
        return Opened(os.getpid(), session, _fit_key(session, where))
    except (pkcs11.PKCS11Error, RootKeyRefusedError):
        # Tokens have few sessions, and refusing must not use them up.
        with contextlib.suppress(pkcs11.PKCS11Error):
            session.close()
        raise


def end(where: Where) -> None:
    """End what this process has with the library, so that the next session begins with nothing.

    Slots are listed once, by C_Initialize: without this a token that was away stays so. Other keys
    of the same library find their session ended, and open another.
    """
    import pkcs11

    process, library = _libraries.get(str(where.module), (0, None))
    if library and process == os.getpid():
        with contextlib.suppress(pkcs11.PKCS11Error):
            library.finalize()


def _library(file: str) -> "Library":
    import pkcs11
    from pkcs11 import _pkcs11

    process, library = _libraries.get(file, (os.getpid(), None))
    if library is None:
        library = pkcs11.lib(file)
    elif process != os.getpid():
        _inherited.append(library)
        try:
            library = _pkcs11.lib(file)
        except pkcs11.PKCS11Error:
            # It takes the state of the parent for ours. Only now: to finalise first would, in
            # libraries that keep a connection, end that of the parent.
            with contextlib.suppress(pkcs11.PKCS11Error):
                library.finalize()
            library = _pkcs11.lib(file)
    library.initialize()  # which it is, but after `end`
    _libraries[file] = (os.getpid(), library)
    return library


def _fit_key(session: "Session", where: Where) -> "Object":
    from pkcs11 import Attribute, KeyType, ObjectClass

    labelled = {
        Attribute.CLASS: ObjectClass.SECRET_KEY,
        Attribute.KEY_TYPE: KeyType.AES,
        Attribute.LABEL: where.label,
    }
    # Not `get_key`, whose search is still under way when it finds two.
    keys = list(session.get_objects(labelled))
    if len(keys) != 1:
        because = f"{len(keys)} keys have the label"
        raise RootKeyRefusedError(provider=str(where), because=because)
    (key,) = keys
    wanted = {
        Attribute.SENSITIVE: (True, "the key is not sensitive"),
        Attribute.EXTRACTABLE: (False, "the key is extractable"),
        Attribute.VALUE_LEN: (KEY_BYTES, "the key is not of 256 bits"),
        Attribute.ENCRYPT: (True, "the key may not encrypt"),
        Attribute.DECRYPT: (True, "the key may not decrypt"),
    }
    for attribute, (value, otherwise) in wanted.items():
        if key[attribute] != value:
            raise RootKeyRefusedError(provider=str(where), because=otherwise)
    return key
