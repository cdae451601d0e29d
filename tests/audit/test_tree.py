"""Proofs against the definition: every index and every pair of sizes up to 130 leaves."""

import hashlib

import pytest

from audit.verifier import tree
from audit.verifier.tree import ProofError
from tests.audit.ledger import naive_root

MOST = 130
LEAVES = [hashlib.sha256(bytes([i])).digest() for i in range(MOST)]
ROOTS = [naive_root(LEAVES[:n]) for n in range(MOST + 1)]
WRONG = bytes(32)


def node(level: int, index: int) -> bytes:
    return naive_root(LEAVES[index << level : (index + 1) << level])


def test_the_empty_tree_and_the_hashes_of_the_rfc() -> None:
    assert tree.root_of([]) == hashlib.sha256(b"").digest()
    assert tree.leaf_hash(b"") == hashlib.sha256(b"\x00").digest()


def test_roots() -> None:
    for size in range(MOST + 1):
        assert tree.root_of(LEAVES[:size]) == ROOTS[size] == tree.root_at(size, node)


def test_every_index_is_proven_and_refuted() -> None:
    for size in range(1, MOST + 1):
        for index in range(size):
            proof = tree.inclusion_proof(index, size, node)
            tree.check_inclusion(LEAVES[index], index, size, proof=proof, root=ROOTS[size])
            others = ((LEAVES[index - 1] if size > 1 else WRONG, index), (LEAVES[index], index ^ 1))
            for leaf, place in others:
                if (leaf, place) == (LEAVES[index], index):
                    continue
                with pytest.raises(ProofError):
                    tree.check_inclusion(leaf, place, size, proof=proof, root=ROOTS[size])
            for bad in ([*proof, WRONG], proof[:-1] if proof else [WRONG], [WRONG, *proof[1:]]):
                with pytest.raises(ProofError):
                    tree.check_inclusion(LEAVES[index], index, size, proof=bad, root=ROOTS[size])


def test_every_pair_is_proven_and_refuted() -> None:
    for new in range(MOST + 1):
        for old in range(new + 1):
            proof = tree.consistency_proof(old, new, node)
            known = {"old_root": ROOTS[old], "new_root": ROOTS[new]}
            tree.check_consistency(old, new, proof=proof, **known)
            with pytest.raises(ProofError):
                tree.check_consistency(old, new, proof=[*proof, WRONG], **known)
            with pytest.raises(ProofError):
                tree.check_consistency(old, new, proof=proof, old_root=WRONG, new_root=ROOTS[new])
            if 0 < old < new:
                with pytest.raises(ProofError):
                    tree.check_consistency(
                        old, new, proof=proof, old_root=ROOTS[old], new_root=WRONG
                    )
                with pytest.raises(ProofError):
                    tree.check_consistency(old, new, proof=proof[:-1], **known)


def test_hashes_of_another_length_are_refused() -> None:
    with pytest.raises(ProofError):
        tree.check_inclusion(LEAVES[0], 0, 2, proof=[b"short"], root=ROOTS[2])
    with pytest.raises(ProofError):
        tree.check_inclusion(b"short", 0, 1, proof=[], root=ROOTS[1])


@pytest.mark.parametrize(
    ("n", "name"),
    [
        (0, "tile/0/000"),
        (255, "tile/0/255"),
        (1234, "tile/0/x001/234"),
        (1234067, "tile/0/x001/x234/067"),
    ],
)
def test_names_of_tiles(n: int, name: str) -> None:
    assert tree.tile_name(0, n) == name
    assert tree.tile_name(0, n, 5) == f"{name}.p/5"
