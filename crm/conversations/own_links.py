"""Links of the person's own in a message: written in as it leaves, and never kept.

A stored message shows the place of a link, `[link:…]`. So nobody of the staff who reads the
conversation can follow it in the person's stead, and a copy of the database opens no page.
"""

import re
from collections.abc import Callable
from uuid import UUID

from registry.gate.access import Access

PLACE = re.compile(r"\[link:([0-9a-f]{64})\]")
Writer = Callable[[Access, UUID, bytes], str]
WRITERS: list[Writer] = []
"""Who knows the address behind a place: of the person, by the digest of its token."""


def place(digest: bytes) -> str:
    """Return the place of a link in the words of a message."""
    return f"[link:{digest.hex()}]"


def fill(access: Access, subject: UUID, body: str) -> str | None:
    """Return the words with the links in their places, or None where one of them has ended.

    Only links of this person are written.
    """
    for found in set(PLACE.findall(body)):
        digest = bytes.fromhex(found)
        addresses = (writer(access, subject, digest) for writer in WRITERS)
        address = next((one for one in addresses if one), "")
        if not address:
            return None
        body = body.replace(place(digest), address)
    return body
