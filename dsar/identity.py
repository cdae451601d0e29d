"""Whose request it is, and how we know (Art. 11, 12(2), 12(6)).

Two questions that are kept apart. *Finding*: a keyed hash of the address says which persons
have it, without reading anything. *Confirming*: a member of staff says how the doubt was
removed; until then nothing is handed over. An address on a form confirms nothing, for anybody
can type it.
"""

from dataclasses import dataclass
from enum import StrEnum, unique
from uuid import UUID

from registry import search
from registry.datamap import Lookup


@unique
class IdentityLevel(StrEnum):
    """How an identity was confirmed, lightest first."""

    UNVERIFIED = "unverified"
    KNOWN_CONTACT = "known_contact"  # they answered from the address we hold
    ACCOUNT = "account"  # they asked from an account they are logged in to
    DOCUMENT = "document"  # a document was seen; no copy is kept (recital 64)
    IN_PERSON = "in_person"


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks, as they say themselves.

    Attributes
    ----------
    name, email, phone : as written; an e-mail or a phone is needed for an answer
    details : what they ask for, in their words
    """

    name: str = ""
    email: str = ""
    phone: str = ""
    details: str = ""

    @property
    def has_contact(self) -> bool:
        """Whether an answer can reach them."""
        return bool(self.email.strip() or self.phone.strip())


def candidates(controller: UUID, requester: Requester) -> set[UUID]:
    """Return the persons who may be the requester; asked inside an open access.

    An e-mail address counts before a phone number; where both match, only those who have both.
    Among several who share an address the name decides, if it decides for exactly one.
    """
    by_email = _having(controller, Lookup.EMAIL, requester.email)
    by_phone = _having(controller, Lookup.PHONE, requester.phone)
    found = (by_email & by_phone) or by_email or by_phone
    if len(found) > 1 and requester.name.strip():
        named = set(search.subjects_matching(controller, requester.name)) & found
        return named if len(named) == 1 else found
    return found


def sharing(controller: UUID, requester: Requester) -> set[UUID]:
    """Return everyone who has the address or the phone: what stops, stops for the address."""
    return _having(controller, Lookup.EMAIL, requester.email) | _having(
        controller, Lookup.PHONE, requester.phone
    )


def _having(controller: UUID, lookup: Lookup, value: str) -> set[UUID]:
    return set(search.subjects_with(controller, lookup, value)) if value.strip() else set()
