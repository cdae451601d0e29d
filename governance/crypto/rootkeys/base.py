"""What every root key promises, and the errors of those that are somewhere else.

A token and a server can be away. Then nothing is wrapped and nothing is opened: there is no second
way, and no answer of theirs is believed that was not checked.
"""

import secrets
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from governance.crypto.errors import UnsealError
from governance.crypto.root import KEY_BYTES, Secret
from governance.policy.errors import GovernanceError

SECONDS = 10.0  # how long a token or a server may take for one answer


class RootKeyUnavailableError(GovernanceError):
    """The root key can not be asked now; nothing was wrapped or opened."""

    code = "root_key_unavailable"
    article = "32(1)(b)"
    retryable = True
    status = 503
    message = _("The root key can not be reached.")
    advice = _("Try again later. If it stays so, tell the administrator.")

    def __init__(self, *, provider: str = "", because: str = "") -> None:
        super().__init__(provider=provider, because=because)

    def __str__(self) -> str:
        return f"{super().__str__()} [{self.details['provider']}: {self.details['because']}]"


class RootKeyRefusedError(RootKeyUnavailableError):
    """Who holds the root key refuses us, or it is not what it must be; repeating does not help."""

    code = "root_key_refused"
    retryable = False
    message = _("The root key can not be used.")
    advice = _("Tell the administrator: the settings of the root key have to be put right.")


class RootKeyOtherError(GovernanceError):
    """The epoch's key is under another root key than this process was given; both are named."""

    code = "root_key_other"
    article = "32(1)(b)"
    status = 503
    message = _("The keys are under another root key than this process was given.")
    advice = _(
        "Tell the administrator: the settings of this process have to name that root key, and it"
        " has to be restarted."
    )

    def __init__(self, *, expected: str = "", found: str = "") -> None:
        super().__init__(expected=expected, found=found)

    def __str__(self) -> str:
        expected, found = self.details["expected"], self.details["found"]
        return f"{super().__str__()} [expected {expected}, found {found}]"


class RootKey(Protocol):
    """A key that wraps the keys of epochs, wherever it is; it can be used after a fork."""

    def describe(self) -> str:
        """Return the kind and the identity of the key, such as `file:3f9a…`; never the key."""

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Return a key of 32 bytes, wrapped and bound to `context`.

        Raises
        ------
        RootKeyUnavailableError
            the provider does not answer, refuses, or is slow
        ValueError
            the key is not of 32 bytes
        """

    def unwrap(self, wrapped: bytes, context: bytes) -> Secret:
        """Return the key that `wrap` wrapped with the same `context`.

        Raises
        ------
        UnsealError
            it does not open: changed, of another context, or of another root key
        RootKeyUnavailableError
            the provider does not answer, refuses, or is slow
        """


def checked(key: bytes) -> bytes:
    """Return `key`. Raises ValueError if it is not of 32 bytes."""
    if len(key) != KEY_BYTES:
        msg = f"a wrapped key has {KEY_BYTES} bytes, not {len(key)}"
        raise ValueError(msg)
    return key


def opened(plain: bytes) -> Secret:
    """Return what was opened as a key. Raises UnsealError if it is not of 32 bytes."""
    if len(plain) != KEY_BYTES:
        raise UnsealError
    return Secret(plain)


def proven(root_key: RootKey, key: bytes, *, wrapped: bytes, context: bytes) -> bytes:
    """Return `wrapped`, after `root_key` opened it again, and refused to in another context.

    What is under an epoch key is lost with it, so the bytes are tried before anything relies on
    them; and a server too old for associated data ignores it without a word.

    Raises
    ------
    RootKeyRefusedError
        it opens to another key, or not at all, or in every context
    RootKeyUnavailableError
        the provider does not answer
    """
    name = root_key.describe()
    if not _opens(root_key, wrapped, context=context, key=key):
        raise RootKeyRefusedError(provider=name, because="what it wrapped does not open")
    if _opens(root_key, wrapped, context=context + b"|"):
        raise RootKeyRefusedError(provider=name, because="it ignores the associated data")
    return wrapped


def _opens(root_key: RootKey, wrapped: bytes, *, context: bytes, key: bytes | None = None) -> bool:
    try:
        found = root_key.unwrap(wrapped, context).reveal()
    except UnsealError:
        return False
    return key is None or secrets.compare_digest(found, key)
