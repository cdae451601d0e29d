"""Holds and restrictions: what they keep goes when they end, by itself and certified anew."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from crm.models import Interaction
from dsar import saga
from dsar.models import Erasure
from governance.crypto import keystore
from governance.policy.vocabulary import Duty, RecordClass, Role
from registry import restriction
from registry.gate import opening as gate
from retention import holds
from retention.holds import HoldGround
from tests.builders import NOW, Company, a_company, a_person, an_interaction
from tests.dsar.acts import rows_by_sql
from tests.dsar.erasing import approved, begun, carried_out, certificates, markers

MONTHS_LATER = NOW + timedelta(days=200)


@pytest.fixture
def company(fresh_database: None) -> Company:
    """Committed: the log is signed while an erasure waits for it."""
    return a_company()


@pytest.fixture
def anna(company: Company) -> UUID:
    subject = a_person(company, orders=[NOW.date()])
    an_interaction(company, subject, body="la lampada non si accende")
    return subject


@pytest.fixture
def untouched(company: Company):
    """Somebody else, who is compared at the end."""
    other = a_person(company, given="Carla", family="Verdi", orders=[NOW.date()])
    before = rows_by_sql(company, other, derived=True), living(company, other)
    yield other
    assert (rows_by_sql(company, other, derived=True), living(company, other)) == before


def living(company: Company, subject: UUID) -> set[str]:
    return keystore.surviving_scopes(company.controller.pk, subject)


def hold(company: Company, subject: UUID, *classes: RecordClass) -> UUID:
    return holds.place(
        company.staff[Role.DPO], subject, ground=HoldGround.LEGAL_CLAIM, reason="Causa 12/2026",
        review_on=date(2027, 6, 1), record_classes=classes, now=NOW,
    )  # fmt: skip


def erased(issued: dict) -> dict[str, int]:
    return {r["title_en"]: r["count"] for r in issued["records"] if r["result"] == "erased"}


def restrict(company: Company, subject: UUID) -> UUID:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        return restriction.place(access, subject=subject, ground="c", at=NOW).pk


def lift_restriction(company: Company, placed: UUID) -> None:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, reference=placed, now=MONTHS_LATER
    ) as access:
        restriction.announce(
            access, placed, at=MONTHS_LATER - timedelta(days=1), how="post", evidence="Letter"
        )
        restriction.lift(access, placed)


def whole(company: Company, erasure: Erasure) -> list[dict]:
    """Everything that comes by itself: what is due is carried out, until nothing is."""
    assert saga.due(company.controller.pk, now=MONTHS_LATER) == [erasure.pk]
    done = carried_out(company, erasure.pk, now=MONTHS_LATER)
    assert done.state == "certified"
    assert saga.due(company.controller.pk, now=MONTHS_LATER + timedelta(hours=23)) == []
    return certificates(company, erasure.pk)


def test_what_a_hold_kept_goes_when_it_is_lifted_with_a_certificate_of_its_own(
    company: Company, anna: UUID, untouched: UUID
) -> None:
    placed = hold(company, anna, RecordClass.CORRESPONDENCE)
    erasure = approved(company)
    assert carried_out(company, erasure.pk).state == "certified"
    first = certificates(company, erasure.pk)
    assert "Conversations" not in erased(first[0])
    assert "crm.Interaction" in rows_by_sql(company, anna)
    assert living(company, anna) == {"kept", "fiscal", "request", "audit"}

    holds.lift(placed, by=company.staff[Role.LEGAL], now=MONTHS_LATER)
    both = whole(company, erasure)
    assert [one["round"] for one in both] == [1, 2]
    assert both[0] == first[0]
    assert list(erased(both[1]).values()) == [1]  # the one message, and nothing else
    assert "crm.Interaction" not in rows_by_sql(company, anna)
    assert living(company, anna) == {"fiscal", "request", "audit"}
    again = carried_out(company, erasure.pk, now=MONTHS_LATER)
    assert (again.state, again.round) == ("certified", 2)
    assert len(certificates(company, erasure.pk)) == 2


@pytest.mark.parametrize("after", ["frozen", "ordered"])
def test_a_hold_placed_in_the_middle_keeps_what_is_still_there(
    company: Company, anna: UUID, untouched: UUID, after: str
) -> None:
    erasure = approved(company)
    if after == "ordered":
        assert begun(company, erasure.pk).reason == "log"  # rows are gone, the keys are not
    else:
        _stop_after_freezing(company, erasure)
    placed = hold(company, anna)
    done = carried_out(company, erasure.pk, now=NOW + timedelta(minutes=11))
    assert done.state == "certified"
    assert ("kept" if after == "frozen" else "ordinary") in living(company, anna)
    (issued,) = certificates(company, erasure.pk)
    is_there = after == "frozen"
    assert ("crm.Contact" in rows_by_sql(company, anna)) is is_there
    assert ("Master data" in erased(issued)) is not is_there

    holds.lift(placed, by=company.staff[Role.LEGAL], now=MONTHS_LATER)
    if is_there:
        assert len(whole(company, erasure)) == 2
        assert living(company, anna) == {"fiscal", "request", "audit"}
    assert "crm.Contact" not in rows_by_sql(company, anna)


def _stop_after_freezing(company: Company, erasure: Erasure) -> None:
    """A worker that dies when the person is frozen and remembered."""
    job = saga._take(erasure.pk, company.controller.pk, NOW)
    assert job is not None
    for step in saga.STEPS[:2]:
        saga._do(job, step, step.name, NOW)


@pytest.mark.parametrize("when", ["before", "middle"])
def test_under_a_restriction_nothing_goes_and_all_of_it_when_it_ends(
    company: Company, anna: UUID, untouched: UUID, when: str
) -> None:
    if when == "before":
        placed = restrict(company, anna)
    erasure = approved(company)
    if when == "middle":
        _stop_after_freezing(company, erasure)
        placed = restrict(company, anna)
    before = rows_by_sql(company, anna)
    later = NOW + timedelta(minutes=11)
    for _ in range(2):
        waits = carried_out(company, erasure.pk, now=later)
        assert (waits.state, waits.reason, waits.attempts) == ("waiting", "restricted", 0)
    assert waits.not_before is None
    assert rows_by_sql(company, anna).keys() >= before.keys() - {"registry.Restriction"}
    assert living(company, anna) == {"ordinary", "fiscal", "request", "audit"}
    assert {step for _, _, step in markers(company, erasure.pk)} == {
        "planned", "frozen", "remembered",
    }  # fmt: skip
    lift_restriction(company, placed)
    (issued,) = whole(company, erasure)
    assert issued["round"] == 1
    assert {"Master data", "Contact details"} <= erased(issued).keys()
    assert "crm.Contact" not in rows_by_sql(company, anna)
    assert "ordinary" not in living(company, anna)


def test_what_no_hold_kept_is_left_to_retention_in_a_later_round(
    company: Company, anna: UUID, untouched: UUID
) -> None:
    """The invoice's ten years are over when the hold ends: nobody approved its erasure."""
    placed = hold(company, anna, RecordClass.CORRESPONDENCE)
    erasure = approved(company)
    assert carried_out(company, erasure.pk).state == "certified"
    far = NOW + timedelta(days=365 * 4)
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=anna, now=NOW):
        assert Interaction.objects.filter(subject=anna).exists()
        from crm.models import Order, OrderLine

        for model in (Order, OrderLine):
            model.objects.filter(subject=anna).update(collected_at=NOW)
        Order.objects.filter(subject=anna).update(ordered_on=date(2012, 1, 2))
    holds.lift(placed, by=company.staff[Role.LEGAL], now=far)
    done = carried_out(company, erasure.pk, now=far)
    assert (done.state, done.round) == ("certified", 2)
    left = rows_by_sql(company, anna)
    assert "crm.Interaction" not in left
    assert "crm.Order" in left
    assert "fiscal" in living(company, anna)
