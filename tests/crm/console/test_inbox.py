"""The inbox: queue, conversation, person; a composer that is closed before typing; bulk deeds."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.conversations import operations
from crm.models import Conversation, Interaction, SavedView
from crm.sales import todo
from crm.trade import templates
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, Role
from registry import restriction, screening
from registry.gate import opening as gate
from tests.builders import Company, a_consent, a_person
from tests.crm.console.conftest import At
from tests.crm.console.entries import newest
from tests.crm.conversing import hear
from tests.crm.serving import a_case

pytestmark = pytest.mark.django_db(databases=["default", "keys", "auditor"])
MAIL = "anna.bianchi@example.it"


@pytest.fixture
def anna(company: Company, now: datetime) -> UUID:
    return a_person(company, phone="+39 347 555 0101", orders=[timezone.localdate(now)], now=now)


@pytest.fixture
def thread(company: Company, anna: UUID, now: datetime) -> UUID:
    heard = hear(company, "email", "La lampada è rotta", sender=MAIL, at=now)
    assert heard.subject == anna
    return heard.conversation


def held(company: Company, person: UUID, model: Any, now: datetime) -> list[Any]:
    with gate.open(
        company.actor(Role.AGENT), "customer_care", Operation.READ, subjects=person, now=now
    ) as access:
        return [
            (row, access.values(row)) for row in access.rows(model).order_by("collected_at", "pk")
        ]


def restrict(company: Company, person: UUID, now: datetime) -> None:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=person, reference=person, now=now
    ) as access:
        restriction.place(access, subject=person, ground="a", at=now - timedelta(minutes=1))


def page_of(thread: UUID, **more: str) -> str:
    asked = "&".join(f"{name}={value}" for name, value in more.items())
    return f"{reverse('desk:conversation', args=[thread])}?{asked}"


def test_queue_conversation_and_person_are_beside_each_other(
    company: Company, thread: UUID, at_desk: At
) -> None:
    page = at_desk(Role.AGENT, "customer_care").get(page_of(thread))
    assert page.status_code == 200
    for pane in ("pane queue", "pane thread", "pane who"):
        assert f'class="{pane}"' in page.text
    for shown in ("Anna Bianchi", "La lampada è rotta", "+39 347 555 0101"):
        assert shown in page.text
    entry = newest(company)
    assert (entry["act"], entry["purpose"]) == ("data.listed", "customer_care")
    assert entry["members"]["n"] == 1


def test_views_are_addresses_without_anything_personal(thread: UUID, at_desk: At) -> None:
    browser, inbox = at_desk(Role.AGENT, "customer_care"), reverse("desk:inbox")
    assert "Anna Bianchi" in browser.get(inbox).text
    assert "Anna Bianchi" not in browser.get(f"{inbox}?view=mine").text
    browser.post(reverse("desk:act", args=[thread]), {"do": "take"})
    assert "Anna Bianchi" in browser.get(f"{inbox}?view=mine").text
    assert "Anna Bianchi" not in browser.get(f"{inbox}?view=free").text
    assert "Anna Bianchi" not in browser.get(f"{inbox}?channel=sms").text
    browser.post(reverse("desk:act", args=[thread]), {"do": "close"})
    assert "Anna Bianchi" not in browser.get(inbox).text
    assert "Anna Bianchi" in browser.get(f"{inbox}?view=closed").text


def test_a_reply_goes_out_and_a_note_stays_among_us(
    company: Company, anna: UUID, thread: UUID, at_desk: At, now: datetime
) -> None:
    browser = at_desk(Role.AGENT, "customer_care")
    page = browser.get(page_of(thread)).text
    assert 'class="compose reply"' in page
    assert 'class="compose note"' in page
    assert "Internal note: the person does not get it" in page
    said = {"channel": "email", "for": "customer_care", "body": "Ne spediamo una nuova."}
    sent = browser.post(reverse("desk:write", args=[anna]), {**said, "conversation": str(thread)})
    assert sent["Location"] == reverse("desk:conversation", args=[thread])
    browser.post(reverse("desk:act", args=[thread]), {"do": "note", "body": "Cliente paziente"})
    rows = held(company, anna, Interaction, timezone.now())
    assert [(r.direction, r.is_private, v["body"]) for r, v in rows] == [
        ("in", False, "La lampada è rotta"),
        ("out", False, "Ne spediamo una nuova."),
        ("own", True, "Cliente paziente"),
    ]


def test_health_in_a_note_of_the_desk_is_dots_where_the_register_says_so(
    company: Company, anna: UUID, thread: UUID, at_desk: At, now: datetime
) -> None:
    screening.enter(
        place="crm.Interaction", category=Category.HEALTH, by=company.staff[Role.DPO], now=now
    )
    browser = at_desk(Role.AGENT, "customer_care")
    said = {"do": "note", "body": "Il cliente è celiaco, richiamare"}
    browser.post(reverse("desk:act", args=[thread]), said)
    page = browser.get(page_of(thread)).text
    assert "Il cliente è •••••••, richiamare" in page
    assert "celiaco" not in page


def test_a_refused_channel_is_closed_before_typing_with_the_way_on(
    company: Company, anna: UUID, at_desk: At, now: datetime
) -> None:
    a_consent(company, anna, state=ConsentState.REFUSED, at=now - timedelta(hours=1))
    address = reverse("desk:write", args=[anna])
    page = at_desk(Role.MARKETING, "newsletter")
    assert page.get(address).status_code == 403, "who refused is closed to marketing altogether"
    a_consent(company, anna, channel=Channel.SMS, at=now - timedelta(minutes=5))
    page = page.get(f"{address}?channel=email").text
    assert 'id="reply-closed" disabled' in page
    assert "E-mail — closed" in page
    assert 'name="body"' not in page
    agent = at_desk(Role.AGENT, "customer_care").get(f"{address}?channel=email").text
    assert 'name="body"' in agent, "service messages go out whatever marketing is told"


def test_what_is_closed_says_what_may_be_written_instead(
    company: Company, at_desk: At, now: datetime
) -> None:
    ivo = a_person(company, given="Ivo", orders=[timezone.localdate(now)], now=now)
    roles = company.staff[Role.AGENT]
    assert roles.role == "agent"
    page = at_desk(Role.AGENT, "lead_management").get(
        f"{reverse('desk:write', args=[ivo])}?for=lead_management"
    )
    assert page.status_code == 200
    assert "What you may write about:" in page.text or 'name="body"' in page.text


def test_an_empty_message_is_not_sent(company: Company, anna: UUID, at_desk: At) -> None:
    said = {"channel": "email", "for": "customer_care", "body": "  "}
    answer = at_desk(Role.AGENT, "customer_care").post(reverse("desk:write", args=[anna]), said)
    assert answer.status_code == 422
    assert "Write something first." in answer.text


def test_a_forged_form_meets_the_gate(
    company: Company, anna: UUID, at_desk: At, now: datetime
) -> None:
    said = {"channel": "email", "for": "newsletter", "body": "Offerta!"}
    answer = at_desk(Role.AGENT, "customer_care").post(reverse("desk:write", args=[anna]), said)
    assert answer.status_code == 403
    assert held(company, anna, Conversation, now) == []
    assert newest(company)["act"] == "data.read"


def test_a_bulk_deed_says_first_who_is_left_out_and_why(
    company: Company, thread: UUID, at_desk: At, now: datetime
) -> None:
    others = []
    for given in ("Carla", "Dora"):
        person = a_person(company, given=given, orders=[timezone.localdate(now)], now=now)
        mail = f"{given.lower()}.bianchi@example.it"
        others.append((person, hear(company, "email", "Ciao", sender=mail, at=now).conversation))
    restrict(company, others[1][0], now)
    browser, address = at_desk(Role.AGENT, "customer_care"), reverse("desk:bulk")
    chosen = [str(thread), *(str(conversation) for _person, conversation in others)]
    page = browser.post(address, {"do": "take", "conversation": chosen}).text
    assert "3 chosen, 1 left out" in " ".join(page.split())
    assert "restricted" in page or "restriction" in page
    assert "Take them over (2)" in page
    assert {r.assignee_id for r, _v in held(company, others[0][0], Conversation, now)} == {None}
    done = browser.post(address, {"do": "take", "conversation": chosen, "sure": "1"}, follow=True)
    assert "2 conversations done, 1 left out." in done.text
    agent = company.staff[Role.AGENT].pk
    assert {r.assignee_id for r, _v in held(company, others[0][0], Conversation, now)} == {agent}


@pytest.mark.parametrize("said", [{}, {"do": "erase"}, {"conversation": "x", "do": "take"}])
def test_a_bulk_deed_without_a_choice_does_nothing(at_desk: At, said: dict[str, str]) -> None:
    answer = at_desk(Role.AGENT, "customer_care").post(reverse("desk:bulk"), said, follow=True)
    assert "Choose conversations and what to do with them." in answer.text


def test_a_conversation_with_somebody_closed_is_not_opened(
    company: Company, anna: UUID, thread: UUID, at_desk: At, now: datetime
) -> None:
    restrict(company, anna, now)
    page = at_desk(Role.AGENT, "customer_care").get(page_of(thread))
    assert page.status_code == 404
    assert "lampada" not in page.text


# The first page


def test_the_first_page_shows_what_waits_for_me(
    company: Company, anna: UUID, thread: UUID, at_desk: At, now: datetime
) -> None:
    me, other = company.staff[Role.AGENT], company.staff[Role.MANAGER]
    with gate.open(
        company.actor(Role.AGENT), "customer_care", Operation.UPDATE, subjects=anna, now=now
    ) as access:
        day = timezone.localdate(now)
        for title, who in (("Richiamare", me.pk), ("Del collega", other.pk)):
            todo.give(access, anna, todo.Duty(title=title, do_by=day, assignee=who))
        operations.note(access, thread, body=f"@{me.username} puoi guardare?")
    case = a_case(company, anna, at=now, topic="Lampada spenta")
    page = at_desk(Role.AGENT, "customer_care").get(reverse("desk:home"))
    assert "Anna Bianchi · Richiamare" in page.text
    assert "Anna Bianchi · Lampada spenta" in page.text
    assert reverse("desk:case", args=[anna, case]) in page.text
    assert "Del collega" not in page.text
    assert "puoi guardare?" in page.text
    assert reverse("desk:conversation", args=[thread]) in page.text
    entry = newest(company)
    assert (entry["act"], entry["members"]["n"]) == ("data.listed", 1)


def test_the_first_page_of_a_purpose_that_may_not_see_what_is_said(
    thread: UUID, at_desk: At
) -> None:
    page = at_desk(Role.MARKETING, "newsletter").get(reverse("desk:home"))
    assert page.status_code == 200
    assert "Anna" not in page.text


# One text to many, and lists with a name


def a_text(company: Company, now: datetime, **changed: str) -> str:
    parts = {"topic_it": "Chiusura", "topic_en": "We are closed", "body_it": "Gentile {name}, ad agosto siamo chiusi.",
             "body_en": "Dear {name}, we are closed in August.", **changed}  # fmt: skip
    kept = templates.keep(
        "chiusura", templates.Text(**parts), kind="service",
        purpose=company.purpose("customer_care"), by=company.staff[Role.MARKETING], now=now,
    )  # fmt: skip
    return kept.key


def test_one_text_is_written_to_many_after_a_look_at_who_is_left_out(
    company: Company, thread: UUID, anna: UUID, at_desk: At, now: datetime
) -> None:
    chosen, people = [str(thread)], [anna]
    for given in ("Carla", "Dora"):
        person = a_person(company, given=given, orders=[timezone.localdate(now)], now=now)
        mail = f"{given.lower()}.bianchi@example.it"
        chosen.append(str(hear(company, "email", "Ciao", sender=mail, at=now).conversation))
        people.append(person)
    restrict(company, people[2], now)
    browser, address = at_desk(Role.AGENT, "customer_care"), reverse("desk:bulk")
    asked = {"do": "write", "conversation": chosen}
    assert "There is no text for many" in browser.post(address, asked).text
    said = {**asked, "text": a_text(company, now), "channel": "email"}
    page = browser.post(address, said).text
    assert "2 people are written to" in page
    assert "restricted" in page or "restriction" in page
    assert "Dear {name}, we are closed in August." in page, "who sends it has read it"
    assert not [
        row for row, _v in held(company, people[1], Interaction, now) if row.direction == "out"
    ]
    done = browser.post(address, {**said, "sure": "1"}, follow=True)
    assert "2 messages written, 1 left out." in done.text
    (row,) = [
        row for row, _v in held(company, people[1], Interaction, now) if row.direction == "out"
    ]
    assert row.state == "waiting"


def test_a_text_that_needs_an_order_is_not_for_many(
    company: Company, thread: UUID, at_desk: At, now: datetime
) -> None:
    a_text(company, now, body_it="Ordine {number}")
    asked = {"do": "write", "conversation": [str(thread)]}
    page = at_desk(Role.AGENT, "customer_care").post(reverse("desk:bulk"), asked)
    assert "There is no text for many" in page.text


def test_a_list_is_kept_under_a_name_for_one_person_alone(company: Company, at_desk: At) -> None:
    agent, keep = at_desk(Role.AGENT, "customer_care"), reverse("desk:view_keep")
    shown = agent.post(
        keep, {"view": "free", "channel": "email", "name": "E-mail di nessuno"}, follow=True
    )
    assert "E-mail di nessuno" in shown.text
    row = SavedView.objects.get()
    assert (row.view, row.channel) == ("free", "email")
    assert (
        "E-mail di nessuno"
        not in at_desk(Role.SALES, "lead_management").get(reverse("desk:inbox")).text
    )
    refused = agent.post(keep, {"view": "mine", "name": "Mario Rossi 347 1234567"}, follow=True)
    assert "about nobody" in refused.text
    at_desk(Role.SALES, "lead_management").post(reverse("desk:view_forget", args=[row.pk]))
    assert SavedView.objects.exists(), "it is somebody else's"
    agent.post(reverse("desk:view_forget", args=[row.pk]))
    assert not SavedView.objects.exists()
