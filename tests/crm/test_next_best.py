"""ST2, F12, O27: the gate first, then what is worth most; a person chooses, and the outcome counts."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.models import ActionChoice, ScoreRun
from crm.sales import todo
from crm.scores import next_best, running
from crm.scores.errors import ProposalGoneError
from governance.policy.actors import system
from governance.policy.next_best import (
    MOST,
    Experience,
    NextAction,
    Proposal,
    Standing,
    Way,
    proposals,
)
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, Role
from registry import consent
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from tests.builders import NOW, Company, a_consent, a_person
from tests.crm.test_extract import buys
from tests.crm.test_scores import SINCE, TODAY
from tests.scenarios.test_marketing import by_interest, qualified

MAIL, CARE = Way("newsletter", "email"), Way("customer_care", "")


@given(
    st.sets(st.sampled_from([MAIL, CARE, Way("newsletter", "sms")])),
    st.builds(
        Standing,
        churn=st.none() | st.floats(0, 1),
        worth=st.none() | st.floats(0, 1e6),
        orders=st.integers(0, 9),
        open_cases=st.integers(0, 2),
    ),
    st.dictionaries(st.sampled_from(NextAction), st.builds(Experience, st.integers(0, 9))),
)
def test_st2_what_the_gate_denies_is_never_proposed_and_everything_has_reasons(
    ways: set[Way], known: Standing, experience: dict[NextAction, Experience]
) -> None:
    found = proposals(sorted(ways, key=str), known, experience)
    assert len(found) <= MOST
    assert [one.expected for one in found] == sorted((o.expected for o in found), reverse=True)
    for one in found:
        assert one.ways
        assert set(one.ways) <= ways
        assert one.reasons
        assert all(way.is_marketing for way in one.ways) is (one.action != NextAction.SERVICE)
    if known.open_cases:
        assert {one.action for one in found} <= {NextAction.SERVICE}


def test_st2_ranked_by_value_and_by_what_worked_before() -> None:
    known = Standing(churn=0.2, worth=100.0, orders=5, open_cases=0)
    found = proposals([MAIL, CARE], known, {})
    assert [(one.action, one.expected) for one in found] == [
        (NextAction.OFFER, 40.0), (NextAction.INVITE, 20.0), (NextAction.SERVICE, 5.0),
    ]  # fmt: skip
    tried = {NextAction.OFFER: Experience(8, 0), NextAction.INVITE: Experience(2, 2)}
    found = proposals([MAIL, CARE], known, tried)
    assert [(one.action, one.expected) for one in found] == [
        (NextAction.INVITE, 30.0), (NextAction.OFFER, 8.0), (NextAction.SERVICE, 5.0),
    ]  # fmt: skip


@pytest.fixture
def ada(company: Company) -> UUID:
    """A customer who bought lately, and agreed to profiling and to offers by e-mail alone."""
    ada = a_person(company, given="Ada", orders=[date(2020, 1, 1)])
    for purpose in ("profiling", "newsletter"):
        a_consent(company, ada, purpose=purpose)
    for ago in (40, 20, 1):
        buys(company, ada, ago, "20.00")
    return ada


def run(company: Company, days: int = 0) -> ScoreRun:
    now = NOW + timedelta(days=days)
    return running.run_churn(system(company.controller.pk), "profiling", since=SINCE, now=now)


def proposed(company: Company, subject: UUID, made: ScoreRun) -> list[Proposal]:
    with gate.open(
        company.actor(Role.MANAGER), "profiling", Operation.READ, subjects=subject, now=NOW
    ) as access:
        return next_best.proposed(access, subject, made)


def test_st2_a_withdrawal_takes_the_proposal_away_at_once(company: Company, ada: UUID) -> None:
    made = run(company)
    offer = next(one for one in proposed(company, ada, made) if one.action == NextAction.OFFER)
    assert {(way.purpose, way.channel) for way in offer.ways} == {("newsletter", "email")}
    a_consent(company, ada, purpose="newsletter", state=ConsentState.WITHDRAWN)
    assert {one.action for one in proposed(company, ada, made)} <= {NextAction.SERVICE}
    with gate.open(
        company.actor(Role.MANAGER), "profiling", Operation.READ, subjects=ada, now=NOW
    ) as access:
        with pytest.raises(ProposalGoneError):
            next_best.require(access, ada, made, NextAction.OFFER)


def test_o27_existing_customers_by_soft_opt_in_are_written_to_by_e_mail_alone(
    company: Company,
) -> None:
    by_interest(company, soft_opt_in=True)
    bea = a_person(company, given="Bea", orders=[TODAY - timedelta(days=5)])
    a_consent(company, bea, purpose="profiling")
    made = run(company)
    assert {one.action for one in proposed(company, bea, made)} <= {NextAction.SERVICE}
    qualified(company, bea, kind="order", at=NOW - timedelta(days=1), soft_opt_in=True)
    offer = next(one for one in proposed(company, bea, made) if one.action == NextAction.OFFER)
    assert [(way.purpose, way.channel) for way in offer.ways] == [("newsletter", Channel.EMAIL)]
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=bea, reference=bea, now=NOW
    ) as access:
        consent.object_to(access, subject=bea, at=NOW)
    with pytest.raises(GateRefusedError):  # to marketing is to profiling for it (Art. 21(2))
        proposed(company, bea, made)
    assert run(company).people == 0


def test_f12_what_came_of_an_accepted_proposal_is_what_the_next_run_learns_from(
    company: Company, ada: UUID
) -> None:
    made = run(company)
    assert made.parameters["experience"] == {}
    chosen = []
    manager = company.staff[Role.MANAGER]
    with gate.open(
        manager.actor(), "customer_care", Operation.CREATE, subjects=ada, now=NOW
    ) as access:
        task = todo.give(access, ada, todo.Duty("Proporre", do_by=TODAY))
    with gate.open(manager.actor(), "profiling", Operation.CREATE, subjects=ada, now=NOW) as access:
        for action, given_task in ((NextAction.OFFER, task), (NextAction.INVITE, None)):
            choice = next_best.choose(access, ada, action, by=manager.pk, task=given_task)
            chosen.append((choice.choice, choice.task))
    assert chosen == [("accepted", task.pk), ("declined", None)]
    buys(company, ada, -10, "30.00")
    assert run(company, days=30).parameters["experience"] == {}, "the days are not over"
    assert run(company, days=31).parameters["experience"] == {"offer": [1, 1]}
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=ada, reference=ada, now=NOW
    ) as access:
        rows = access.rows(ActionChoice).order_by("choice")
        assert [(row.came_of_it, row.known_on) for row in rows] == [
            ("bought", TODAY + timedelta(days=31)), ("", None),
        ]  # fmt: skip
