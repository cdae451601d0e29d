"""Whose request it is, and how we know (Art. 11, 12(2), 12(6)).

Two questions that are kept apart. *Finding*: a keyed hash of the address says which persons
have it, without reading anything. *Confirming*: a member of staff says how the doubt was
removed; until then nothing is handed over. An address on a form confirms nothing, for anybody
can type it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from governance.policy.identity import FOR_ANOTHER, Behalf
from registry import search
from registry.datamap import Lookup

UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class OnBehalf:
    """For whom somebody asks, as they say themselves.

    Attributes
    ----------
    kind : one of `Behalf`
    name : of the person concerned
    relation : what they are to one another
    """

    kind: Behalf
    name: str = ""
    relation: str = ""

    @classmethod
    def of(cls, said: Mapping[str, str]) -> "OnBehalf | None":
        """Read what a form or a sealed message carries; None where they ask for themselves."""
        kind = said.get("kind") or Behalf.SELF
        if kind not in set(Behalf) - {Behalf.SELF}:
            return None
        return cls(Behalf(kind), said.get("name", "").strip(), said.get("relation", "").strip())


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks, as they say themselves.

    Attributes
    ----------
    name, email, phone : as written; an e-mail or a phone is needed for an answer
    details : what they ask for, in their words
    on_behalf : for whom, if not for themselves
    """

    name: str = ""
    email: str = ""
    phone: str = ""
    details: str = ""
    on_behalf: OnBehalf | None = None

    @property
    def has_contact(self) -> bool:
        """Whether an answer can reach them."""
        return bool(self.email.strip() or self.phone.strip())

    @property
    def is_for_another(self) -> bool:
        """Whether the person concerned is another than the one who asks."""
        return self.on_behalf is not None and self.on_behalf.kind in FOR_ANOTHER


def candidates(controller: UUID, requester: Requester) -> set[UUID]:
    """Return the persons who may be the requester; asked inside an open access.

    An e-mail address counts before a phone number; where both match, only those who have both.
    Among several who share an address the name decides, if it decides for exactly one. Who asks for
    another is not who is meant: there the name of that person is looked for.
    """
    if requester.on_behalf and requester.is_for_another:
        return set(search.subjects_matching(controller, requester.on_behalf.name))
    by_email = _having(controller, Lookup.EMAIL, requester.email)
    by_phone = _having(controller, Lookup.PHONE, requester.phone)
    found = (by_email & by_phone) or by_email or by_phone
    if len(found) > 1 and requester.name.strip():
        named = set(search.subjects_matching(controller, requester.name)) & found
        return named if len(named) == 1 else found
    return found


def sharing(controller: UUID, requester: Requester) -> set[UUID]:
    """Return everyone who has the address or the phone: what stops, stops for the address.

    Nobody, where it is somebody else's that is meant.
    """
    if requester.is_for_another:
        return set()
    return _having(controller, Lookup.EMAIL, requester.email) | _having(
        controller, Lookup.PHONE, requester.phone
    )


def _having(controller: UUID, lookup: Lookup, value: str) -> set[UUID]:
    return set(search.subjects_with(controller, lookup, value)) if value.strip() else set()
