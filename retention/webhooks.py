"""Notices as Standard Webhooks sends them, signed with Ed25519 (`v1a`).

    signed  := id "." timestamp "." body
    header  := "v1a," base64(signature)
    key     := "whpk_" base64(public key:32)

Follows docs/spec/erasure.md, section 11. The seed is the controller's key `webhook`.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governance.crypto import keystore

USE = "webhook"


def body(
    *,
    event: str,
    known_as: Sequence[str],
    categories: Sequence[str],
    job: UUID,
    created_at: datetime,
) -> bytes:
    """Return what a recipient is told: its own ids of the person, what happened, for which job."""
    data = {"subject_ids": sorted(known_as), "categories": sorted(categories), "job": str(job)}
    at = created_at.astimezone(UTC).isoformat()
    return orjson.dumps({"type": event, "timestamp": at, "data": data})


def headers(controller: UUID, notice: UUID, sent: bytes, *, now: datetime) -> dict[str, str]:
    """Return the headers of one attempt; the id is the same in every one."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((str(notice).encode(), timestamp.encode(), sent))
    signature = b64encode(_private(controller).sign(signed)).decode()
    return {
        "content-type": "application/json",
        "webhook-id": str(notice),
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1a,{signature}",
    }


def public_key(controller: UUID) -> str:
    """Return the key by which recipients check signatures of a controller."""
    public = _private(controller).public_key().public_bytes_raw()
    return "whpk_" + b64encode(public).decode()


def _private(controller: UUID) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(
        keystore.controller_key(controller, USE, create=True)
    )
