"""The Merkle tree of RFC 6962 over leaf hashes, and its tiles.

A tree of size n is the largest complete subtree on the left, of 2^k leaves, and the rest on
the right. Tiles (C2SP tlog-tiles) cut it into pieces of height 8: tile (0, n) holds the hashes of
the leaves 256n to 256n + 255, tile (L, n) the roots of 256 tiles of the level below. Only
complete subtrees have a place in a tile, so hashes in tiles never change while the tree grows.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

HASH_BYTES = 32
HEIGHT = 8
WIDTH = 1 << HEIGHT
GROUP = 3  # digits of a tile's number in one folder name
EMPTY_ROOT = hashlib.sha256(b"").digest()

Node = Callable[[int, int], bytes]
"""Returns the root of the complete subtree (level, index): leaves index·2^level onwards."""


class ProofError(ValueError):
    """A proof does not show what it should; the text says why."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf, RFC 6962 §2.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node, RFC 6962 §2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def subtrees(size: int) -> list[tuple[int, int]]:
    """Return the complete subtrees (level, index) of a tree of `size`, left to right."""
    found, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            found.append((level, start >> level))
            start += 1 << level
    return found


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root over the roots of `subtrees`, left to right; of nothing, the empty root."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes; one pass, no more memory than the height of the tree."""
    stack: list[bytes] = []
    sha256 = hashlib.sha256
    for count, leaf in enumerate(leaves):
        node, carries = leaf, count
        while carries & 1:
            node = sha256(b"\x01" + stack.pop() + node).digest()
            carries >>= 1
        stack.append(node)
    return fold(stack)


def complete_root(hashes: bytes) -> bytes:
    """Return the root of a complete subtree from its 2^k hashes, written one after the other."""
    sha256 = hashlib.sha256
    row = [hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [sha256(b"\x01" + row[i] + row[i + 1]).digest() for i in range(0, len(row), 2)]
    return row[0]


def node_in_tiles(tile: Callable[[int, int], bytes]) -> Node:
    """Return a `Node` that reads from tiles.

    Arguments
    ---------
    tile : of (level, n), returns the hashes of that tile, complete or not; missing ones raise
        KeyError
    """

    def node(level: int, index: int) -> bytes:
        row, inside = divmod(level, HEIGHT)
        first = index << inside  # in hashes of the tile's own level
        n, start = divmod(first, WIDTH)
        hashes = tile(row, n)[start * HASH_BYTES : (start + (1 << inside)) * HASH_BYTES]
        if len(hashes) != HASH_BYTES << inside:
            raise KeyError((row, n))
        return complete_root(hashes)

    return node


def root_at(size: int, node: Node) -> bytes:
    """Return the root of the first `size` leaves."""
    return fold([node(level, index) for level, index in subtrees(size)])


def _range_root(start: int, end: int, node: Node) -> bytes:
    """Return the root over leaves [start, end); start is a multiple of the size of its subtrees."""
    hashes = []
    for level, index in subtrees(end - start):
        hashes.append(node(level, (start >> level) + index))
    return fold(hashes)


def _split(count: int) -> int:
    """Return the largest power of two smaller than `count`."""
    return 1 << (count - 1).bit_length() - 1


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Return the proof that leaf `index` is in the tree of `size`, RFC 6962 §2.1.1.

    Raises
    ------
    ValueError
        there is no such leaf in that tree
    """
    if not 0 <= index < size:
        msg = "no such leaf in this tree"
        raise ValueError(msg)
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range_root(middle, end, node))
            end = middle
        else:
            proof.append(_range_root(start, middle, node))
            start = middle
    return proof[::-1]


def check_inclusion(
    leaf: bytes, index: int, size: int, *, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that `leaf` is leaf `index` of the tree with this size and root, RFC 9162 §2.1.3.2.

    Raises
    ------
    ProofError
    """
    if not 0 <= index < size:
        msg = "the index is not in the tree"
        raise ProofError(msg)
    _require_hashes([leaf, root, *proof])
    place, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            msg = "the proof is too long"
            raise ProofError(msg)
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    if last:
        msg = "the proof is too short"
        raise ProofError(msg)
    if node != root:
        msg = "the proof leads to another root"
        raise ProofError(msg)


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """Return the proof that the tree of `new` leaves continues that of `old`, RFC 6962 §2.1.2."""
    if not 0 <= old <= new:
        msg = "the older tree is not the smaller one"
        raise ValueError(msg)
    if old in {0, new}:
        return []
    proof: list[bytes] = []
    start, end, known = 0, new, True  # known: the old tree starts where this subtree starts
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_range_root(middle, end, node))
            end = middle
        else:
            proof.append(_range_root(start, middle, node))
            start, known = middle, False
    if not known:
        proof.append(_range_root(start, end, node))
    return proof[::-1]


def check_consistency(
    old: int, new: int, *, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that one tree continues another, RFC 9162 §2.1.4.2.

    Raises
    ------
    ProofError
    """
    _require_hashes([old_root, new_root, *proof])
    if not 0 <= old <= new:
        msg = "the older tree is not the smaller one"
        raise ProofError(msg)
    if old in {0, new}:
        _check_trivial(old, old_root, new_root=new_root, proof=proof)
        return
    if not proof:
        msg = "the proof is empty"
        raise ProofError(msg)
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if _roots(old, new, path) != (old_root, new_root):
        msg = "the proof leads to other roots"
        raise ProofError(msg)


def _roots(old: int, new: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the roots of the old and the new tree that a consistency proof leads to."""
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            msg = "the proof is too long"
            raise ProofError(msg)
        if place & 1 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    if last:
        msg = "the proof is too short"
        raise ProofError(msg)
    return first, second


def _check_trivial(old: int, old_root: bytes, *, new_root: bytes, proof: Sequence[bytes]) -> None:
    if proof:
        msg = "the proof is too long"
        raise ProofError(msg)
    if old == 0 and old_root != EMPTY_ROOT:
        msg = "an empty tree has one root"
        raise ProofError(msg)
    if old and old_root != new_root:
        msg = "two roots at one size"
        raise ProofError(msg)


def _require_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(h) != HASH_BYTES for h in hashes):
        msg = "a hash has another length than 32 bytes"
        raise ProofError(msg)


def tile_width(size: int, level: int, n: int) -> int:
    """Return how many hashes tile (level, n) of a tree holds; below 1 where there is none."""
    return min(WIDTH, (size >> HEIGHT * level) - n * WIDTH)


def tile_name(level: int, n: int, width: int = WIDTH) -> str:
    """Return the path of a tile, C2SP tlog-tiles: `tile/0/x001/234.p/5`."""
    digits = f"{n:03d}"
    digits = digits.zfill(-(-len(digits) // GROUP) * GROUP)
    groups = [digits[i : i + GROUP] for i in range(0, len(digits), GROUP)]
    groups[:-1] = [f"x{group}" for group in groups[:-1]]
    tail = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{tail}"


def tiles_of(size: int) -> list[tuple[int, int, int]]:
    """Return the tiles (level, n, width) of a tree, each level's from left to right."""
    found, level, count = [], 0, size
    while count:
        full, rest = divmod(count, WIDTH)
        found += [(level, n, WIDTH) for n in range(full)]
        if rest:
            found.append((level, full, rest))
        level, count = level + 1, full
    return found
