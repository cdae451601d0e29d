"""The keystore is told of a hold or a restriction before it is committed here.

So a compromised or mistaken decision of this database destroys no key of a held person: the
keystore refuses by itself (docs/spec/field-encryption.md, section 4).
"""

from collections.abc import Iterable
from uuid import UUID

from governance.crypto import destruction, keystore
from registry.gate.access import Access
from registry.models import StopEntry


def stop(access: Access, reference: UUID, subject: UUID, scopes: Iterable[str]) -> frozenset[str]:
    """Stop the destruction of every living key of a person in `scopes`, and of later ones.

    Committed at once, apart from the open transaction; repeating it is harmless.

    Returns
    -------
    Scopes whose keys were destroyed before: their data is gone.
    """
    first: dict[str, int] = {}
    for line in sorted(keystore.living_lines(access.controller, [subject])):
        first.setdefault(line.scope, line.version)
    gone = frozenset[str]()
    for scope in sorted(map(str, scopes)):
        gone |= destruction.stop(
            reference, access.controller, subject, scopes=[scope], version=first.get(scope, 1)
        )
    return gone


def note(access: Access, reference: UUID, entry: UUID, *, is_lift: bool) -> StopEntry:
    """Keep the entry that the keystore is to be shown; what lifts replaces what moves."""
    row, _made = StopEntry.objects.update_or_create(
        reference=reference,
        defaults={"controller_id": access.controller, "entry": entry, "is_lift": is_lift},
    )
    return row
