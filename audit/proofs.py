"""Proofs that an entry is in the log, and that the log only grew: to be checked without us.

Follows docs/spec/audit-log.md, section 9, and docs/spec/audit-bundle.md, section 4. Proofs are
taken from the tiles, in as many reads as the tree has levels.
"""

import base64
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit import status
from audit.bundle import NotSealedYetError
from audit.status import Sealed
from audit.verifier import tree
from governance.crypto import destruction
from governance.crypto.destruction import Evidence
from governance.policy.errors import GovernanceError
from governance.rows import rows

HEADER = "c2sp.org/tlog-proof@v1"
# Whose a pruned entry was, the entry tells that ordered its end.
PLACE = """
WITH placed AS (
    SELECT id, month, leaf_hash, seq FROM audit.leaf WHERE id = %(id)s
    UNION ALL SELECT id, month, leaf_hash, NULL FROM audit.queue WHERE id = %(id)s
)
SELECT p.seq, p.leaf_hash, coalesce(e.controller_id, pruning.controller_id)
FROM placed AS p
LEFT JOIN audit.entry AS e ON e.month = p.month AND e.id = p.id
LEFT JOIN audit.pruned AS gone ON gone.seq = p.seq
LEFT JOIN audit.leaf AS l ON l.id = gone.entry_id
LEFT JOIN audit.entry AS pruning ON pruning.month = l.month AND pruning.id = l.id
"""
PIECES = """
SELECT l.id, l.seq, e.entry FROM audit.leaf AS l
JOIN audit.entry AS e ON e.month = l.month AND e.id = l.id WHERE l.id = ANY(%s) AND l.seq < %s
"""
STORED = "SELECT entry FROM audit.entry WHERE id = %s"
TILES = """
SELECT level, n, hashes FROM audit.tile
JOIN unnest(%s::smallint[], %s::bigint[]) AS wanted(level, n) USING (level, n)
"""


class NoSuchEntryError(GovernanceError):
    """There is no such entry."""

    code = "audit_entry_unknown"
    status = 404
    message = _("There is no such entry in the audit log.")
    advice = _("Give the receipt as it was in `X-Audit-Receipt`: the id, a dot, the leaf hash.")


class NotYetProvableError(NotSealedYetError):
    """The entry is committed and not under a checkpoint yet."""

    code = "audit_proof_not_yet"
    status = 409
    message = _("The entry is recorded, and not signed yet.")


class SizesError(GovernanceError):
    """Two sizes between which nothing can be proved."""

    code = "audit_sizes_refused"
    message = _("There is no proof between these two sizes.")
    advice = _("Give two sizes of checkpoints, the smaller as `old`, none above the newest.")


def proof_of(
    receipt_id: UUID,
    *,
    leaf: bytes | None = None,
    controller: UUID | None = None,
    using: str = "auditor",
) -> str:
    """Return the proof that an entry is in the tree of the newest checkpoint (C2SP tlog-proof).

    Arguments
    ---------
    leaf : the leaf hash that the caller holds; an entry with another one is not theirs
    controller : whose entry it has to be; None for anybody's

    Raises
    ------
    NoSuchEntryError
    NotYetProvableError
        it is not under a checkpoint yet
    """
    sealed = status.newest(using=using)
    found = rows(PLACE, {"id": receipt_id}, using=using)
    if not found:
        raise NoSuchEntryError
    index, own_leaf, owner = found[0]
    if leaf not in {None, bytes(own_leaf)} or controller not in {None, owner}:
        raise NoSuchEntryError
    if index is None or sealed is None or index >= sealed.size:
        raise NotYetProvableError
    known = tiles_for(index, sealed.size, using=using)
    hashes = tree.inclusion_proof(index, sealed.size, node(using=using, known=known))
    return written(index, hashes, sealed)


def evidence_of(entry_ids: Sequence[UUID], *, using: str = "auditor") -> tuple[int, list[Evidence]]:
    """Return what shows the keystore that entries are in the log, in the order of `entry_ids`.

    It leads to the newest checkpoint that the keystore was told of, whose size comes with it.

    Raises
    ------
    NotYetProvableError
        one of them is not under that checkpoint yet, or the keystore was told of none
    """
    seen, sealed = destruction.witnessed(), status.newest(using=using)
    if seen is None or sealed is None or seen.epoch != sealed.epoch or seen.size > sealed.size:
        raise NotYetProvableError  # an epoch is another tree, in which places may differ
    found = {
        entry_id: (index, bytes(entry))
        for entry_id, index, entry in rows(PIECES, [list(entry_ids), seen.size], using=using)
    }
    if not found.keys() >= set(entry_ids):
        raise NotYetProvableError
    return seen.size, [_evidence(*found[entry], size=seen.size, using=using) for entry in entry_ids]


def _evidence(index: int, entry: bytes, *, size: int, using: str) -> Evidence:
    known = tiles_for(index, size, using=using)
    path = tree.inclusion_proof(index, size, node(using=using, known=known))
    return Evidence(entry, index, tuple(path))


def entry_of(receipt_id: UUID, *, using: str = "default") -> bytes:
    """Return the stored bytes of an entry, of which its leaf is the hash.

    Asked inside an open access, or with the auditor's connection.

    Raises
    ------
    NoSuchEntryError
    """
    found = rows(STORED, [receipt_id], using=using)
    if not found:
        raise NoSuchEntryError
    return bytes(found[0][0])


def written(index: int, hashes: Iterable[bytes], sealed: Sealed) -> str:
    """Return a tlog-proof as text: the index, the hashes, the checkpoint they lead to."""
    lines = [HEADER, f"index {index}", *map(base64_of, hashes), "", sealed.note]
    return "\n".join(lines)


def consistency(old: int, new: int, *, using: str = "auditor") -> list[bytes]:
    """Return the proof that the tree of `new` leaves continues that of `old` (RFC 6962 §2.1.2).

    Raises
    ------
    SizesError
        the older is not the smaller one, or the newer is not under a checkpoint
    """
    sealed = status.newest(using=using)
    if sealed is None or not 0 <= old <= new <= sealed.size:
        raise SizesError
    return tree.consistency_proof(old, new, node(using=using))


def node(*, using: str, known: dict[tuple[int, int], bytes] | None = None) -> tree.Node:
    """Return how to read roots of subtrees from the stored tiles; each tile is read once.

    Arguments
    ---------
    known : tiles that were read already
    """
    held = dict(known or {})

    def tile(level: int, n: int) -> bytes:
        if (level, n) not in held:
            held.update(_tiles([(level, n)], using=using))
        return held[level, n]

    return tree.node_in_tiles(tile)


def tiles_for(index: int, size: int, *, using: str) -> dict[tuple[int, int], bytes]:
    """Return the tiles that a proof of one leaf needs, in one read.

    Of every level the tile over the leaf and the last one, over which the rest of the tree is.
    """
    wanted, level = set(), 0
    while count := size >> tree.HEIGHT * level:
        over = index >> tree.HEIGHT * (level + 1)
        last = (count - 1) >> tree.HEIGHT
        wanted |= {(level, min(over, last)), (level, last)}
        level += 1
    return _tiles(sorted(wanted), using=using)


def _tiles(wanted: list[tuple[int, int]], *, using: str) -> dict[tuple[int, int], bytes]:
    levels, numbers = [level for level, _ in wanted], [n for _, n in wanted]
    found = rows(TILES, [levels, numbers], using=using)
    return {(level, n): bytes(hashes) for level, n, hashes in found}


def base64_of(content: bytes) -> str:
    """Return bytes as checkpoints and proofs write them."""
    return base64.b64encode(content).decode()
