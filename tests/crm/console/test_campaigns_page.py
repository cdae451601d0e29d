"""A4 to A13 at the desk: a campaign is planned without a script, approved by another, and read."""

from collections import Counter
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.urls import reverse

from crm.campaigns import sending
from crm.campaigns.results import Results
from crm.console import campaign_results
from crm.models import Campaign
from governance.policy.vocabulary import Role
from tests.builders import NOW, Company
from tests.crm.campaigning import begun, definition, drafted, someone, target
from tests.crm.console.conftest import At, show_every_count
from tests.crm.console.entries import newest

pytestmark = pytest.mark.django_db(databases=["default", "keys", "auditor"])
NEW, LIST = "desk:campaign_new", "desk:campaigns"


def read(page: Any) -> str:
    return " ".join(unescape(page.content.decode()).split())


def line(title: str, value: object) -> str:
    return f"<dt>{title}</dt><dd>{value}</dd>"


def plan(company: Company, **changed: str) -> dict[str, str]:
    """What is typed for a campaign in two steps, the first with two texts."""
    return {
        "title_it": "Primavera", "title_en": "Spring", "purpose": "newsletter",
        "segment": str(target(company)), "budget": "100,00", "fixed_cost": "2,50",
        "channel.1": "email", "cost.1": "0,01", "steps": "2", "0.texts": "2",
        "0.0.topic": "Novità", "0.0.body": "Gentile {name}", "0.1.interest": "vino",
        "0.1.body": "Per chi ama il vino", "1.wait": "7", "1.0.body": "Il buono è {code}",
    } | changed  # fmt: skip


def test_a8_a_campaign_is_planned_approved_by_another_and_stopped(
    company: Company, at_desk: At
) -> None:
    for name in ("Ada", "Bea"):
        someone(company, name)
    marketing, manager = at_desk(Role.MARKETING, "profiling"), at_desk(Role.MANAGER, "profiling")
    show_every_count(company)
    typed = plan(company)
    page = marketing.post(reverse(NEW), typed | {"do": "step"})
    assert (page.status_code, Campaign.objects.exists()) == (200, False)
    assert 'name="steps" value="3"' in read(page)
    assert "Per chi ama il vino" in read(page), "what was typed stays"
    assert 'name="1.texts" value="2"' in read(
        marketing.post(reverse(NEW), typed | {"do": "text.1"})
    )
    kept = marketing.post(reverse(NEW), typed | {"steps": "3", "do": "keep"})
    row = Campaign.objects.get()
    address = reverse("desk:campaign", args=[row.pk])
    assert kept.url == address
    assert (row.key, row.budget, row.fixed_cost) == ("primavera", Decimal(100), Decimal("2.5"))
    assert row.definition["costs"] == {"email": "0.01"}
    assert [s["wait_days"] for s in row.definition["steps"]] == [0, 7], "the empty step is not kept"
    assert [b["interest"] for b in row.definition["steps"][0]["blocks"]] == ["", "vino"]
    act = reverse("desk:campaign_act", args=[row.pk])
    text = read(marketing.get(address))
    assert line("People in it", 2) in text
    assert line("Most it can cost", "2.54 EUR") in text, (
        "two steps to two people, and what is fixed"
    )
    assert 'value="approve"' not in text
    refused = marketing.post(act, {"do": "approve"})
    assert (refused.status_code, "rule_approval_refused" in read(refused)) == (409, True)
    assert 'value="approve"' in read(manager.get(address))
    row.refresh_from_db()
    marketing.post(reverse(NEW), typed | {"budget": "90,00", "do": "keep"})
    changed = manager.post(act, {"do": "approve", "shown": row.fingerprint})
    assert (changed.status_code, "draft_changed" in read(changed)) == (409, True)
    marketing.post(reverse(NEW), typed | {"steps": "3", "do": "keep"})
    row.refresh_from_db()
    assert f'value="{row.fingerprint}"' in read(manager.get(address))
    text = read(manager.post(act, {"do": "approve", "shown": row.fingerprint}, follow=True))
    assert line("Taken in", 2) in text
    assert line("Written to", 0) in text
    assert "Stopped" in read(marketing.post(act, {"do": "stop"}, follow=True))
    again = marketing.post(act, {"do": "stop"})
    assert (again.status_code, "campaign_state" in read(again)) == (409, True)
    row.refresh_from_db()
    assert (row.state, row.stopped_because) == ("stopped", "person")


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"budget": "molto"}, 422, "Budget and fixed cost"),
        ({"budget": "100,005"}, 422, "Budget and fixed cost"),
        ({"held_out": "80"}, 422, "Held out to compare, 0 to 50 per cent"),
        ({"margin_percent": "-1"}, 422, "Margin, 0 to 100 per cent"),
        ({"title_en": ""}, 422, "A name in both languages"),
        ({"cost.1": "gratis"}, 422, "Cost of a message, with at most four decimals"),
        ({"channel.1": ""}, 422, "Channels: at least one"),
        ({"channel.2": "email"}, 422, "Channels: at least one, each once"),
        ({"1.wait": "presto"}, 422, "Step 2: the wait is a number of days"),
        ({"0.0.language": "en"}, 422, "Step 1: one text in Italian is for everybody"),
        ({"1.0.body": "{email}"}, 422, "Step 2: only {name} and {code} stand in braces"),
        ({"purpose": "order_management"}, 422, "campaign_without_purpose"),
        ({"segment": ""}, 422, "campaign_without_purpose"),
        ({"budget": "2,51"}, 409, "campaign_over_budget"),
        ({"1.0.body": "Scriva a mario.rossi@example.it"}, 422, "campaign_names_somebody"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_nothing_typed_is_lost(
    company: Company, at_desk: At, changed: dict[str, str], status: int, said: str
) -> None:
    someone(company, "Ada")
    typed = plan(company, **changed) | {"do": "keep"}
    page = at_desk(Role.MARKETING, "profiling").post(reverse(NEW), typed)
    text = read(page)
    assert (page.status_code, said in text) == (status, True)
    assert not Campaign.objects.exists()
    assert "Per chi ama il vino" in text
    assert f'name="budget" inputmode="decimal" autocomplete="off" value="{typed["budget"]}"' in text
    spoken = changed.get("0.0.language", "it")
    assert f'<option value="{spoken}" selected>' in text
    assert "mario.rossi@example.it</code>" not in text, "where somebody is named is said masked"


def test_a_campaign_that_was_approved_is_not_drafted_again(company: Company, at_desk: At) -> None:
    someone(company, "Ada")
    typed = plan(company) | {"do": "keep"}
    begun(company, "primavera", segment=typed["segment"])
    page = at_desk(Role.MARKETING, "profiling").post(reverse(NEW), typed)
    assert (page.status_code, "campaign_state" in read(page)) == (409, True)


def test_a10_a13_what_was_sent_and_spent_is_shown_and_without_a_cost_there_is_no_return(
    company: Company, at_desk: At
) -> None:
    for name in ("Ada", "Bea", "Cleo"):
        someone(company, name)
    show_every_count(company)
    segment = target(company)
    paid = begun(company, segment=segment)
    free = begun(company, "free", segment=segment, definition=definition(costs={"email": "0"}))
    assert [sending.run(one, now=NOW) for one in (paid, free)] == [3, 3]
    desk = at_desk(Role.MARKETING, "profiling")
    assert "0.03 EUR spent of 100.00 EUR" in read(desk.get(reverse(LIST)))
    text = read(desk.get(reverse("desk:campaign", args=[paid.pk])))
    for title, value in (
        ("Taken in", 3), ("Written to", 3), ("Bought", 0), ("E-mail", "0.0 % (cost: 0.03 EUR)"),
        ("Return on investment", "-100.0 %"), ("Of those held out", "n.a."),
    ):  # fmt: skip
        assert line(title, value) in text
    text = read(desk.get(reverse("desk:campaign", args=[free.pk])))
    assert line("Return on investment", "n.a.") in text
    italian = at_desk(Role.MARKETING, "profiling", language="it")
    text = read(italian.get(reverse("desk:campaign", args=[free.pk])))
    assert line("Ritorno sull'investimento", "n.d.") in text


def test_small_counts_are_shown_neither_of_a_segment_nor_of_a_campaign(
    company: Company, at_desk: At
) -> None:
    for name in ("Ada", "Bea", "Cleo"):
        someone(company, name)
    desk, campaign = at_desk(Role.MARKETING, "profiling"), begun(company)
    address = reverse("desk:campaign", args=[campaign.pk])
    text = read(desk.get(address))
    for title in ("People in it", "Most it can cost", "Taken in"):
        assert line(title, "not shown") in text
    assert "Counts below 5 are not shown" in text
    text = read(desk.get(reverse("desk:segments")))
    assert "3 people on" not in text
    assert "counts below 5 are not shown" in text
    asked = {"life_stage.words": ["customer"], "do": "count"}
    text = read(desk.post(reverse("desk:segment_new"), asked))
    assert "Fewer than 5 people may be used" in text
    assert "It finds" not in text
    show_every_count(company)
    assert line("People in it", 3) in read(desk.get(address))
    assert "3 people on" in read(desk.get(reverse("desk:segments")))


def test_what_could_be_computed_from_a_small_count_is_hidden_with_it() -> None:
    found = Results(
        entered=100, held_out=40, left=Counter({"replied": 2, "no_address": 9}),
        people=Counter({"sent": 60, "delivered": 58, "bounced": 0, "converted": 3}),
        channels={"email": (57, 14), "sms": (3, 1)}, held_bought=10, bought=Decimal("0.05"),
        bought_held_out=Decimal("0.25"), cost=Decimal(6), revenue=Decimal(90), margin=Decimal(45),
        by_channel={"email": Decimal("5.7"), "sms": Decimal("0.3")}, roi=Decimal("6.5"), excluded=4,
    )  # fmt: skip
    shown = campaign_results.shown(found, "EUR", smallest=5)
    hidden = campaign_results.NOT_SHOWN
    funnel = {str(title): value for title, value in shown.funnel}
    assert (funnel["Taken in"], funnel["Written to"], funnel["Came back"]) == ("100", "60", "0")
    assert funnel["Delivered"] == hidden, "the two that were not could be told"
    assert funnel["Bought"] == hidden
    assert [value for _title, value in shown.money] == [hidden] * 3, "the sums of three people"
    assert [value for _title, value in shown.compared] == [hidden, "25.0 %"]
    assert [(share, cost) for _name, share, cost in shown.channels] == [
        ("24.6 %", "5.70 EUR"), (hidden, hidden),
    ]  # fmt: skip
    assert [value for _title, value in shown.left] == [hidden, "9"]
    assert shown.excluded == hidden
    whole = campaign_results.shown(found, "EUR", smallest=1)
    assert [value for _title, value in whole.money] == ["90.00 EUR", "45.00 EUR", "650.0 %"]


def test_others_plan_nothing_and_see_what_their_purpose_has(company: Company, at_desk: At) -> None:
    someone(company, "Ada")
    draft = drafted(company)
    address = reverse("desk:campaign", args=[draft.pk])
    analyst = at_desk(Role.ANALYST, "profiling")
    assert reverse(NEW) not in read(analyst.get(reverse(LIST)))
    assert analyst.post(reverse(NEW), {"do": "keep"}).status_code == 403
    assert analyst.post(reverse("desk:campaign_act", args=[draft.pk])).status_code == 403
    assert at_desk(Role.AGENT, "customer_care").get(address).status_code == 403
    assert newest(company)["reason"] == "role_not_allowed"
    elsewhere = at_desk(Role.MARKETING, "newsletter")
    assert "There is no campaign" in read(elsewhere.get(reverse(LIST)))
    missing = elsewhere.get(address)
    assert (missing.status_code, "campaign_not_found" in read(missing)) == (404, True)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_campaign_whose_texts_are_long_has_every_step(company: Company, at_desk: At) -> None:
    someone(company, "Ada")
    typed = plan(company) | {"do": "keep", "steps": "10"}
    typed |= {f"{n}.0.body": f"Passo {n}" for n in range(2, 10)}
    at_desk(Role.MARKETING, "profiling").post(reverse(NEW), typed)
    row = Campaign.objects.get()
    text = read(at_desk(Role.MANAGER, "profiling").get(reverse("desk:campaign", args=[row.pk])))
    assert all(f"Passo {n}" in text for n in range(2, 10))
    assert "Step 10" in text


def test_a8_a_draft_is_changed_under_its_own_name_until_it_is_approved(
    company: Company, at_desk: At
) -> None:
    someone(company, "Ada")
    marketing, manager = at_desk(Role.MARKETING, "profiling"), at_desk(Role.MANAGER, "profiling")
    typed = plan(company)
    marketing.post(reverse(NEW), typed | {"do": "keep"})
    row = Campaign.objects.get()
    address = reverse("desk:campaign_edit", args=[row.pk])
    assert address in read(marketing.get(reverse("desk:campaign", args=[row.pk])))
    page = read(marketing.get(address))
    for said in ("Primavera", "Per chi ama il vino", 'value="0.01"', 'value="2.50"'):
        assert said in page
    changed = typed | {"title_it": "Estate", "budget": "50", "do": "keep"}
    assert marketing.post(address, changed).status_code == 302
    row.refresh_from_db()
    assert (row.key, row.title_it, row.budget) == ("primavera", "Estate", Decimal(50))
    manager.post(
        reverse("desk:campaign_act", args=[row.pk]), {"do": "approve", "shown": row.fingerprint}
    )
    assert marketing.get(address).status_code == 409
