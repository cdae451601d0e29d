"""Whatever is killed, whenever: what was committed is in the log, once, and the log is signed.

An installation of its own, durable as in production: web server, worker, two sequencers, the
signer, backends and the postmaster are killed without warning and started again, while systems
call the API and writers append on their own.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from audit.verifier import note, tree
from governance import provision
from tests.audit.cluster import TARGETS, Installation

KILLS, KILLS_LONG = 16, 200
WEIGHTS = (4, 2, 4, 3, 4, 4, 5, 1)  # of the targets; after the postmaster everything comes anew
MOMENT = 0.3  # seconds until a kill, at most, after something was seen to work
CREATED = (
    "SELECT count(*) FROM audit.entry"
    " WHERE action = 'data.created' AND outcome = 'done' AND actor = 'token'"
)


@pytest.fixture
def installation() -> Iterator[Installation]:
    made = Installation()
    try:
        made.start()
        made.begin()
        yield made
    finally:
        made.stop()


def test_whatever_is_killed(installation: Installation, is_long: bool) -> None:
    killed = kill_at_random(installation, KILLS_LONG if is_long else KILLS)
    assert all(killed[target] for target in TARGETS), killed
    installation.settle(lambda: has_counted(installation), "the worker counts the log")
    installation.end_load()
    installation.settle(installation.is_settled, "everything is signed")
    placed, hashes = check_log(installation)
    check_checkpoints(installation, hashes)
    check_clients(installation, placed)
    check_spool(installation, placed)
    verified = installation.verify()
    assert (verified.returncode, verified.stderr) == (0, "")


def kill_at_random(installation: Installation, wanted: int) -> Counter[str]:
    """Kill `wanted` processes, each kind once at first; between two, each kind of load goes on."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it where the test fails
    chance = random.Random(seed)
    targets = [*chance.sample(TARGETS, len(TARGETS)), *chance.choices(TARGETS, WEIGHTS, k=wanted)]
    killed: Counter[str] = Counter()
    for target in targets[:wanted]:
        installation.wake()
        goes_on = partial(has_progressed, installation, since=installation.progress())
        installation.settle(goes_on, f"writers and systems go on after {killed}")
        time.sleep(chance.random() * MOMENT)
        installation.settle(partial(installation.kill, target, chance), f"a {target} is there")
        killed[target] += 1
    return killed


def has_progressed(installation: Installation, *, since: tuple[int, ...]) -> bool:
    """Whether each kind of load got a receipt more, and an order was placed."""
    return all(now > then for now, then in zip(installation.progress(), since, strict=True))


def has_counted(installation: Installation) -> bool:
    """Whether the worker has appended anything."""
    return bool(rows(installation, "SELECT FROM audit.entry WHERE action = 'log.counted' LIMIT 1"))


def rows(installation: Installation, query: str) -> list[Any]:
    with installation.cluster.connect(provision.PREFIX) as superuser:
        return superuser.execute(query).fetchall()


def check_log(installation: Installation) -> tuple[dict[UUID, str], list[bytes]]:
    """The invariants of docs/spec/audit-log.md, sections 5 and 6; return what has its place."""
    leaves = rows(installation, "SELECT seq, id, leaf_hash FROM audit.leaf ORDER BY seq")
    entries = dict(rows(installation, "SELECT id, leaf_hash FROM audit.entry"))
    tiles = {
        (r[0], r[1]): r[2] for r in rows(installation, "SELECT level, n, hashes FROM audit.tile")
    }
    ((size, root, halted),) = rows(installation, "SELECT size, root, halted FROM audit.head")
    hashes = [leaf for _, _, leaf in leaves]
    assert [seq for seq, _, _ in leaves] == list(range(size))
    assert {entry_id: leaf for _, entry_id, leaf in leaves} == entries
    assert len(entries) == size  # nothing twice, and nothing was pruned
    assert (root, halted) == (tree.root_of(hashes), None)
    assert root == tree.root_at(size, tree.node_in_tiles(lambda *place: tiles[place]))
    return {entry_id: leaf.hex() for _, entry_id, leaf in leaves}, hashes


def check_checkpoints(installation: Installation, hashes: list[bytes]) -> None:
    """Each checkpoint, also those that only clients kept, is signed and is of this tree."""
    notes = {text for (text,) in rows(installation, "SELECT note FROM audit.checkpoint")}
    (key,) = rows(installation, "SELECT vkey, time_vkey FROM audit.signing_key")
    assert installation.got.checkpoints
    assert installation.got.checkpoints <= notes
    keys = [note.Key.parse(text) for text in key]
    node = node_of(hashes)
    for text in notes:
        opened = note.open_note(text, keys)
        checkpoint = note.Checkpoint.parse(opened.text)
        assert len(opened.signed_by) == 2
        assert checkpoint.root == tree.root_at(checkpoint.size, node)


def node_of(hashes: list[bytes]) -> tree.Node:
    """All complete subtrees over the leaves, for the roots of many sizes."""
    levels = [hashes]
    while len(below := levels[-1]) > 1:
        levels.append([tree.node_hash(*below[i : i + 2]) for i in range(0, len(below) - 1, 2)])
    return lambda level, index: levels[level][index]


def check_clients(installation: Installation, placed: dict[UUID, str]) -> None:
    """Who got an answer holds a receipt of what is in the tree, and got none without."""
    got = installation.got
    assert got.unproven == []
    assert {200, 201, 403} <= got.statuses.keys(), got.statuses
    assert got.receipts.items() <= placed.items()
    orders = {order for (order,) in rows(installation, "SELECT id FROM crm_order")}
    assert got.orders <= orders
    ((created,),) = rows(installation, CREATED)
    assert len(orders) == len(installation.people) + created  # no effect without entry, nor reverse
    assert installation.written.items() <= placed.items()


def check_spool(installation: Installation, placed: dict[UUID, str]) -> None:
    """What the application noted as committed is there, as what it noted before."""
    lines = [
        line.split()
        for path in (installation.state.path / "audit" / "spool").glob("*.spool")
        for line in path.read_text(encoding="ascii").splitlines()
    ]
    pending = {UUID(line[1]): line[2] for line in lines if line[0] == "P"}
    committed = {UUID(line[1]) for line in lines if line[0] == "C"}
    assert committed
    assert committed <= placed.keys()
    assert {entry: pending[entry] for entry in committed}.items() <= placed.items()
