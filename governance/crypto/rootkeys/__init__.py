"""Root keys: what wraps the keys of the epochs, and nothing else.

The root key is a file, an object of a PKCS#11 token, or a key of Vault's transit engine. The three
are alike to their caller (docs/spec/field-encryption.md, section 2); `choose` makes the one that
the settings describe.
"""

from governance.crypto.rootkeys.base import RootKey, RootKeyRefusedError, RootKeyUnavailableError
from governance.crypto.rootkeys.choosing import choose

__all__ = ["RootKey", "RootKeyRefusedError", "RootKeyUnavailableError", "choose"]
