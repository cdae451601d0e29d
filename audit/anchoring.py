"""Publishes the newest checkpoint by every anchor (docs/spec/audit-log.md, section 8)."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings

from audit import bundle, proofs, status
from audit.anchors import forgetting
from audit.anchors.base import Anchor, AnchorError, Published
from audit.anchors.directory import Directory
from audit.anchors.folder import ExportFolder
from audit.anchors.timestamp import Authority
from audit.anchors.witness import Witness
from audit.verifier import note, policy
from governance.rows import rows

logger = logging.getLogger(__name__)

LOCK = 0x617564  # one worker at a time: two would write the same segment twice
TAKE = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"
LEAVE = "SELECT pg_advisory_unlock(%s, hashtext(%s))"
KEYS = "SELECT n, vkey, time_vkey, introduction FROM audit.signing_key ORDER BY n"
DONE = "SELECT 1 FROM audit.anchoring WHERE anchor = %s AND epoch = %s AND note = %s"
SAVE = """
INSERT INTO audit.anchoring (anchor, epoch, size, note, proof) VALUES (%s, %s, %s, %s, %s)
RETURNING id
"""


def folder() -> ExportFolder:
    """Return the export folder of this installation."""
    return ExportFolder(Path(settings.CUSTODE_AUDIT_FOLDER) / "export")


def anchors() -> list[Anchor]:
    """Return the anchors of this installation that need nobody to read what they publish."""
    found: list[Anchor] = [Directory(folder().path, bundle.segment)]
    for url, key in settings.CUSTODE_ANCHOR_WITNESSES:
        found.append(Witness(url, note.Key.parse(key), proofs.consistency))
    if settings.CUSTODE_ANCHOR_TIMESTAMP_URL:
        roots = Path(settings.CUSTODE_ANCHOR_TIMESTAMP_ROOTS)
        found.append(Authority(settings.CUSTODE_ANCHOR_TIMESTAMP_URL, roots))
    return found


def newest(*, using: str = "auditor") -> Published | None:
    """Return the newest checkpoint, or None before the first."""
    sealed = status.newest(using=using)
    if sealed is None:
        return None
    keys = rows(KEYS, using=using)
    first = "".join(policy.written(log, time) for _n, log, time, _note in keys[:1])
    introductions = {n: text for n, _log, _time, text in keys[1:]}
    return Published(sealed.epoch, sealed.size, sealed.note, introductions, first)


def publish(chosen: Iterable[Anchor] | None = None) -> list[str]:
    """Publish the newest checkpoint by every anchor that does not have it.

    One that fails is logged, tried again the next time, and holds up no other.

    Returns
    -------
    Names of the anchors that published.
    """
    found = newest()
    if found is None:
        return []
    wanted = anchors() if chosen is None else chosen
    return [name for anchor in wanted for name in _publish(anchor, found)]


def tend(*, now: datetime) -> list[str]:
    """Remove from the export folder what retention ended; return the names of damaged files."""
    with _alone(Directory.name) as is_ours:
        if not is_ours:
            return []
        export = folder()
        forgetting.forget(export, now=now)
        return export.damaged()


def _publish(anchor: Anchor, found: Published) -> Iterator[str]:
    with _alone(anchor.name) as is_ours:
        if not is_ours or rows(DONE, [anchor.name, found.epoch, found.note], using="default"):
            return
        try:
            proof = anchor.publish(found)
        except AnchorError as error:
            logger.error("the checkpoint was not anchored by %s: %s", anchor.name, error)  # noqa: TRY400 - no values in logs
            return
        rows(SAVE, [anchor.name, found.epoch, found.size, found.note, proof], using="default")
    yield anchor.name


@contextmanager
def _alone(name: str) -> Iterator[bool]:
    """Say whether nobody else works on an anchor, and keep others off meanwhile.

    The lock is the connection's and not a transaction's, which would idle while an anchor works.
    """
    ((is_ours,),) = rows(TAKE, [LOCK, name], using="default")
    try:
        yield is_ours
    finally:
        if is_ours:
            rows(LEAVE, [LOCK, name], using="default")
