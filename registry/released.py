"""Who is told that a hold or a restriction of a person has ended.

What they kept goes then by itself, in a layer above this one: it says at start what it does, and
does it in the transaction of the lifting.
"""

from collections.abc import Callable
from uuid import UUID

from registry.gate.access import Access

Listener = Callable[[Access, UUID], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call `listener` with the open access and the person whenever something is lifted."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(access: Access, subject: UUID) -> None:
    """Say that a hold or a restriction of a person has ended."""
    for listener in _listeners:
        listener(access, subject)
