"""The tree of a log, made again from its leaves, and the checkpoints it has to agree with."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from . import tree
from .policy import Signed
from .verdict import CannotTellError, TamperedError

Tile = Callable[[int, int], bytes]


@dataclass(frozen=True)
class Leaves:
    """All levels of tiles, each as one piece, made again from the leaf hashes."""

    size: int
    levels: Sequence[bytes]

    @classmethod
    def load(cls, size: int, tile: Tile) -> "Leaves":
        """Return the leaves from the tiles, and demand that the tiles above follow from them.

        Raises
        ------
        TamperedError
            `tree_changed`, with the first leaf under the tile that does not follow
        """
        tiles = tree.tiles_of(size)
        levels = [b"".join(tile(0, n) for level, n, _ in tiles if level == 0)]
        step = tree.WIDTH * tree.HASH_BYTES
        while len(levels[-1]) >= step:
            below = levels[-1]
            whole = len(below) - len(below) % step
            levels.append(
                b"".join(tree.complete_root(below[i : i + step]) for i in range(0, whole, step))
            )
        for level, n, _ in tiles:
            if level and tile(level, n) != levels[level][n * step : (n + 1) * step]:
                cls._name_difference(tile(level, n), levels, level=level, n=n)
        return cls(size, levels)

    @staticmethod
    def _name_difference(stored: bytes, levels: Sequence[bytes], *, level: int, n: int) -> None:
        start, width = n * tree.WIDTH, tree.HASH_BYTES
        own = levels[level]
        for i in range(len(stored) // width):
            place = (start + i) * width
            if stored[i * width : (i + 1) * width] != own[place : place + width]:
                index = (start + i) << tree.HEIGHT * level
                raise TamperedError("tree_changed", "a tile does not follow from the leaves", index)

    def __getitem__(self, index: int) -> bytes:
        start = index * tree.HASH_BYTES
        return self.levels[0][start : start + tree.HASH_BYTES]

    def hashes(self) -> set[bytes]:
        """Return all leaf hashes."""
        whole = self.levels[0]
        return {whole[i : i + tree.HASH_BYTES] for i in range(0, len(whole), tree.HASH_BYTES)}

    def node(self, level: int, index: int) -> bytes:
        """Return the root of a complete subtree."""
        return tree.node_in_tiles(self._tile)(level, index)

    def root(self, size: int) -> bytes:
        """Return the root of the first `size` leaves."""
        return tree.root_at(size, self.node)

    def _tile(self, level: int, n: int) -> bytes:
        step = tree.WIDTH * tree.HASH_BYTES
        return self.levels[level][n * step : (n + 1) * step]


def check_newest(leaves: Leaves, newest: Signed, others: Iterable[Signed]) -> None:
    """Demand that the leaves give the root of the checkpoint everything is measured against.

    Where they do not, the others tell from where on they can not be confirmed.
    """
    if leaves.root(newest.size) == newest.root:
        return
    confirmed = [c.size for c in others if c.size < newest.size and leaves.root(c.size) == c.root]
    detail = f"the leaves do not give the root that was signed for {newest.size} entries"
    raise TamperedError("tree_changed", detail, max(confirmed, default=0))


def continued(leaves: Leaves, newest: Signed, others: Iterable[Signed]) -> list[Signed]:
    """Return the checkpoints that the log continues, and demand that this is every one.

    Only one of an earlier epoch may be another tree's: the gap that was declared left it behind.

    Raises
    ------
    TamperedError
        `log_shortened` or `log_forked`
    """
    found = []
    for other in sorted(others, key=lambda c: (c.size, c.epoch, c.time)):
        if other.size > leaves.size:
            error = TamperedError(
                "log_shortened",
                f"a checkpoint of {other.size} entries was signed; there are {leaves.size}",
                leaves.size,
            )
        elif other.epoch > newest.epoch or leaves.root(other.size) != other.root:
            detail = f"a signed checkpoint of {other.size} entries is of another tree"
            error = TamperedError("log_forked", detail, max(0, other.size - 1))
        else:
            found.append(other)
            continue
        if other.epoch >= newest.epoch:
            raise error
    return found


def require_no_gap(newest: Signed) -> None:
    """Refuse a log of which entries were declared lost, unless somebody says that it is accepted.

    Raises
    ------
    CannotTellError
        `log_gap`
    """
    if newest.epoch > 1:
        detail = "entries were lost, and a new epoch was declared: see the entry `log.gap`"
        raise CannotTellError("log_gap", detail)
