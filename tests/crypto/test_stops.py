"""Holds and restrictions stop destructions, and who comes first is seen by who comes second."""

import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections, transaction

from governance.crypto import destruction, keystore
from governance.crypto.destruction import Refusal
from governance.crypto.errors import OrderRefusedError
from governance.crypto.orders import Line
from governance.policy.vocabulary import Scope
from tests.crypto.ordering import (
    ANNA,
    BRUNO,
    SCOPES,
    Keys,
    Log,
    asked_for,
    lines,
    living,
    refused,
    some_people,
    state,
)

PATIENCE = 60


def test_a_hold_keeps_its_keys_until_the_log_says_it_was_lifted(log: Log, keys: Keys) -> None:
    anna, berta = some_people(log, 2)
    hold = uuid4()
    assert destruction.stop(hold, log.controller, anna, scopes=["ordinary", "fiscal"]) == set()
    destruction.stop(hold, log.controller, anna, scopes=["ordinary", "fiscal"])
    for wanted in (lines([anna]), lines([berta, anna]), [Line(anna, "ordinary", 2)]):
        assert refused(keys, asked_for(log, wanted)) == Refusal.STOPPED
    assert asked_for(log, lines([anna], "audit")).destroy().closed == 1
    assert asked_for(log, lines([berta])).destroy().closed == 1
    lifted = log.approve(hold, act="hold.lifted")
    size = log.witness()
    (evidence,) = log.evidence(lifted)
    assert destruction.release(hold, log.controller, evidence, size=size) == 2
    assert destruction.release(hold, log.controller, evidence, size=size) == 0
    assert asked_for(log, lines([anna])).destroy().closed == 1


def test_a_stop_names_its_version_and_later_ones(log: Log, keys: Keys) -> None:
    (anna,) = some_people(log, 1)
    destruction.stop(uuid4(), log.controller, anna, scopes=["ordinary"], version=2)
    assert asked_for(log, lines([anna])).destroy().closed == 1
    assert refused(keys, asked_for(log, [Line(anna, "ordinary", 2)])) == Refusal.STOPPED
    assert refused(keys, asked_for(log, [Line(anna, "ordinary", 3)])) == Refusal.STOPPED


def test_a_stop_tells_what_was_gone_before_it(log: Log, keys: Keys) -> None:
    (anna,) = some_people(log, 1)
    asked_for(log, lines([anna])).destroy()
    gone = destruction.stop(uuid4(), log.controller, anna, scopes=["ordinary", "audit", "fiscal"])
    assert gone == {"ordinary"}


def test_the_stops_of_a_hold_follow_what_was_sealed_anew(log: Log, keys: Keys) -> None:
    (anna,) = some_people(log, 1)
    hold, other = uuid4(), uuid4()
    destruction.stop(hold, log.controller, anna, scopes=["ordinary", "audit"])
    resealed = log.approve(hold, act="hold.resealed")
    size = log.witness()
    (evidence,) = log.evidence(resealed)
    with pytest.raises(OrderRefusedError):
        destruction.move(other, log.controller, evidence, size=size)
    assert destruction.move(hold, log.controller, evidence, size=size) == 0  # no key to follow to
    assert refused(keys, asked_for(log, lines([anna]))) == Refusal.STOPPED
    keys.execute(
        "INSERT INTO crypto_subjectkey (id, controller_id, subject_id, scope, version, created_at)"
        " SELECT gen_random_uuid(), %s, %s, scope, version, now()"
        " FROM (VALUES ('kept', 1), ('kept', 2), ('audit', 2)) AS v(scope, version)",
        [log.controller, anna],
    )
    size = log.witness()
    (evidence,) = log.evidence(resealed)
    assert destruction.move(hold, log.controller, evidence, size=size) == 2
    assert destruction.move(hold, log.controller, evidence, size=size) == 0
    assert asked_for(log, [*lines([anna]), Line(anna, "audit", 1)]).destroy().closed == 2
    for line in (Line(anna, "kept", 2), Line(anna, "audit", 2)):
        assert refused(keys, asked_for(log, [line])) == Refusal.STOPPED


def test_a_release_that_the_log_does_not_show_is_refused(log: Log, keys: Keys) -> None:
    (anna,) = some_people(log, 1)
    hold = uuid4()
    destruction.stop(hold, log.controller, anna, scopes=["ordinary"])
    places = [
        log.approve(uuid4(), act="hold.lifted"),
        log.approve(hold, act="hold.placed"),
        log.approve(hold, act="hold.lifted", outcome="refused"),
        log.approve(hold, act="hold.lifted", controller=str(uuid4())),
    ]
    size = log.witness()
    lifted = log.approve(hold, act="hold.lifted")
    before = state(keys)
    for evidence in log.evidence(*places, size=size):
        with pytest.raises(OrderRefusedError) as error:
            destruction.release(hold, log.controller, evidence, size=size)
        assert error.value.because == Refusal.RELEASE
    (unseen,) = log.evidence(lifted)
    for of_size, because in ((size + 1, Refusal.CHECKPOINT), (size, Refusal.INCLUSION)):
        with pytest.raises(OrderRefusedError) as error:
            destruction.release(hold, log.controller, unseen, size=of_size)
        assert error.value.because == because
    assert state(keys) == before
    assert refused(keys, asked_for(log, lines([anna]))) == Refusal.STOPPED


# At the same time


class Beside(threading.Thread):
    """Something done on a connection of its own, while a test holds a transaction open."""

    def __init__(self, does: Callable[[], Any]) -> None:
        super().__init__()
        self._does = does
        self.result: Any = None

    def run(self) -> None:
        try:
            self.result = self._does()
        except Exception as error:  # noqa: BLE001 - a thread's failure is the test's
            self.result = error
        finally:
            connections.close_all()

    def waits(self, keys: Keys) -> None:
        """Start, and return once it waits for a lock."""
        self.start()
        deadline = time.monotonic() + PATIENCE
        while not keys.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            assert self.is_alive(), self.result
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def done(self) -> Any:
        self.join(PATIENCE)
        assert not self.is_alive()
        return self.result


def test_a_key_that_is_being_made_is_destroyed_with_the_others(log: Log, keys: Keys) -> None:
    anna = uuid4()
    asked = asked_for(log, [Line(anna, "ordinary", 1), Line(anna, "audit", 1)])
    beside = Beside(asked.destroy)
    with transaction.atomic(using="keys"):
        keystore.create_subject_keys(log.controller, [anna], scopes=SCOPES)
        beside.waits(keys)
    assert beside.done().closed == 2
    assert living(log, [anna]) == set()


def test_no_key_is_made_after_a_destruction_however_many_try(log: Log, keys: Keys) -> None:
    for _ in range(5):
        people = some_people(log, 3)
        asked = asked_for(log, lines(people), approved_by=(ANNA, BRUNO))
        start = threading.Barrier(9)

        def make(people: list[UUID] = people, start: threading.Barrier = start) -> None:
            start.wait(PATIENCE)
            for _ in range(5):
                keystore.create_subject_keys(log.controller, people, scopes=list(Scope))

        threads = [Beside(make) for _ in range(8)]
        for thread in threads:
            thread.start()
        start.wait(PATIENCE)
        assert asked.destroy().closed == 3
        assert [thread.done() for thread in threads] == [None] * 8
        assert {scope for _, scope in living(log, people)} == {
            "archive", "audit", "fiscal", "kept", "request"
        }  # fmt: skip


def test_a_stop_that_came_first_is_seen(log: Log, keys: Keys) -> None:
    (anna,) = some_people(log, 1)
    beside = Beside(asked_for(log, lines([anna])).destroy)
    with transaction.atomic(using="keys"):
        destruction.stop(uuid4(), log.controller, anna, scopes=["ordinary"])
        beside.waits(keys)
    refusal = beside.done()
    assert isinstance(refusal, OrderRefusedError)
    assert refusal.because == Refusal.STOPPED
    assert (anna, "ordinary") in living(log, [anna])


def test_a_stop_that_came_second_is_told(log: Log, keys: Keys) -> None:
    (anna,) = some_people(log, 1)
    asked = asked_for(log, lines([anna]))
    beside = Beside(
        lambda: destruction.stop(uuid4(), log.controller, anna, scopes=["ordinary", "audit"])
    )
    with transaction.atomic(using="keys"):
        asked.destroy()
        beside.waits(keys)
    assert beside.done() == {"ordinary"}


def test_the_same_order_carried_out_by_many_is_carried_out_once(log: Log, keys: Keys) -> None:
    asked = asked_for(log, lines(some_people(log, 3)))
    threads = [Beside(asked.destroy) for _ in range(6)]
    for thread in threads:
        thread.start()
    receipts = [thread.done() for thread in threads]
    assert all(receipt == receipts[0] for receipt in receipts)
    assert receipts[0].closed == 3
    assert keys.execute("SELECT count(*) FROM crypto_ledger").fetchone() == (1,)
