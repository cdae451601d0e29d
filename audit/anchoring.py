"""Publishes the newest checkpoint by every anchor (docs/spec/audit-log.md, section 8)."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction

from audit import bundle
from audit.anchors.base import Anchor, AnchorError, Published
from audit.anchors.directory import Directory

logger = logging.getLogger(__name__)

LOCK = 0x617564  # one worker publishes at a time: two would write the same segment twice
NEWEST = """
SELECT epoch, size, note FROM audit.checkpoint
WHERE epoch = (SELECT max(epoch) FROM audit.checkpoint) ORDER BY size DESC, signed_at DESC LIMIT 1
"""
KEYS = "SELECT n, introduction FROM audit.signing_key WHERE introduction IS NOT NULL ORDER BY n"
DONE = "SELECT 1 FROM audit.anchoring WHERE anchor = %s AND epoch = %s AND note = %s"
SAVE = """
INSERT INTO audit.anchoring (anchor, epoch, size, note, proof) VALUES (%s, %s, %s, %s, %s)
"""


def anchors() -> list[Anchor]:
    """Return the anchors of this installation."""
    return [Directory(Path(settings.CUSTODE_AUDIT_FOLDER) / "export", bundle.segment)]


def newest(*, using: str = "auditor") -> Published | None:
    """Return the newest checkpoint, or None before the first."""
    for epoch, size, note in _rows(using, NEWEST):
        return Published(epoch, size, note, dict(_rows(using, KEYS)))
    return None


def publish(chosen: Iterable[Anchor] | None = None) -> list[str]:
    """Publish the newest checkpoint by every anchor that does not have it.

    One that fails is logged, tried again the next time, and holds up no other.

    Returns
    -------
    Names of the anchors that published.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        found = newest()
        if not cursor.fetchone()[0] or found is None:
            return []
        wanted = anchors() if chosen is None else chosen
        return [name for anchor in wanted for name in _publish(anchor, found, cursor)]


def _publish(anchor: Anchor, found: Published, cursor: Any) -> Iterator[str]:
    cursor.execute(DONE, [anchor.name, found.epoch, found.note])
    if cursor.fetchone():
        return
    try:
        proof = anchor.publish(found)
        anchor.verify(found, proof)
    except AnchorError as error:
        logger.error("the checkpoint was not anchored by %s: %s", anchor.name, error)  # noqa: TRY400 - no values in logs
        return
    cursor.execute(SAVE, [anchor.name, found.epoch, found.size, found.note, proof])
    yield anchor.name


def _rows(using: str, sql: str) -> list[tuple[Any, ...]]:
    with connections[using].cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
