"""What is kept of an erased person goes over to keys under which nothing erased lies."""

from collections import Counter
from contextlib import AbstractContextManager
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from crm.models import Contact, Interaction, Order
from governance.crypto import keystore
from governance.crypto.errors import KeyDestroyedError, UnsealError
from governance.crypto.orders import Line
from governance.policy.vocabulary import Duty, Operation, RecordClass, Role, Scope
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.errors import GateRefusedError
from registry.models import SearchToken
from retention import disposal, holds, resealing
from retention.errors import SubjectNotHeldError
from retention.holds import HoldGround
from retention.plans import ErasurePlan
from tests.builders import NOW, Company, a_person, amend
from tests.crypto.destroying import destroy_subject_keys
from tests.retention.scenes import a_message

pytestmark = pytest.mark.django_db
REFERENCE = UUID("00000000-0000-7000-8000-000000000019")
KEPT_DAY, GONE_DAY = date(2024, 2, 29), date(2010, 3, 1)


def duty(company: Company, what: Duty = Duty.ANSWERING) -> AbstractContextManager[Access]:
    return gate.duty(company.actor(Role.DPO), what, reference=REFERENCE, now=NOW)


def frozen(company: Company, subject: UUID) -> ErasurePlan:
    with duty(company, Duty.ERASING) as access:
        plan = disposal.plan(access, subject, today=NOW.date())
        disposal.freeze(access, subject)
    return plan


def resealed(company: Company, plan: ErasurePlan) -> dict[str, int]:
    with duty(company) as access:
        return resealing.reseal_kept(access, plan)


def emptied(company: Company, plan: ErasurePlan) -> set[tuple[str, int]]:
    """Delete what the plan erases; return scope and version of the keys that can die."""
    with duty(company, Duty.ERASING) as access:
        assert not any(done.failed for done in disposal.erase_rows(access, plan, *plan.tables()))
    with duty(company, Duty.ERASING) as access:
        found = resealing.superseded(access, plan)
    assert {line.subject for line in found} <= {plan.subject}
    return {(line.scope, line.version) for line in found}


def counted(company: Company, subject: UUID) -> Counter[tuple[str, int]]:
    with duty(company, Duty.ERASING):
        found = resealing.rows_by_scope_and_version([subject])[subject]
    return Counter({at: number for at, number in found.items() if at[1]})


def a_hold(company: Company, subject: UUID, *classes: RecordClass) -> None:
    holds.place(
        company.staff[Role.LEGAL], subject, ground=HoldGround.COURT_PROCEEDINGS,
        reason="Tribunale di Torino", review_on=date(2027, 1, 11), record_classes=classes, now=NOW,
    )  # fmt: skip


def test_a_scope_that_loses_rows_goes_over_to_its_next_key(company: Company) -> None:
    subject = a_person(company, family="Mancini", orders=[KEPT_DAY, GONE_DAY])
    plan = frozen(company, subject)
    assert resealed(company, plan) == {"fiscal": 2}
    assert counted(company, subject) == {
        ("ordinary", 1): 2, ("fiscal", 1): 2, ("fiscal", 2): 2,
    }  # fmt: skip
    assert resealed(company, plan) == {}, "what is sealed anew is passed over"
    assert emptied(company, plan) == {("ordinary", 1), ("fiscal", 1)}
    assert counted(company, subject) == {("fiscal", 2): 2}
    with duty(company) as access:
        (order,) = access.rows(Order).filter(subject=subject)
        assert (order.billing_name, order.billing_city) == ("Anna Mancini", "Torino")


def test_a_scope_that_loses_nothing_keeps_its_key(company: Company) -> None:
    subject = a_person(company, family="Mancini", orders=[KEPT_DAY])
    plan = frozen(company, subject)
    assert resealed(company, plan) == {}
    assert emptied(company, plan) == {("ordinary", 1)}


def test_the_invoice_stays_and_what_no_ground_needs_goes_from_it(company: Company) -> None:
    """Promise 13 of docs/spec/erasure.md: also from backups, for the old key can die."""
    amend(
        company,
        "accounting",
        lambda draft: draft.retention_rules.update(categories=["name", "purchases"]),
    )
    subject = a_person(company, family="Mancini", orders=[KEPT_DAY])
    plan = frozen(company, subject)
    assert {h.table: h.dropped for h in plan.holdings if h.decision == "kept"} == {
        "crm_order": ("postal_address",), "crm_orderline": (),
    }  # fmt: skip
    assert ErasurePlan.from_json(plan.to_json()) == plan
    assert resealed(company, plan) == {"fiscal": 2}
    assert resealed(company, plan) == {}
    assert emptied(company, plan) == {("ordinary", 1), ("fiscal", 1)}
    with duty(company) as access:
        (order,) = access.rows(Order).filter(subject=subject)
        assert (order.billing_name, order.billing_city) == ("Anna Mancini", None)
        (line,) = order.lines.all()
        assert line.description == "Lampada da tavolo"


def test_what_a_hold_keeps_opens_when_the_ordinary_key_is_gone(company: Company) -> None:
    """Promise 10 of docs/spec/erasure.md: exactly what it names."""
    subject = a_person(company, family="Mancini", orders=[KEPT_DAY])
    a_message(company, subject, at=NOW)
    a_hold(company, subject, RecordClass.CORRESPONDENCE)
    plan = frozen(company, subject)
    with duty(company) as access:
        old = bytes(access.rows(Interaction).get(subject=subject).sealed)
    assert resealed(company, plan) == {"ordinary": 1}
    assert resealed(company, plan) == {}
    assert emptied(company, plan) == {("ordinary", 1)}
    destroy_subject_keys(
        company.controller.pk, subject, scopes=[Scope.ORDINARY], ordered_by=uuid4(), now=NOW
    )
    with duty(company) as access:
        (kept,) = access.rows(Interaction).filter(subject=subject)
        assert (kept.scope, kept.body) == ("kept", "Buongiorno")
        assert not access.rows(Contact).filter(subject=subject).exists()
        restored = access.rows(Interaction).get(pk=kept.pk)
        restored.sealed, restored.scope = old, "ordinary"  # as a backup has it
        with pytest.raises(KeyDestroyedError):
            _ = restored.body
        assert set(SearchToken.objects.filter(row=kept.pk)) == set()


def test_what_is_kept_is_read_for_its_own_ground_alone(company: Company) -> None:
    subject = a_person(company, family="Mancini", orders=[KEPT_DAY])
    a_message(company, subject, at=NOW)
    a_hold(company, subject, RecordClass.CORRESPONDENCE)
    resealed(company, frozen(company, subject))
    with gate.open(
        company.actor(Role.SALES), "accounting", Operation.READ, subjects=subject, now=NOW
    ) as access:
        (order,) = access.rows(Order)
        assert order.billing_name == "Anna Mancini", "the tax duty is its ground"
        assert list(access.rows(Interaction)) == []
        with pytest.raises(GateRefusedError) as refused:
            list(Interaction.objects.filter(subject=subject))
        assert refused.value.code == "subject_erased"


def test_a_row_that_does_not_open_stops_the_step(company: Company) -> None:
    """It would be lost with its key; nothing else is sealed anew either."""
    subject = a_person(company, family="Mancini", orders=[KEPT_DAY, GONE_DAY])
    with duty(company) as access:
        row: Any = access.rows(Order).get(subject=subject, ordered_on=KEPT_DAY)
        damaged = bytes(row.sealed[:-1]) + bytes([row.sealed[-1] ^ 1])
        Order.objects.filter(pk=row.pk).update(sealed=damaged)
    plan = frozen(company, subject)
    for _attempt in range(2):
        with pytest.raises(UnsealError):
            resealed(company, plan)
    assert counted(company, subject) == {("ordinary", 1): 2, ("fiscal", 1): 4}
    lines = keystore.living_lines(company.controller.pk, [subject])
    assert {line.version for line in lines if line.scope == "fiscal"} == {1, 2}, "one for both"


def test_nothing_is_kept_of_a_stranger(company: Company) -> None:
    plan = ErasurePlan(company.controller.pk, uuid4(), NOW.date(), ())
    with pytest.raises(SubjectNotHeldError):
        resealed(company, plan)
    assert keystore.living_lines(company.controller.pk, [plan.subject]) == set[Line]()
