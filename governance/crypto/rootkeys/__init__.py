"""Root keys: what wraps the keys of the epochs, and nothing else.

The root key is a file, an object of a PKCS#11 token, or a key of Vault's transit engine. The three
are alike to their caller (docs/spec/field-encryption.md, section 2); `present` is the one that the
settings describe, and `following` the one to go over to.
"""

from governance.crypto.rootkeys.base import (
    RootKey,
    RootKeyOtherError,
    RootKeyRefusedError,
    RootKeyUnavailableError,
)
from governance.crypto.rootkeys.choosing import FILE, choose
from governance.crypto.rootkeys.held import following, held, named, present

__all__ = [
    "FILE",
    "RootKey",
    "RootKeyOtherError",
    "RootKeyRefusedError",
    "RootKeyUnavailableError",
    "choose",
    "following",
    "held",
    "named",
    "present",
]
