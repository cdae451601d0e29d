"""The log as a machine: whatever happens in whatever order, proofs say what the definition says.

What the product keeps (tiles, grown by `Frontier`) is compared after every step with a list of
leaves and the recursive definition of RFC 6962 §2.1.
"""

import hashlib

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from audit.sequencer import Frontier
from audit.verifier import tree
from audit.verifier.tree import ProofError
from tests.audit.ledger import naive_root


class Log(RuleBasedStateMachine):
    """Append, batch, checkpoint, prove, prune, restore."""

    checkpoints = Bundle("checkpoints")
    backups = Bundle("backups")

    @initialize()
    def begin(self) -> None:
        self.waiting: list[bytes] = []
        self.leaves: list[bytes] = []
        self.entries: dict[int, bytes] = {}
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.frontier = Frontier()
        self.number = 0
        self.signed = 0

    @rule(count=st.integers(1, 70))
    def append(self, count: int) -> None:
        for _ in range(count):
            self.number += 1
            self.waiting.append(b"entry %d" % self.number)

    @rule(limit=st.integers(1, 300))
    def batch(self, limit: int) -> None:
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        for entry in taken:
            self.entries[len(self.leaves)] = entry
            self.leaves.append(tree.leaf_hash(entry))
        for level, n, hashes in self.frontier.extend(map(tree.leaf_hash, taken)):
            self.tiles[level, n] = self.tiles.get((level, n), b"") + hashes

    @rule(target=checkpoints)
    def checkpoint(self) -> tuple[int, bytes]:
        """Sign only what continues what was signed before."""
        self.signed = max(self.signed, len(self.leaves))
        return len(self.leaves), self.frontier.root()

    @rule(place=st.floats(0, 1))
    def prune(self, place: float) -> None:
        """An entry goes; its leaf stays, and so do all proofs."""
        if self.entries:
            gone = sorted(self.entries)[int(place * (len(self.entries) - 1))]
            del self.entries[gone]

    @rule(checkpoint=checkpoints, place=st.floats(0, 1))
    def prove_inclusion(self, checkpoint: tuple[int, bytes], place: float) -> None:
        size, root = checkpoint
        if not 0 < size <= len(self.leaves):
            return
        index = int(place * (size - 1))
        proof = tree.inclusion_proof(index, size, self.node)
        leaf = self.leaves[index]
        if naive_root(self.leaves[:size]) != root:  # a checkpoint of a tree that was left behind
            with pytest.raises(ProofError):
                tree.check_inclusion(leaf, index, size, proof=proof, root=root)
            return
        tree.check_inclusion(leaf, index, size, proof=proof, root=root)
        wrong = hashlib.sha256(leaf).digest()
        with pytest.raises(ProofError):
            tree.check_inclusion(wrong, index, size, proof=proof, root=root)

    @rule(checkpoint=checkpoints)
    def prove_consistency(self, checkpoint: tuple[int, bytes]) -> None:
        size, root = checkpoint
        now = {"new_root": self.frontier.root()}
        if size > len(self.leaves):
            with pytest.raises(ProofError):  # a rollback
                tree.check_consistency(size, len(self.leaves), old_root=root, proof=[], **now)
            return
        proof = tree.consistency_proof(size, len(self.leaves), self.node)
        if naive_root(self.leaves[:size]) == root:
            tree.check_consistency(size, len(self.leaves), old_root=root, proof=proof, **now)
        else:
            with pytest.raises(ProofError):  # a fork
                tree.check_consistency(size, len(self.leaves), old_root=root, proof=proof, **now)

    @rule(target=backups)
    def back_up(self) -> tuple[list[bytes], dict[tuple[int, int], bytes], dict[int, bytes]]:
        return list(self.leaves), dict(self.tiles), dict(self.entries)

    @rule(
        backup=consumes(backups),
        is_recovered=st.booleans(),
    )
    def restore(
        self,
        backup: tuple[list[bytes], dict[tuple[int, int], bytes], dict[int, bytes]],
        is_recovered: bool,
    ) -> None:
        """Go back; with what was exported since (recovery), or without (a fork from here on)."""
        lost = self.leaves[len(backup[0]) :]
        self.leaves, self.tiles, self.entries = list(backup[0]), dict(backup[1]), dict(backup[2])
        self.frontier = Frontier()
        self.frontier.extend(self.leaves)
        if is_recovered:
            for level, n, hashes in self.frontier.extend(lost):
                self.tiles[level, n] = self.tiles.get((level, n), b"") + hashes
            self.leaves += lost
        self.waiting.clear()

    @invariant()
    def root_is_the_definition(self) -> None:
        if hasattr(self, "frontier"):
            assert self.frontier.size == len(self.leaves)
            assert self.frontier.root() == naive_root(self.leaves)
            assert tree.root_at(len(self.leaves), self.node) == naive_root(self.leaves)
            widths = {(level, n): w * 32 for level, n, w in tree.tiles_of(len(self.leaves))}
            assert {k: len(v) for k, v in self.tiles.items()} == widths
            for index, entry in self.entries.items():
                assert tree.leaf_hash(entry) == self.leaves[index]

    def node(self, level: int, index: int) -> bytes:
        return tree.node_in_tiles(lambda row, n: self.tiles[row, n])(level, index)


TestLog = Log.TestCase
TestLog.settings = settings(max_examples=5 * settings.default.max_examples)
