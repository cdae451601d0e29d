"""The access that is open here and now, if any.

Sealed attributes ask it for keys; nothing else can. It lives in a context variable, so
that threads and tasks never share one.
"""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any, Protocol
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from governance.policy.vocabulary import Scope
from registry.gate.errors import GateClosedError


class OpenAccess(Protocol):
    """What sealed attributes need of an access."""

    token: object

    @property
    def is_over(self) -> bool:
        """Whether its transaction has ended."""

    def require(self, category: str) -> None:
        """Raise CategoryNotGrantedError unless the access grants `category`."""

    def category_of(self, model: type, name: str) -> str:
        """Return the category the data map gives an attribute."""

    def scope_of(self, model: type) -> Scope:
        """Return the key scope of a model's rows."""

    def cipher(
        self, controller: UUID, subject: UUID, scope: str, category: str, version: int
    ) -> AESGCM:
        """Return the cipher for one subject, scope, granted category and version of the key."""

    def commitment(self, subject: UUID, scope: str, version: int) -> bytes:
        """Return the commitment to the key of a subject and scope of whom a cipher was given."""

    def newest(self, subject: UUID, scope: str) -> int:
        """Return the newest version of the key of a subject and scope."""

    def withheld(self, model: type) -> frozenset[str]:
        """Return the clear columns of a model that the access does not grant."""

    def took(self, columns: Iterable[tuple[type, str]]) -> None:
        """Note columns that were read without their rows; raise where one is not granted."""

    def writes_at_large(self) -> None:
        """Note that rows are changed unseen; raise if the access only reads."""

    def receive(self, subjects: Iterable[UUID], scopes: Iterable[Scope]) -> None:
        """Fetch keys again, where new ones were made since."""

    def saw(self, rows: Iterable[Any]) -> None:
        """Note the subjects of rows that were read, and fetch their keys in one statement."""

    def prepare(self, rows: Iterable[Any]) -> None:
        """Fetch the keys of rows about to be written, in one statement."""

    def wrote(self, rows: Iterable[tuple[Any, Mapping[str, Any]]]) -> None:
        """Note rows that were written, and renew their search tokens."""


_current: ContextVar[OpenAccess | None] = ContextVar("custode_access", default=None)


def current() -> OpenAccess:
    """Return the open access.

    Raises
    ------
    GateClosedError
        no access is open: personal data can not be read or written
    """
    access = _current.get()
    if access is None or access.is_over:
        raise GateClosedError
    return access


def is_open() -> bool:
    """Whether an access is open here."""
    access = _current.get()
    return access is not None and not access.is_over


def enter(access: OpenAccess) -> None:
    """Make `access` the current one; accesses do not nest."""
    if is_open():
        msg = "an access is already open: accesses do not nest"
        raise RuntimeError(msg)
    _current.set(access)


def leave() -> None:
    """Close the current access."""
    _current.set(None)
