"""A7-A13, O23, O24, F14: campaigns on channels people allow, within a budget, measured once."""

import threading
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections

from crm import tasks
from crm.campaigns import operations, results, sending
from crm.campaigns.errors import (
    CampaignNamesSomebodyError,
    CampaignPurposeError,
    CampaignStateError,
    OverBudgetError,
    ResponseInvalidError,
)
from crm.campaigns.results import Told
from crm.models import Campaign, CampaignEvent, CampaignRecipient, Interaction
from crm.workflows.errors import RuleApprovalError
from governance.policy import campaigns as policy
from governance.policy.campaigns import Response, Touch
from governance.policy.vocabulary import Channel, ConsentState, Duty, Role
from registry import consent
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_company, a_consent
from tests.crm.campaigning import (
    begun,
    block,
    definition,
    drafted,
    looked_at,
    someone,
    steps,
    target,
)
from tests.crm.test_extract import buys, says

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def objects_to(company: Company, subject: UUID, purpose: str) -> None:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW + HOUR
    ) as access:
        consent.object_to(access, subject=subject, at=NOW + HOUR, purpose=company.purpose(purpose))


def withdraws(company: Company, subject: UUID, purpose: str = "newsletter") -> None:
    a_consent(company, subject, state=ConsentState.WITHDRAWN, purpose=purpose, at=NOW + HOUR)


# What a campaign has to say before it begins


def test_a_campaign_has_a_purpose_and_an_approved_segment(company: Company) -> None:
    someone(company, "Ada")
    segment = target(company)
    for purpose in ("", "spying", "customer_care", "profiling"):
        with pytest.raises(CampaignPurposeError) as refused:
            drafted(company, purpose=purpose, segment=segment)
        assert (refused.value.article, bool(refused.value.advice)) == ("5(1)(b)", True)
    with pytest.raises(CampaignPurposeError):
        drafted(company, segment=uuid4())


def test_a10_what_is_planned_stays_within_the_budget(company: Company) -> None:
    for name in ("Ada", "Bea"):
        someone(company, name)
    segment = target(company)
    said = definition(costs={"email": "10"}, steps=steps("Uno", "Due"))
    with pytest.raises(OverBudgetError) as refused:
        drafted(company, segment=segment, definition=said, budget=Decimal("39.99"))
    assert refused.value.details == {"planned": "40", "budget": "39.99"}
    assert drafted(company, segment=segment, definition=said, budget=Decimal(40)).state == "draft"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"channels": []}, ("#/channels", "not_allowed")),
        ({"channels": ["email", "email"]}, ("#/channels", "not_allowed")),
        ({"costs": {}}, ("#/costs", "one_for_each_channel")),
        ({"costs": {"email": "NaN"}}, ("#/costs/email", "value")),
        ({"costs": {"email": "-1"}}, ("#/costs/email", "value")),
        ({"steps": []}, ("#/steps", "how_many")),
        ({"steps": steps("")}, ("#/steps/0/blocks/0", "text")),
        ({"steps": steps("{subject.pk}")}, ("#/steps/0/blocks/0", "placeholder")),
        ({"steps": [{"wait_days": -1, "blocks": [block("x")]}]}, ("#/steps/0/wait_days", "value")),
        (
            {"steps": [{"wait_days": 0, "blocks": [block("x", group="no")]}]},
            ("#/steps/0/blocks/0/group", "not_approved"),
        ),
        (
            {"steps": [{"wait_days": 0, "blocks": [block("x", language="en")]}]},
            ("#/steps/0/blocks", "nothing_for_everybody"),
        ),
    ],
)
def test_what_is_wrong_with_a_campaign_is_named_with_its_place(
    changed: dict[str, Any], fault: tuple[str, str]
) -> None:
    found = policy.faults(definition(**changed), groups=set())
    assert fault in [(one.where, one.code) for one in found]
    assert policy.faults(definition(), groups=set()) == []


def test_a_text_that_names_a_person_is_refused(company: Company) -> None:
    someone(company, "Ada")
    with pytest.raises(CampaignNamesSomebodyError) as refused:
        drafted(company, definition=definition(steps=steps("Scriva a maria.rossi@example.it")))
    assert "maria.rossi" not in str(refused.value.details)
    assert refused.value.places


def test_it_begins_when_somebody_else_approves_it_and_not_twice(company: Company) -> None:
    someone(company, "Ada")
    made = drafted(company)
    with pytest.raises(RuleApprovalError):
        operations.approve(made.pk, by=company.staff[Role.MARKETING], now=NOW)
    operations.approve(made.pk, by=company.staff[Role.MANAGER], now=NOW)
    with pytest.raises(RuleApprovalError):
        operations.approve(made.pk, by=company.staff[Role.MANAGER], now=NOW)
    with pytest.raises(CampaignStateError):
        drafted(company, segment=made.segment_id)


# Who gets what


def test_a8_who_withdraws_after_approval_is_not_sent(company: Company) -> None:
    ada, bea, carla = (someone(company, name) for name in ("Ada", "Bea", "Carla"))
    campaign = begun(company)
    withdraws(company, bea)
    withdraws(company, carla, "profiling")
    assert sending.run(campaign, now=NOW + 2 * HOUR) == 1
    seen = looked_at(company, campaign)
    assert [subject for subject, _channel, _body in seen["said"]] == [ada]
    assert (seen["rows"][bea].state, seen["rows"][bea].left_because) == ("left", "no_consent")
    assert seen["rows"][carla].state == "waiting", "nothing is written about her any more"


def test_a9_email_refused_and_sms_granted_is_sms_alone(company: Company) -> None:
    both = someone(company, "Ada", channels=(Channel.EMAIL, Channel.SMS))
    sms = someone(company, "Bea", channels=(Channel.SMS,))
    none = someone(company, "Carla", channels=())
    said = definition(channels=["email", "sms"], costs={"email": "0.01", "sms": "0.08"})
    campaign = begun(company, definition=said)
    assert sending.run(campaign, now=NOW) == 2
    seen = looked_at(company, campaign)
    assert {subject: channel for subject, channel, _b in seen["said"]} == {
        both: "email", sms: "sms",
    }  # fmt: skip
    assert seen["rows"][none].left_because == "no_consent"


def test_a10_sending_stops_at_the_cap(company: Company) -> None:
    for name in ("Ada", "Bea", "Carla"):
        someone(company, name)
    campaign = begun(company, definition=definition(costs={"email": "1"}), budget=Decimal(3))
    Campaign.objects.filter(pk=campaign.pk).update(fixed_cost=1, spent=1)
    assert sending.run(campaign, now=NOW) == 2
    campaign.refresh_from_db()
    assert (campaign.state, campaign.stopped_because, campaign.spent) == ("stopped", "budget", 3)
    assert sending.run(campaign, now=NOW + HOUR) == 0
    assert len(looked_at(company, campaign)["said"]) == 2


def test_o23_a_block_by_language_interest_and_group_for_each_persona(company: Company) -> None:
    plain, english, gardener, lamps = (someone(company, n) for n in ("Ada", "Bea", "Carla", "Dora"))
    says(company, english, language="en")
    says(company, gardener, interests="Giardino")
    buys(company, lamps, 5, "10.00", products=["LAMP"])
    target(company, {"field": "products", "any_of": ["LAMP"]}, key="lamps")
    blocks = [
        block("Per tutti, {name}, {code}"), block("For everybody", language="en"),
        block("Per chi ama il giardino", interest="giardino"),
        block("Per chi ha le nostre lampade", group="lamps"),
    ]  # fmt: skip
    said = definition(steps=[{"wait_days": 0, "blocks": blocks}])
    campaign = begun(company, definition=said)
    sending.run(campaign, now=NOW)
    seen = looked_at(company, campaign)
    told = {subject: body.split("\n")[0] for subject, _channel, body in seen["said"]}
    assert told == {
        plain: f"Per tutti, Ada Neri, {seen['rows'][plain].code}", english: "For everybody",
        gardener: "Per chi ama il giardino", lamps: "Per chi ha le nostre lampade",
    }  # fmt: skip
    assert all("STOP" in body for _s, _c, body in seen["said"])


def test_o23_who_objects_to_profiling_gets_the_block_for_everybody(company: Company) -> None:
    """The campaign goes to a segment of another purpose; the group of one block is of profiling."""
    ada = someone(company, "Ada")
    buys(company, ada, 5, "10.00", products=["LAMP"])
    asked = {"field": "products", "any_of": ["LAMP"]}
    target(company, asked, key="lamps")
    buyers = target(company, asked, key="buyers", purpose="customer_value")
    blocks = [block("Per tutti"), block("Per chi ha le lampade", group="lamps")]
    said = definition(steps=[{"wait_days": 7 * n, "blocks": blocks} for n in range(2)])
    campaign = begun(company, definition=said, segment=buyers)
    assert sending.run(campaign, now=NOW) == 1
    withdraws(company, ada, "profiling")
    assert sending.run(campaign, now=NOW + 7 * DAY) == 1
    bodies = [
        body.split("\n")[0] for _subject, _channel, body in looked_at(company, campaign)["said"]
    ]
    assert bodies == ["Per chi ha le lampade", "Per tutti"]


# Steps


def test_o24_a_withdrawal_between_two_steps_stops_the_second(company: Company) -> None:
    ada, bea = someone(company, "Ada"), someone(company, "Bea")
    campaign = begun(company, definition=definition(steps=steps("Uno", "Due")))
    assert sending.run(campaign, now=NOW) == 2
    assert sending.run(campaign, now=NOW + 6 * DAY) == 0, "the wait is not over"
    withdraws(company, ada)
    assert sending.run(campaign, now=NOW + 7 * DAY) == 1
    seen = looked_at(company, campaign)
    assert Counter(subject for subject, _c, _b in seen["said"]) == {ada: 1, bea: 2}
    assert (seen["rows"][ada].state, seen["rows"][bea].state) == ("left", "done")


def test_o24_who_answers_or_buys_leaves(company: Company) -> None:
    ada, bea, carla = (someone(company, name) for name in ("Ada", "Bea", "Carla"))
    campaign = begun(company, definition=definition(steps=steps("Uno", "Due")), now=NOW - HOUR)
    sending.run(campaign, now=NOW - HOUR)
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=ada, now=NOW) as access:
        sent = access.rows(Interaction).get(subject=ada, campaign=campaign.key)
        Interaction(
            controller_id=company.controller.pk, subject_id=ada, conversation=sent.conversation,
            channel="email", direction="in", occurred_at=NOW, contacted_on=NOW.date(),
            purpose="newsletter", state="received", body="Interessante",
        ).save()  # fmt: skip
    buys(company, bea, 0, "50.00")
    assert sending.run(campaign, now=NOW + 7 * DAY) == 1
    seen = looked_at(company, campaign)
    assert {s: r.left_because for s, r in seen["rows"].items()} == {
        ada: "replied", bea: "converted", carla: "",
    }  # fmt: skip


def test_o24_a_refusal_of_this_hour_waits_and_does_not_let_go(company: Company) -> None:
    ada = someone(company, "Ada", channels=(Channel.SMS,))
    said = definition(channels=["sms"], costs={"sms": "0.08"})
    campaign = begun(company, definition=said)
    night = NOW.replace(hour=22)
    assert sending.run(campaign, now=night) == 0
    row = looked_at(company, campaign)["rows"][ada]
    assert (row.state, row.wake_at) == ("waiting", night + HOUR)
    assert sending.run(campaign, now=NOW + DAY) == 1


@pytest.mark.parametrize("first", ["withdrawal", "message"])
def test_o24_a_withdrawal_in_a_race_comes_before_the_message_or_after_it(
    fresh_database: None, first: str
) -> None:
    company = a_company()
    ada = someone(company, "Ada")
    campaign = begun(company, definition=definition(steps=steps("Uno", "Due")))
    sending.run(campaign, now=NOW)
    later = NOW + 7 * DAY
    (step,) = sending.due(campaign, now=later)
    outcome: list[str] = []

    def carry() -> None:
        try:
            outcome.append(sending.send(campaign, step, now=later))
        finally:
            connections.close_all()

    if first == "withdrawal":
        with gate.duty(
            company.actor(Role.DPO), Duty.ANSWERING, subjects=ada, reference=ada, now=later
        ) as access:
            consent.record(
                access, subject=ada, purpose=company.purpose("newsletter"), channel=Channel.EMAIL,
                state=ConsentState.WITHDRAWN, method="form", at=NOW + HOUR,
            )  # fmt: skip
            worker = threading.Thread(target=carry)
            worker.start()
            worker.join(1)
            assert worker.is_alive(), "the message waits for who is saying stop"
        worker.join(20)
        assert outcome == [""]
        assert len(looked_at(company, campaign)["said"]) == 1
    else:
        carry()
        withdraws(company, ada)
        assert outcome == ["email"]
        assert len(looked_at(company, campaign)["said"]) == 2


def test_a_step_that_two_workers_take_goes_once(company: Company) -> None:
    someone(company, "Ada")
    campaign = begun(company)
    (step,) = sending.due(campaign, now=NOW)
    assert [sending.send(campaign, step, now=NOW) for _worker in range(2)] == ["email", ""]
    campaign.refresh_from_db()
    assert campaign.spent == Decimal("0.01")


def test_the_worker_sends_and_counts(company: Company) -> None:
    someone(company, "Ada")
    campaign = begun(company, now=NOW - 30 * DAY)
    assert tasks.run_campaigns() == 1
    assert len(looked_at(company, campaign)["said"]) == 1


# What came of it


def test_a11_duplicate_webhooks_are_counted_once_and_clocks_are_set_right(company: Company) -> None:
    ada = someone(company, "Ada")
    campaign = begun(company)
    sending.run(campaign, now=NOW)
    row = looked_at(company, campaign)["rows"][ada]
    click = Told(Response.CLICKED, NOW + timedelta(minutes=5), "hook-1", recipient=row.pk)
    assert [results.record(campaign, click, now=NOW) for _again in range(3)] == [True, False, False]
    early = Told(Response.OPENED, NOW - DAY, "hook-2", recipient=row.pk)
    assert results.record(campaign, early, now=NOW + HOUR)
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=ada, now=NOW) as access:
        moments = dict(access.rows(CampaignEvent).values_list("response", "happened_at"))
    assert moments == {"sent": NOW, "clicked": NOW, "opened": NOW}
    for wrong in (
        Told(Response.CLICKED, NOW + DAY, "ahead", recipient=row.pk),
        Told(Response.CLICKED, NOW, "nobody", recipient=uuid4()),
        Told(Response.REDEEMED, NOW, "no-code", code="XXXX"),
        Told(Response.SENT, NOW, "ours", recipient=row.pk),
    ):
        with pytest.raises(ResponseInvalidError):
            results.record(campaign, wrong, now=NOW)
    found = results.results(company.actor(Role.MARKETING), campaign, now=NOW + HOUR)
    assert found.people == Counter({"sent": 1, "clicked": 1, "opened": 1})


def test_a4_nothing_is_kept_of_who_may_not_be_profiled(company: Company) -> None:
    ada = someone(company, "Ada")
    campaign = begun(company)
    sending.run(campaign, now=NOW)
    row = looked_at(company, campaign)["rows"][ada]
    withdraws(company, ada, "profiling")
    click = Told(Response.CLICKED, NOW + 2 * HOUR, "hook", recipient=row.pk)
    assert not results.record(campaign, click, now=NOW + 2 * HOUR)
    assert [one[1] for one in looked_at(company, campaign)["events"]] == ["sent"]


def test_f14_a7_a_paper_coupon_and_a_web_click_count_for_the_same_mailing(company: Company) -> None:
    """Rates are of those whom a message reached: not of who was refused, nor of who bounced."""
    ada, bea, carla, refused = (someone(company, n) for n in ("Ada", "Bea", "Carla", "Dora"))
    withdraws(company, refused)
    campaign = begun(company)
    sending.run(campaign, now=NOW + 2 * HOUR)
    rows, later = looked_at(company, campaign)["rows"], NOW + 3 * HOUR
    for told in (
        Told(Response.CLICKED, later, "1", recipient=rows[ada].pk),
        Told(
            Response.REDEEMED, later, "2", code=f" {rows[bea].code.lower()} ", channel=Channel.POST
        ),
        Told(Response.BOUNCED, later, "3", recipient=rows[carla].pk),
    ):
        assert results.record(campaign, told, now=later)
    found = results.results(company.actor(Role.MARKETING), campaign, now=later)
    assert found.people == Counter({"sent": 3, "clicked": 1, "redeemed": 1, "bounced": 1})
    assert found.answered["email"] == Decimal("0.5000"), "one of two whom an e-mail reached"
    assert found.left == Counter({"no_consent": 1})


def test_a13_return_on_investment_as_computed_by_hand(company: Company) -> None:
    """Cost 20 + 2 x 2.50 = 25; sales 100 + 50 in euros, 40 per cent of it: 60; (60 - 25) / 25."""
    ada, bea = someone(company, "Ada"), someone(company, "Bea")
    campaign = begun(
        company, definition=definition(costs={"email": "2.50"}), fixed_cost=Decimal(20),
        margin_percent=40, within_days=10, now=NOW - 20 * DAY,
    )  # fmt: skip
    sending.run(campaign, now=NOW - 20 * DAY)
    for ago, euros in ((15, "100.00"), (10, "50.00"), (9, "1000.00"), (21, "2000.00")):
        buys(company, ada, ago, euros)
    buys(company, bea, 15, "999.00", currency="USD")
    assert results.attribute(campaign, now=NOW) == 2
    assert results.attribute(campaign, now=NOW) == 0, "the same order is counted once"
    campaign.refresh_from_db()
    found = results.results(company.actor(Role.MARKETING), campaign, now=NOW)
    assert (found.cost, found.revenue, found.margin) == (25, 150, 60)
    assert found.roi == Decimal("1.4000")
    assert found.bought == Decimal("0.5000"), "one of two"
    assert found.by_channel == {"email": Decimal("5.0000")}


def test_a13_without_a_cost_there_is_no_return(company: Company) -> None:
    assert policy.return_on_investment(Decimal(10), Decimal(0)) is None
    assert policy.return_on_investment(Decimal(0), Decimal(10)) == -1
    assert policy.rate(0, 0) is None


def test_a13_an_order_is_counted_for_the_last_campaign_before_it(company: Company) -> None:
    ada = someone(company, "Ada")
    segment = target(company)
    first = begun(company, "first", segment=segment, now=NOW - 20 * DAY)
    sending.run(first, now=NOW - 20 * DAY)
    second = begun(company, "second", segment=segment, now=NOW - 10 * DAY)
    sending.run(second, now=NOW - 10 * DAY)
    buys(company, ada, 15, "10.00")
    buys(company, ada, 5, "20.00")
    for campaign in (second, first):
        assert results.attribute(campaign, now=NOW) == 1
    sold = [
        results.results(company.actor(Role.MARKETING), c, now=NOW).revenue for c in (first, second)
    ]
    assert sold == [10, 20]
    touches = [
        Touch(first.pk, (NOW - 20 * DAY).date(), 30), Touch(second.pk, (NOW - 10 * DAY).date(), 30),
    ]  # fmt: skip
    assert [policy.attributed((NOW - d * DAY).date(), touches) for d in (15, 5, 25)] == [
        first.pk, second.pk, None,
    ]  # fmt: skip
    assert policy.attributed(date(2030, 1, 1), touches) is None


def test_a11_who_is_held_out_gets_nothing_and_is_compared(company: Company) -> None:
    people = [someone(company, f"P{number}") for number in range(12)]
    campaign = begun(company, held_out=50, now=NOW - 5 * DAY)
    out = {s for s, row in looked_at(company, campaign)["rows"].items() if row.is_held_out}
    assert out == {s for s in people if policy.is_held_out(campaign.pk, s, 50)}
    sent = sending.run(campaign, now=NOW - 5 * DAY)
    assert sent == len(people) - len(out)
    for one in out:
        buys(company, one, 1, "10.00")
    results.attribute(campaign, now=NOW)
    found = results.results(company.actor(Role.MARKETING), campaign, now=NOW)
    assert (found.held_out, found.bought) == (len(out), 0)
    assert found.bought_held_out == (1 if out else None)
    assert found.revenue == 0, "what they buy is not the campaign's"


def test_a18_the_cap_on_frequency_is_over_all_campaigns(company: Company) -> None:
    ada = someone(company, "Ada", channels=(Channel.SMS,))
    segment = target(company)
    said = definition(channels=["sms"], costs={"sms": "0.08"})
    sent = [
        sending.run(begun(company, f"c{n}", segment=segment, definition=said), now=NOW)
        for n in range(5)
    ]
    assert sent == [1, 1, 1, 1, 0], "four in thirty days, whichever campaign they are of"
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=ada, now=NOW) as access:
        (waits,) = access.rows(CampaignRecipient).filter(state="waiting")
    assert waits.wake_at == NOW + DAY


def test_a_campaign_that_was_stopped_sends_nothing(company: Company) -> None:
    someone(company, "Ada")
    campaign = begun(company)
    operations.stop(campaign.pk, by=company.staff[Role.MARKETING], now=NOW)
    campaign.refresh_from_db()
    assert (sending.run(campaign, now=NOW), campaign.stopped_because) == (0, "person")
    with pytest.raises(CampaignStateError):
        operations.stop(campaign.pk, by=company.staff[Role.MARKETING], now=NOW)
