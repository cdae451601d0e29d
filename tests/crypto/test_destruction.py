"""Keys die by an audited, approved order (docs/spec/field-encryption.md, sections 3 and 4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

from governance.crypto import destruction, keystore
from governance.crypto.destruction import Evidence, Refusal
from governance.crypto.orders import Line, Order
from governance.policy.vocabulary import Scope
from tests.crypto.ordering import (
    ANNA,
    BRUNO,
    Asked,
    Keys,
    Log,
    asked_for,
    lines,
    living,
    refused,
    some_people,
    state,
)


def test_an_approved_order_destroys_what_it_names_and_nothing_else(log: Log, keys: Keys) -> None:
    anna, berta = some_people(log, 2)
    never = Line(anna, "fiscal", 1)
    asked = asked_for(log, [*lines([anna]), never])
    receipt = asked.destroy()
    assert (receipt.closed, receipt.epoch) == (1, 1)
    assert living(log, [anna, berta]) == {(anna, "audit"), (berta, "ordinary"), (berta, "audit")}
    slots = "SELECT scope, destroyed_at, ordered_by FROM crypto_subjectkey WHERE subject_id = %s"
    order = UUID(receipt.line["entries"][0])
    assert set(keys.execute(slots, [anna]).fetchall()) == {
        ("ordinary", receipt.destroyed_at, order),
        ("fiscal", receipt.destroyed_at, order),
        ("audit", None, None),
    }
    left = keys.execute(
        "SELECT scope FROM crypto_wrapped JOIN crypto_subjectkey ON id = slot WHERE subject_id = %s",
        [anna],
    ).fetchall()
    assert left == [("audit",)]
    keystore.create_subject_keys(log.controller, [anna], scopes=list(Scope))
    left_open = {(anna, scope) for scope in ("audit", "request", "kept", "archive")}
    assert living(log, [anna]) == left_open


def test_the_ledger_keeps_what_is_needed_to_repeat_it(log: Log, keys: Keys) -> None:
    (anna,) = some_people(log, 1)
    asked = asked_for(log, lines([anna]))
    receipt = asked.destroy()
    ((seq, controller, body),) = keys.execute(
        "SELECT seq, controller_id, body FROM crypto_ledger WHERE kind = 'erased'"
    ).fetchall()
    assert (seq, controller, body) == (receipt.seq, log.controller, receipt.line)
    subject, scope, version = body["lines"][0].split("|")
    again = Order(
        controller, UUID(body["job"]), frozenset({Line(UUID(subject), scope, int(version))}),
        bytes.fromhex(body["salt"]),
    )  # fmt: skip
    assert again.digest() == asked.order.digest()
    assert len(body["entries"]) == 2
    assert body["approved_by"] == [ANNA]


def test_repeated_it_returns_the_same_and_changes_nothing(log: Log, keys: Keys) -> None:
    people = some_people(log, 3)
    asked = asked_for(log, lines(people))
    receipt = asked.destroy()
    after = state(keys)
    log.say("page.viewed", uuid4())
    places = [piece.index for piece in asked.evidence]
    later = asked.but(size=log.witness(), evidence=log.evidence(*places))
    destruction.stop(uuid4(), log.controller, people[0], scopes=["audit"])
    assert asked.destroy() == later.destroy() == receipt
    assert state(keys)[:3] == after[:3]


def test_a_rotation_under_way_loses_the_key_from_both_tables(log: Log, keys: Keys) -> None:
    (anna,) = some_people(log, 1)
    keys.execute("INSERT INTO crypto_epoch (n, state, provider) VALUES (2, 'filling', '')")
    keys.execute("CREATE TABLE crypto_wrapped_e2 PARTITION OF crypto_wrapped FOR VALUES IN (2)")
    keys.execute("INSERT INTO crypto_wrapped SELECT 2, slot, wrapped FROM crypto_wrapped_e1")
    asked_for(log, lines([anna])).destroy()
    found = keys.execute(
        "SELECT w.epoch, s.scope FROM crypto_wrapped AS w JOIN crypto_subjectkey AS s"
        " ON s.id = w.slot WHERE s.subject_id = %s ORDER BY 1",
        [anna],
    ).fetchall()
    assert found == [(1, "audit"), (2, "audit")]


# Refusals


def test_an_order_that_is_under_no_checkpoint_of_the_signer_is_refused(
    log: Log, keys: Keys
) -> None:
    asked = asked_for(log, lines(some_people(log, 1)))
    log.say("page.viewed", uuid4())
    places = [piece.index for piece in asked.evidence]
    unseen = asked.but(size=len(log.raw), evidence=log.evidence(*places))
    assert refused(keys, unseen) == Refusal.CHECKPOINT
    assert asked.destroy().closed == 1


def test_a_checkpoint_of_an_older_epoch_of_the_log_does_not_count(log: Log, keys: Keys) -> None:
    asked = asked_for(log, lines(some_people(log, 1)))
    log.say("page.viewed", uuid4())
    log.witness(epoch=2)
    assert refused(keys, asked) == Refusal.CHECKPOINT


def _flip(evidence: Evidence) -> Evidence:
    first, *rest = evidence.path
    return replace(evidence, path=(bytes([first[0] ^ 1, *first[1:]]), *rest))


BENT: dict[str, Callable[[Evidence], Evidence]] = {
    "a flipped bit": _flip,
    "another place": lambda e: replace(e, index=e.index ^ 1),
    "a place before the first": lambda e: replace(e, index=-1),
    "a place after the last": lambda e: replace(e, index=1000),
    "a shorter path": lambda e: replace(e, path=e.path[:-1]),
    "a longer path": lambda e: replace(e, path=(*e.path, bytes(32))),
    "half a hash": lambda e: replace(e, path=(*e.path, bytes(16))),
    "other bytes": lambda e: replace(e, entry=e.entry.replace(b"done", b"gone")),
}


def test_an_entry_that_is_not_in_the_tree_is_refused(log: Log, keys: Keys) -> None:
    asked = asked_for(log, lines(some_people(log, 1)))
    for what, bend in BENT.items():
        for n in (0, 1):  # the order, the approval
            bent = list(asked.evidence)
            bent[n] = bend(bent[n])
            assert refused(keys, asked.but(evidence=bent)) == Refusal.INCLUSION, what
    assert asked.destroy().closed == 1


def test_an_order_for_other_keys_is_refused(log: Log, keys: Keys) -> None:
    anna, berta = some_people(log, 2)
    asked = asked_for(log, lines([anna]))
    given = asked.order
    for other in (
        Order(given.controller, given.job, frozenset(lines([berta])), given.salt),
        Order(given.controller, given.job, frozenset(lines([anna], "audit")), given.salt),
        Order(given.controller, given.job, frozenset({Line(anna, "ordinary", 2)}), given.salt),
        Order(given.controller, given.job, frozenset(lines([anna, berta])), given.salt),
        Order(given.controller, given.job, given.lines, bytes(16)),
    ):
        assert refused(keys, asked.but(order=other)) == Refusal.DIGEST
    none = Order(given.controller, given.job, frozenset(), given.salt)
    assert refused(keys, asked.but(order=none)) == Refusal.LINES


def test_an_order_of_another_job_or_controller_is_refused(log: Log, keys: Keys) -> None:
    asked = asked_for(log, lines(some_people(log, 1)))
    given = asked.order
    for other in (
        Order(given.controller, uuid4(), given.lines, given.salt),
        Order(uuid4(), given.job, given.lines, given.salt),
    ):
        assert refused(keys, asked.but(order=other)) == Refusal.ORDER
    swapped = asked.but(evidence=asked.evidence[::-1])
    assert refused(keys, swapped) == Refusal.ORDER


def test_an_order_that_failed_is_refused(log: Log, keys: Keys) -> None:
    asked = asked_for(log, lines(some_people(log, 1)), outcome="failed")
    assert refused(keys, asked) == Refusal.ORDER


def test_an_order_for_another_number_of_keys_is_refused(log: Log, keys: Keys) -> None:
    asked = asked_for(log, lines(some_people(log, 1)), counts={"rows": 2})
    assert refused(keys, asked) == Refusal.COUNT


def test_an_order_is_refused_after_a_day(log: Log, keys: Keys) -> None:
    (anna,) = some_people(log, 1)
    old = asked_for(log, lines([anna]), age=timedelta(hours=24, minutes=1))
    assert refused(keys, old) == Refusal.AGE
    to_come = asked_for(log, lines([anna]), age=-timedelta(minutes=6))
    assert refused(keys, to_come) == Refusal.AGE
    assert asked_for(log, lines([anna]), age=timedelta(hours=23, minutes=59)).destroy().closed == 1


def test_what_nobody_approved_is_refused(log: Log, keys: Keys) -> None:
    asked = asked_for(log, lines(some_people(log, 1)), approved_by=())
    assert refused(keys, asked) == Refusal.APPROVAL


NO_APPROVAL: list[tuple[dict[str, Any], Refusal]] = [
    ({"act": "erasure.planned"}, Refusal.APPROVAL),
    ({"outcome": "refused"}, Refusal.APPROVAL),
    ({"controller": str(uuid4())}, Refusal.APPROVAL),
    ({"obj": {"id": str(uuid4()), "t": "erasure"}}, Refusal.APPROVAL),
    ({"obj": {"t": "erasure"}}, Refusal.APPROVAL),
    ({"actor": {"k": "system", "role": "system"}}, Refusal.APPROVAL),
    ({"actor": {"k": "token", "role": "dpo", "p": ANNA}}, Refusal.APPROVAL),
    ({"act": "request.received", "reason": "filed"}, Refusal.APPROVAL),
    ({"role": "agent"}, Refusal.ROLE),
    ({"role": "marketing"}, Refusal.ROLE),
    ({"role": "administrator"}, Refusal.ROLE),  # second, never alone
    ({"role": "auditor"}, Refusal.ROLE),
]


def test_an_approval_that_is_none_or_of_another_role_is_refused(log: Log, keys: Keys) -> None:
    order = Order.of(log.controller, uuid4(), lines(some_people(log, 1)))
    approvals = [log.approve(order.job, **changes) for changes, _ in NO_APPROVAL]
    good = log.approve(order.job)
    ordered = log.order(order)
    size = log.witness()
    for approval, (changes, because) in zip(approvals, NO_APPROVAL, strict=True):
        wrong = Asked(log, order, log.evidence(ordered, approval), size)
        assert refused(keys, wrong) == because, changes
    assert Asked(log, order, log.evidence(ordered, good), size).destroy().closed == 1


def test_an_approval_after_the_order_is_refused(log: Log, keys: Keys) -> None:
    asked = asked_for(log, lines(some_people(log, 1)), approved_by=())
    order = asked.evidence[0].index
    approval = log.approve(asked.order.job)
    size = log.witness()
    late = asked.but(size=size, evidence=log.evidence(order, approval))
    assert refused(keys, late) == Refusal.APPROVAL


def test_data_protection_officer_and_lawyer_approve(log: Log, keys: Keys) -> None:
    for role, act in product(("dpo", "legal"), ("erasure.approved", "retention.approved")):
        order = Order.of(log.controller, uuid4(), lines(some_people(log, 1)))
        approval = log.approve(order.job, role=role, act=act)
        ordered = log.order(order)
        size = log.witness()
        assert Asked(log, order, log.evidence(ordered, approval), size).destroy().closed == 1


def test_twenty_people_are_not_destroyed_on_one_word(log: Log, keys: Keys) -> None:
    people = some_people(log, 20)
    for approvers in ((ANNA,), (ANNA, ANNA)):
        asked = asked_for(log, lines(people), approved_by=approvers)
        assert refused(keys, asked) == Refusal.SECOND_APPROVAL
    assert asked_for(log, lines(people[1:])).destroy().closed == 19
    assert asked_for(log, lines(people), approved_by=(ANNA, BRUNO)).destroy().closed == 1


def test_the_second_may_be_other_staff_in_the_same_month(log: Log, keys: Keys) -> None:
    people = some_people(log, 20)
    order = Order.of(log.controller, uuid4(), lines(people))
    first = log.approve(order.job)
    earlier = log.approve(order.job, by=BRUNO, month="2026-10")  # may be the first one's
    nameless = log.approve(order.job, actor={"k": "staff", "role": "dpo"})
    second = log.approve(order.job, by=BRUNO, role="administrator")
    ordered = log.order(order)
    size = log.witness()
    for other in (earlier, nameless):
        alone = Asked(log, order, log.evidence(ordered, first, other), size)
        assert refused(keys, alone) == Refusal.SECOND_APPROVAL
    assert Asked(log, order, log.evidence(ordered, first, second), size).destroy().closed == 20


def test_many_small_orders_are_one_large_one(log: Log, keys: Keys) -> None:
    people = some_people(log, 42)
    job = uuid4()
    asked_for(log, lines(people[:19]), job=job).destroy()
    by_job = asked_for(log, lines([people[19]]), job=job)
    assert refused(keys, by_job) == Refusal.SECOND_APPROVAL
    by_day = asked_for(log, lines([people[19]]))
    assert refused(keys, by_day) == Refusal.SECOND_APPROVAL
    assert asked_for(log, lines([people[19]]), approved_by=(BRUNO,)).destroy().closed == 1
    assert asked_for(log, lines(people[20:]), approved_by=(ANNA, BRUNO)).destroy().closed == 22
    assert asked_for(log, lines([people[0]], "audit"), approved_by=(BRUNO,)).destroy().closed == 1


def test_more_than_two_hundred_people_are_more_than_one_call(log: Log, keys: Keys) -> None:
    people = [uuid4() for _ in range(201)]
    asked = asked_for(log, lines(people), approved_by=(ANNA, BRUNO))
    assert refused(keys, asked) == Refusal.PEOPLE
    assert asked_for(log, lines(people[1:]), approved_by=(ANNA, BRUNO)).destroy().closed == 0


def test_one_stranger_goes_when_their_request_was_found_to_be_somebody_elses(
    log: Log, keys: Keys
) -> None:
    """Whoever moved the request decided it; the person made up for it is empty then."""
    people = some_people(log, 2)
    for who, because in ((people[:1], None), (people, Refusal.APPROVAL)):
        order = Order.of(log.controller, uuid4(), lines(who))
        moved = log.approve(order.job, act="request.received", reason="attached")
        ordered = log.order(order)
        size = log.witness()
        asked = Asked(log, order, log.evidence(ordered, moved), size)
        if because:
            assert refused(keys, asked) == because
        else:
            assert asked.destroy().closed == 1
