"""Keys of some categories of a person: what an access gets instead of the key they come from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from governance.crypto.envelope import derive_all

Owner = tuple[UUID, str, int]
"""Whose a key is: subject, scope, version."""


@dataclass(frozen=True, slots=True)
class CategoryKeys:
    """The keys of one person in one scope, for the categories that were asked for and no others.

    Attributes
    ----------
    commitment : to the root key they come from, 32 bytes; no secret
    """

    commitment: bytes
    by_category: Mapping[str, bytes] = field(repr=False)

    def __reduce__(self) -> str:
        msg = "key material is not pickled"
        raise TypeError(msg)


def derived(living: Mapping[Owner, bytes], categories: Iterable[str]) -> dict[Owner, CategoryKeys]:
    """Return, for each root key, the keys of these categories."""
    wanted = sorted(categories)
    infos = ["custode/commit/v1", *(f"custode/field/v1|{category}" for category in wanted)]
    found = {}
    for owner, key in living.items():
        commitment, *keys = derive_all(key, infos)
        found[owner] = CategoryKeys(commitment, dict(zip(wanted, keys, strict=True)))
    return found
