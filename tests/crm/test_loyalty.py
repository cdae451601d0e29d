"""ST7, ST8, ST9: points, rewards, tiers and links of a programme that asks for nothing else."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from crm.acquisition import referrals
from crm.loyalty import ledger, membership, programmes, tiers
from crm.loyalty.errors import (
    LineNotFoundError,
    NotAMemberError,
    ProgrammeInvalidError,
    TermsNotAcceptedError,
    TooFewPointsError,
)
from crm.loyalty.programmes import NewProgramme
from crm.models import LoyaltyAccount, LoyaltyLine, LoyaltyTierChange, Order, ReferralLink
from crm.workflows.errors import RuleApprovalError
from crm.workflows.versions import Titles
from governance.policy.actors import system
from governance.policy.loyalty import CorrectedBecause, LineKind
from governance.policy.vocabulary import Duty, Operation, Role, SubjectKind
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import ConsentEvent
from tests.builders import NOW, Company, a_company, a_person
from tests.crm.loyal import TIERS, a_member, a_programme, bought, held, rules
from tests.crm.webforms import a_form

LATER = NOW + timedelta(days=1)


@pytest.fixture
def company(db: None) -> Company:
    return a_company()


def cancelled(company: Company, order: Any) -> None:
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=order, now=LATER) as access:
        access.rows(Order).filter(pk=order).update(state="cancelled")


def test_st9_joining_with_loyalty_alone_works_and_earns_points(company: Company) -> None:
    programme = a_programme(company)
    anna = a_person(company, orders=[NOW.date()])
    a_member(company, anna)
    bought(company, anna, "N-1", "120.90", now=LATER)
    assert ledger.earn(programme, now=LATER) == 1
    assert ledger.earn(programme, now=LATER) == 0, "told twice, it is one line"
    found = held(company, anna)
    (line,) = found["lines"]
    assert (line.points, line.balance, found["account"].balance) == (120, 120, 120)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=LATER
    ) as access:
        assert not access.rows(ConsentEvent).exists(), "nothing was agreed to by joining"
    for purpose in ("profiling", "newsletter"):
        with pytest.raises(GateRefusedError) as refused:
            _open(company, purpose, anna)
        assert refused.value.code == "no_consent"


def _open(company: Company, purpose: str, subject: Any) -> None:
    with gate.open(
        company.actor(Role.MARKETING), purpose, Operation.READ, subjects=subject, now=LATER
    ):
        pass


def test_st9_who_never_bought_asks_to_join_and_what_was_bought_before_earns_nothing(
    company: Company,
) -> None:
    programme = a_programme(company)
    lead = a_person(
        company, given="Berta", kind=SubjectKind.PROSPECT, purpose="lead_management",
        role=Role.SALES,
    )  # fmt: skip
    with pytest.raises(GateRefusedError) as refused:
        membership.join(system(company.controller.pk), lead, accepts=True, now=NOW)
    assert refused.value.code == "no_contract"
    with gate.duty(
        system(company.controller.pk), Duty.ANSWERING, subjects=lead, reference=uuid4(), now=NOW
    ) as access:
        membership.ask(access, lead)
    with pytest.raises(TermsNotAcceptedError):
        membership.join(system(company.controller.pk), lead, accepts=False, now=NOW)
    first = membership.join(system(company.controller.pk), lead, accepts=True, now=NOW)
    again = membership.join(system(company.controller.pk), lead, accepts=True, now=LATER)
    assert first.pk == again.pk
    before = NOW - timedelta(days=9)
    anna = a_person(company, orders=[before.date()], now=before)
    a_member(company, anna)
    assert ledger.earn(programme, now=LATER) == 0


def test_st9_lines_are_added_and_never_changed_and_a_correction_is_a_line(
    company: Company,
) -> None:
    programme, anna = a_programme(company), a_person(company, orders=[NOW.date()])
    a_member(company, anna)
    bought(company, anna, "N-1", "100.00", now=LATER)
    ledger.earn(programme, now=LATER)
    (line,) = held(company, anna)["lines"]
    corrected = ledger.correct(
        company.actor(Role.AGENT), anna, line.pk, -40, because=CorrectedBecause.MISTAKE, now=LATER
    )
    assert corrected is not None
    assert corrected.balance == 60
    assert ledger.correct(
        company.actor(Role.AGENT), anna, line.pk, -40, because=CorrectedBecause.MISTAKE, now=LATER
    ) is None, "once"  # fmt: skip
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=LATER
    ) as access:
        for change in ({"points": 900}, {"balance": 900}, {"because": "goodwill"}):
            with (
                pytest.raises(DatabaseError, match="stays as it was written"),
                transaction.atomic(),
            ):
                access.rows(LoyaltyLine).filter(pk=line.pk).update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            access.rows(LoyaltyAccount).update(balance=-1)
    with pytest.raises(LineNotFoundError):
        ledger.correct(
            company.actor(Role.AGENT), anna, uuid4(), 1, because=CorrectedBecause.MISTAKE, now=LATER
        )


def test_st9_points_of_a_cancelled_order_go_back_as_far_as_they_are_there(
    company: Company,
) -> None:
    programme, anna = a_programme(company), a_person(company, orders=[NOW.date()])
    a_member(company, anna)
    order = bought(company, anna, "N-1", "100.00", now=LATER)
    ledger.earn(programme, now=LATER)
    reward = ledger.redeem(company.actor(Role.AGENT), anna, "bag", now=LATER)
    assert (reward.points, reward.balance, len(reward.code)) == (-60, 40, 10)
    with pytest.raises(TooFewPointsError):
        ledger.redeem(company.actor(Role.AGENT), anna, "bag", now=LATER)
    with pytest.raises(LineNotFoundError):
        ledger.redeem(company.actor(Role.AGENT), anna, "yacht", now=LATER)
    cancelled(company, order)
    assert ledger.earn(programme, now=LATER) == 1
    assert ledger.earn(programme, now=LATER) == 0
    last = held(company, anna)["lines"][-1]
    assert (last.line_kind, last.points, last.balance) == (LineKind.CORRECTED, -40, 0)


def test_st9_who_left_earns_nothing_and_may_come_back(company: Company) -> None:
    programme, anna = a_programme(company), a_person(company, orders=[NOW.date()])
    a_member(company, anna)
    membership.leave(company.actor(Role.AGENT), anna, now=NOW)
    bought(company, anna, "N-1", "100.00", now=LATER)
    assert ledger.earn(programme, now=LATER) == 0
    for deed in (
        lambda: membership.leave(company.actor(Role.AGENT), anna, now=LATER),
        lambda: ledger.redeem(company.actor(Role.AGENT), anna, "bag", now=LATER),
    ):
        with pytest.raises(NotAMemberError):
            deed()
    a_member(company, anna, now=LATER)
    assert held(company, anna)["account"].left_at is None


def test_st9_a_programme_is_no_marketing_and_somebody_else_approves_it(company: Company) -> None:
    titles = Titles("Amici", "Friends")

    def drafted(purpose: str, **changed: Any) -> Any:
        new = NewProgramme(titles, purpose, rules(**changed), Titles("Regole", "Rules"))
        return programmes.draft(new, by=company.staff[Role.MANAGER], now=NOW)

    for purpose in ("newsletter", "profiling", "customer_value", "nothing"):
        with pytest.raises(ProgrammeInvalidError):
            drafted(purpose)
    for changed in (
        {"tiers": []}, {"tiers": list(reversed(TIERS))}, {"tiers": [TIERS[0], TIERS[0]]},
        {"points_per_unit": "-1"}, {"points_per_unit": "NaN"}, {"currency": "eu"},
        {"referral_points": 10}, {"referral_points": 10, "referral_form": "unknown"},
        {"rewards": [{"key": "x"}]},
    ):  # fmt: skip
        with pytest.raises(ProgrammeInvalidError):
            drafted("loyalty", **changed)
    made = drafted("loyalty")
    with pytest.raises(RuleApprovalError):
        programmes.approve(made.pk, by=company.staff[Role.MANAGER], now=NOW)
    assert programmes.in_force(company.controller.pk) is None
    second = a_programme(company)
    third = a_programme(company, points_per_unit="2")
    assert (second.number, third.number) == (1, 2)
    second.refresh_from_db()
    assert second.state == "retired"


def test_st7_tier_changes_are_dated_and_explainable(company: Company) -> None:
    programme, anna = a_programme(company), a_person(company, orders=[NOW.date()])
    a_member(company, anna)
    bought(company, anna, "N-1", "150.00", now=LATER)
    ledger.earn(programme, now=LATER)
    assert tiers.renew(programme, now=LATER) == 0, "the points are there, the days are not"
    ready = NOW + timedelta(days=30)
    assert tiers.renew(programme, now=ready) == 1
    assert tiers.renew(programme, now=ready) == 0
    over = NOW + timedelta(days=400)
    assert tiers.renew(programme, now=over) == 1, "points of a year, and a year is over"
    found = held(company, anna, now=over)
    told = [
        (c.came_from, c.tier, c.changed_on, c.points, c.member_days, c.programme_id)
        for c in found["changes"]
    ]
    assert told == [
        ("base", "first", ready.date(), 150, 30, programme.pk),
        ("first", "base", over.date(), 0, 400, programme.pk),
    ]
    assert found["account"].tier == "base"
    with (
        gate.duty(
            company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=over
        ) as access,
        pytest.raises(DatabaseError, match="stays as it was written"),
        transaction.atomic(),
    ):
        access.rows(LoyaltyTierChange).update(points=1)


def test_st7_rewards_that_were_taken_do_not_lower_a_tier(company: Company) -> None:
    programme, anna = a_programme(company), a_person(company, orders=[NOW.date()])
    a_member(company, anna)
    bought(company, anna, "N-1", "120.00", now=LATER)
    ledger.earn(programme, now=LATER)
    ledger.redeem(company.actor(Role.AGENT), anna, "bag", now=LATER)
    tiers.renew(programme, now=NOW + timedelta(days=31))
    assert held(company, anna)["account"].tier == "first"


def test_st8_the_referrer_gives_a_link_and_the_friend_gives_their_own_data(
    company: Company,
) -> None:
    form = a_form(company)
    programme = a_programme(company, referral_points=50, referral_form=form.slug)
    anna = a_person(company, orders=[NOW.date()])
    a_member(company, anna)
    with gate.open(
        company.actor(Role.AGENT), "loyalty", Operation.UPDATE, subjects=anna, now=NOW
    ) as access:
        token = referrals.issue(access, anna, form, until=LATER.date())
    assert {f.name for f in ReferralLink._meta.fields} & {"friend", "email", "name"} == set()
    assert ledger.earn(programme, now=NOW) == 0, "nothing for a link alone"
    assert referrals.arrived(form, token, now=LATER, today=LATER.date())
    assert ledger.earn(programme, now=LATER) == 1
    assert ledger.earn(programme, now=LATER) == 0
    (line,) = held(company, anna)["lines"]
    assert (line.line_kind, line.points, line.order) == (LineKind.REFERRAL, 50, None)
