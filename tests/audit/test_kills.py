"""Whatever is killed, whenever: what was committed is in the log, once, and the log is signed.

An installation of its own, durable as in production: web server, worker, two sequencers, the
signer, backends and the postmaster are killed without warning and started again, while systems
call the API and writers append on their own.
"""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from audit.verifier import note, tree
from governance import provision
from tests.audit.cluster import TARGETS, Installation

KILLS, KILLS_LONG = 24, 200
WEIGHTS = (4, 2, 4, 3, 4, 4, 5, 1)  # of the targets; after the postmaster everything comes anew
MOMENT = 0.3  # seconds until a kill, at most, after something was seen to work


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
    """Kill `wanted` processes, each kind once at first; between two, both loads make progress."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it where the test fails
    chance = random.Random(seed)
    first = chance.sample(TARGETS, len(TARGETS))
    killed: Counter[str] = Counter()
    while killed.total() < wanted:
        at = killed.total()
        target = first[at] if at < len(first) else chance.choices(TARGETS, WEIGHTS)[0]
        written, got = len(installation.written), len(installation.got.receipts)
        installation.wake()
        installation.settle(
            lambda w=written, g=got: (  # type: ignore[misc]  # a moment's values
                len(installation.written) > w and len(installation.got.receipts) > g
            ),
            "writers and systems go on",
        )
        chance_to = chance.random() * MOMENT
        installation.settle(after(chance_to), "a moment goes by")
        installation.settle(lambda t=target: installation.kill(t, chance), f"a {target} is there")  # type: ignore[misc]
        killed[target] += 1
    return killed
