"""The order to destroy keys: what it names, and the digest by which the audit log holds it.

Follows docs/spec/field-encryption.md, section 4. The entry `key.destroyed` carries the digest and
no name; the keystore is told the names and compares. Nothing here touches a database.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

SALT = 16


class Line(NamedTuple):
    """One key of a person: its retention scope and version."""

    subject: UUID
    scope: str
    version: int

    def text(self) -> str:
        """Return the line as it is hashed."""
        return f"{self.subject.hex}|{self.scope}|{self.version}\n"


@dataclass(frozen=True, slots=True)
class Order:
    """Keys that are to be destroyed under one job.

    Attributes
    ----------
    job : the erasure, or the run of retention, that was approved
    salt : 16 random bytes, so that the digest tells nothing of whom
    """

    controller: UUID
    job: UUID
    lines: frozenset[Line]
    salt: bytes

    @classmethod
    def of(cls, controller: UUID, job: UUID, lines: Collection[Line]) -> "Order":
        """Return a new order, with a salt of its own."""
        return cls(controller, job, frozenset(lines), secrets.token_bytes(SALT))

    def sorted(self) -> list[Line]:
        """Return the lines in the order in which they are hashed."""
        return sorted(self.lines, key=lambda line: line.text().encode())

    def digest(self) -> str:
        """Return SHA-256 over job, salt and lines, 64 hex digits."""
        head = f"custode/order/v1\n{self.salt.hex()}\n{self.job}\n"
        return sha256((head + "".join(x.text() for x in self.sorted())).encode()).hexdigest()

    def reason(self) -> str:
        """Return what the entry `key.destroyed` says as its reason."""
        return f"order.{self.digest()}"
