"""The keystore itself refuses to destroy what a hold or a restriction keeps, and lets go after."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from audit import log, proofs
from audit.actions import Action
from dsar.models import Erasure
from governance.crypto import destruction
from governance.crypto.destruction import Refusal
from governance.crypto.errors import OrderRefusedError
from governance.crypto.orders import Line, Order
from governance.policy.vocabulary import Duty, RecordClass, Role
from registry import restriction
from registry.gate import opening as gate
from retention import holds, stops
from retention.holds import HoldGround
from tests.audit.history import seal_here
from tests.builders import NOW, Company, a_company, a_person, an_interaction
from tests.dsar.erasing import approved, carried_out, certificates
from tests.retention.scenes import freeze, living_keys

LATER = NOW + timedelta(days=200)


@pytest.fixture
def company(fresh_database: None) -> Company:
    return a_company()


@pytest.fixture
def anna(company: Company) -> UUID:
    subject = a_person(company, orders=[NOW.date()])
    an_interaction(company, subject, body="la lampada non si accende")
    return subject


def hold(company: Company, subject: UUID, *classes: RecordClass) -> UUID:
    return holds.place(
        company.staff[Role.DPO], subject, ground=HoldGround.LEGAL_CLAIM, reason="Causa 12/2026",
        review_on=date(2027, 6, 1), record_classes=classes, now=NOW,
    )  # fmt: skip


def stopped(company: Company) -> set[tuple[str, int]]:
    return {(stop.scope, stop.version) for stop in destruction.stops(company.controller.pk)}


def tend(company: Company, *, later: timedelta = timedelta()) -> None:
    """What the task does every minute."""
    with gate.duty(
        company.actor(Role.DPO), Duty.ERASING, reference=uuid4(), now=NOW + later
    ) as access:
        stops.tend(access)


def demand(company: Company, subject: UUID) -> None:
    """An order that is valid in every respect, past what this database decides."""
    made = Order.of(company.controller.pk, uuid4(), [Line(subject, "ordinary", 1)])
    dpo = company.actor(Role.DPO)
    ids = []
    with gate.duty(dpo, Duty.ERASING, reference=made.job, now=NOW) as access:
        for action, said in (
            (Action.ERASURE_APPROVED, {}),
            (Action.KEY_DESTROYED, {"reason": made.reason(), "counts": {"rows": 1}}),
        ):
            event = log.Event(
                action=action, purpose="duty:erasing", object_type="erasure",
                object_id=made.job, **said,
            )  # fmt: skip
            ids.append(log.record(access.actor, event, now=NOW).id)
    seal_here()
    size, evidence = proofs.evidence_of(ids[::-1])
    destruction.destroy(made, evidence, size=size)


@pytest.mark.parametrize("kind", ["hold", "restriction"])
def test_the_keystore_refuses_by_itself(company: Company, anna: UUID, kind: str) -> None:
    freeze(company, anna, kind)
    with pytest.raises(OrderRefusedError) as refused:
        demand(company, anna)
    assert refused.value.because == Refusal.STOPPED
    assert "ordinary" in living_keys(company, anna)
    other = a_person(company, family="Verdi")
    demand(company, other)
    assert "ordinary" not in living_keys(company, other)


def test_what_a_hold_keeps_is_stopped_under_its_new_key(company: Company, anna: UUID) -> None:
    placed = hold(company, anna, RecordClass.CORRESPONDENCE)
    assert stopped(company) == {("ordinary", 1), ("archive", 1), ("kept", 1)}
    erasure: Erasure = approved(company)
    assert carried_out(company, erasure.pk).state == "certified"
    assert living_keys(company, anna) == {"kept", "fiscal", "request", "audit"}
    assert stopped(company) == {("archive", 1), ("kept", 1)}
    holds.lift(placed, by=company.staff[Role.LEGAL], now=LATER)
    done = carried_out(company, erasure.pk, now=LATER)
    assert (done.state, done.round) == ("certified", 2)
    assert len(certificates(company, erasure.pk)) == 2
    assert living_keys(company, anna) == {"fiscal", "request", "audit"}
    assert stopped(company) == set()


def test_a_lifted_restriction_is_released_when_the_log_shows_it(
    company: Company, anna: UUID
) -> None:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        placed = restriction.place(access, subject=anna, ground="c", at=NOW).pk
    later = NOW + timedelta(minutes=1)
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=placed, now=later) as access:
        restriction.announce(access, placed, at=NOW, how="email", evidence="Letter")
        restriction.lift(access, placed)
    tend(company)
    assert ("ordinary", 1) in stopped(company), "it is not signed yet"
    seal_here()
    tend(company)
    assert stopped(company) == set()


def test_a_stop_that_nothing_stands_for_goes_after_an_hour(company: Company, anna: UUID) -> None:
    placed = hold(company, anna, RecordClass.FISCAL_RECORD)
    destruction.stop(uuid4(), company.controller.pk, anna, scopes=["ordinary"])
    (abandoned,) = {
        stop.placed_at for stop in destruction.stops(company.controller.pk)
        if stop.reference != placed
    }  # fmt: skip
    age = abandoned - NOW
    for later, left in (
        (timedelta(minutes=59), {("ordinary", 1), ("fiscal", 1)}),
        (timedelta(minutes=61), {("fiscal", 1)}),
    ):
        for _ in range(2):
            tend(company, later=age + later)
            seal_here()
        assert stopped(company) == left


def test_what_stood_before_gets_its_stops(company: Company, anna: UUID) -> None:
    placed = hold(company, anna)
    before = stopped(company)
    with gate.duty(company.actor(Role.DPO), Duty.ERASING, reference=anna, now=NOW) as access:
        event = log.Event(
            action=Action.HOLD_LIFTED, purpose="duty:erasing", object_type="legal_hold",
            object_id=placed,
        )  # fmt: skip
        entry = log.record(access.actor, event, now=NOW).id
    seal_here()
    size, (evidence,) = proofs.evidence_of([entry])
    assert destruction.release(placed, company.controller.pk, evidence, size=size) == len(before)
    tend(company)
    assert stopped(company) == before
