"""Conversations: threads across channels, desks and turns, notes, calls, and what campaigns bring."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.core import mail

from crm.conversations import calls, delivery, desks, operations, outgoing, queries
from crm.conversations.calls import Outcome
from crm.conversations.errors import ConversationNotFoundError, MessageStateError
from crm.conversations.operations import Event
from crm.conversations.outgoing import Letter
from crm.conversations.queries import Filters
from crm.models import Call, CallScript, Queue, QueueMember
from governance.policy.vocabulary import Channel, Operation, Role
from registry import opposition, restriction
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import Staff
from tests.builders import NOW, Company, a_company, a_consent, a_person, an_interaction
from tests.crm.conversing import hear, look, noted, said, threads
from tests.dsar.acts import ask_and_identify, copy_of, data_of
from tests.scenarios.answering import LANGUAGES

HOUR = timedelta(hours=1)
PHONE = "+39 347 1234567"
EVERYTHING = Filters()


@pytest.fixture
def company(db: None) -> Company:
    mail.outbox.clear()
    return a_company()


def working(company: Company, subject: UUID, *, now: datetime = NOW, role: Role = Role.AGENT):
    return gate.open(
        company.actor(role), "customer_care", Operation.UPDATE, subjects=subject, now=now
    )


# C8, F18


def test_c8_f18_from_web_to_phone_to_mail_it_stays_one_thread(company: Company) -> None:
    anna = a_person(company, email="anna@example.it", phone=PHONE, orders=[NOW.date()])
    asked = hear(company, "web", "Quando arriva la lampada?", sender="Anna@Example.it")
    agent = company.actor(Role.AGENT)
    call = calls.dial(
        agent, anna, purpose="customer_care", reason="Richiamare", now=NOW + HOUR,
        conversation=asked.conversation,
    )  # fmt: skip
    with working(company, anna, now=NOW + HOUR) as access:
        outcome = Outcome("reached", 95, words="Spiegato il ritardo")
        calls.log_call(access, call.pk, outcome, at=NOW + HOUR)
    mailed = outgoing.write(
        agent, anna, Letter(Channel.EMAIL, "Arriva domani."), purpose="customer_care",
        conversation=asked.conversation, now=NOW + 2 * HOUR,
    )  # fmt: skip
    assert delivery.deliver(company.controller.pk, now=NOW + 2 * HOUR) == 1
    (sent,) = mail.outbox
    assert sent.to == ["Anna@Example.it"], "where she wrote from"
    back = hear(
        company, "email", "Grazie!", sender="anna@example.it", answers=[mailed.pk],
        at=NOW + 3 * HOUR,
    )  # fmt: skip
    texted = hear(company, "sms", "È arrivata", sender=PHONE, at=NOW + 4 * HOUR)
    assert {asked.subject, back.subject, texted.subject} == {anna}
    assert {asked.conversation, back.conversation, texted.conversation} == {asked.conversation}
    (thread,) = threads(company, anna)
    assert (thread.channel, thread.state) == ("web", "open")
    assert thread.first_answered_at == NOW + HOUR
    assert thread.waiting_since == NOW + 3 * HOUR
    assert [row["channel"] for row in said(company, anna)] == [
        "web", "phone", "email", "email", "sms",
    ]  # fmt: skip


def test_c8_a_quoted_number_finds_the_thread_and_a_closed_one_goes_on(company: Company) -> None:
    first = hear(company, "email", "Prima domanda")
    (thread,) = threads(company, first.subject)
    with working(company, first.subject) as access:
        operations.close(access, first.conversation)
    other = hear(company, "email", "Tutt'altro", at=NOW + HOUR)
    assert other.conversation != first.conversation
    quoting = hear(
        company, "email", "Ancora io", topic=f"Re: Domanda [#{thread.reference}]", at=NOW + 2 * HOUR
    )
    assert quoting.conversation == first.conversation
    again = threads(company, first.subject)[0]
    assert (again.state, again.closed_on, again.waiting_since) == ("open", None, NOW + 2 * HOUR)


def test_f18_an_answer_that_somebody_else_sends_is_theirs(company: Company) -> None:
    """A number in a forwarded mail opens nobody's file to another person we know."""
    bruno = a_person(company, given="Bruno", family="Neri", email="bruno@example.it")
    first = hear(company, "email", "Domanda di Anna")
    (thread,) = threads(company, first.subject)
    forwarded = hear(
        company, "email", "Anna mi ha girato questo", sender="bruno@example.it",
        topic=f"Fwd: [#{thread.reference}]", at=NOW + HOUR,
    )  # fmt: skip
    assert forwarded.subject == bruno
    assert forwarded.conversation != first.conversation


def test_f18_a_person_who_restricted_is_heard_and_not_answered_for_business(
    company: Company,
) -> None:
    anna = a_person(company, email="anna@example.it", orders=[NOW.date()])
    with look(company, anna) as access:
        restriction.place(access, subject=anna, ground="a", at=NOW)
    heard = hear(company, "email", "I dati sono sbagliati", sender="anna@example.it")
    assert heard.subject == anna
    with pytest.raises(GateRefusedError, match="restricted"):
        outgoing.write(
            company.actor(Role.AGENT), anna, Letter(Channel.EMAIL, "Ecco"),
            purpose="customer_care", conversation=heard.conversation, now=NOW,
        )  # fmt: skip
    assert len(said(company, anna)) == 1


# O16


def a_desk(company: Company, **members: dict[str, str]) -> Queue:
    desk = Queue.objects.create(controller=company.controller, key="care", name="Assistenza")
    for role, can in members.items():
        QueueMember.objects.create(
            controller=company.controller, queue=desk, staff=company.staff[Role(role)], **can
        )
    return desk


def test_o16_turns_go_round_and_skills_and_languages_bind(company: Company) -> None:
    a_desk(company, agent={"languages": "it en"}, sales={"languages": "it"}, manager={})
    people = [hear(company, "sms", "Ciao", sender=f"+39 347 00000{n:02}") for n in range(7)]
    taken = [threads(company, one.subject)[0].assignee_id for one in people]
    order = sorted(company.staff[Role(r)].pk for r in ("agent", "sales", "manager"))
    assert taken == [*order, *order, order[0]]
    QueueMember.objects.exclude(staff=company.staff[Role.SALES]).update(is_present=False)
    only = hear(company, "x", "Ciao", sender="@carla")
    assert threads(company, only.subject)[0].assignee_id == company.staff[Role.SALES].pk
    QueueMember.objects.update(is_present=False)
    nobody = hear(company, "chat", "Ciao", sender="session-9")
    assert threads(company, nobody.subject)[0].assignee_id is None


def test_o16_what_nobody_took_alarms_once(company: Company) -> None:
    a_desk(company)
    heard = hear(company, "facebook", "C'è qualcuno?")
    controller = company.controller.pk
    assert desks.alarm(controller, now=NOW + timedelta(minutes=29)) == []
    assert desks.alarm(controller, now=NOW + timedelta(minutes=30)) == [heard.conversation]
    assert desks.alarm(controller, now=NOW + timedelta(hours=9)) == []
    assert noted(company) == ["message.received", "conversation.untaken"]
    page = a_page(company, now=NOW + timedelta(hours=5))
    assert page.counts == {"total": 1, "unassigned": 1, "overdue": 1, "untaken": 1}


def a_page(company: Company, filters: Filters = EVERYTHING, *, now: datetime = NOW):
    whom = queries.people(company.controller.pk, filters)
    with gate.open(
        company.actor(Role.AGENT), "customer_care", Operation.LIST, subjects=whom, now=now
    ) as access:
        return queries.queue_page(access, filters, size=2)


def test_o16_the_queue_shows_who_waits_longest_with_counts_in_one_statement(
    company: Company, django_assert_num_queries: object
) -> None:
    a_desk(company)
    late = [hear(company, "sms", "Ciao", sender=f"+39 347 11111{n:02}", at=NOW + n * HOUR)
            for n in range(3)]  # fmt: skip
    with working(company, late[2].subject, now=NOW + 3 * HOUR) as access:
        operations.prioritise(access, late[2].conversation, "urgent")
    page = a_page(company, now=NOW + 3 * HOUR)
    assert [row.pk for row in page.rows] == [late[2].conversation, late[0].conversation]
    assert page.counts["total"] == 3
    assert a_page(company, Filters(channel=Channel.CHAT)).counts["total"] == 0
    whom = queries.people(company.controller.pk, Filters())
    with (
        gate.open(
            company.actor(Role.AGENT), "customer_care", Operation.LIST, subjects=whom, now=NOW
        ) as access,
        django_assert_num_queries(1),
    ):  # type: ignore[operator]  # of pytest-django
        queries.queue_page(access, Filters())


# C7


@LANGUAGES
def test_c7_a_note_stays_in_the_house_and_is_in_the_persons_copy(
    company: Company, language: str
) -> None:
    anna = a_person(company, email="anna@example.it", orders=[NOW.date()])
    heard = hear(company, "email", "Quando arriva?", sender="anna@example.it")
    sales = company.staff[Role.SALES]
    text = f"Cliente irritata, per favore @{sales.username} guarda tu"
    with working(company, anna) as access:
        row = operations.note(access, heard.conversation, body=text)
        assert [m.staff_id for m in row.mentions.all()] == [sales.pk]
        assert [one.pk for one in queries.said_in(access, heard.conversation)] == [
            heard.interaction, row.pk,
        ]  # fmt: skip
        access.actor = company.actor(Role.PARTNER)  # who would look for a partner
        assert [one.pk for one in queries.said_in(access, heard.conversation)] == [
            heard.interaction
        ]
    files = copy_of(company, ask_and_identify(company, subject=anna, language=language))
    groups = data_of(files)["groups"]
    rows = next(g["rows"] for g in groups if g["record"] == "crm.Interaction")
    bodies = [row["fields"]["body"]["value"] for row in rows]
    assert any(body.startswith("Cliente irritata") for body in bodies)
    assert delivery.deliver(company.controller.pk, now=NOW + HOUR) == 0
    assert [m for m in mail.outbox if "irritata" in m.body] == []


def test_c7_who_is_asked_sees_it_until_they_have_looked(company: Company) -> None:
    anna = a_person(company, email="anna@example.it", orders=[NOW.date()])
    heard = hear(company, "email", "Quando arriva?", sender="anna@example.it")
    me = company.staff[Role.AGENT]
    Staff.objects.filter(pk=me.pk).update(is_active=True)
    with working(company, anna) as access:
        row = operations.note(access, heard.conversation, body="Guarda", mentions=[me.pk])
    with working(company, anna) as access:
        assert [one.interaction_id for one in queries.asked_of(access)] == [row.pk]
        operations.see(access, row.pk)
        assert queries.asked_of(access) == []
        with pytest.raises(ConversationNotFoundError):
            operations.note(access, UUID(int=7), body="x")


# O9


def registered(company: Company, *, enrolled: bool) -> None:
    line = "numero;iscritto;iscritto_dal\n347 1234567;" + ("si;2026-11-01" if enrolled else "no;")
    opposition.take(
        content=line.encode(), checked_on=NOW.date(), channel=Channel.PHONE,
        by=company.staff[Role.DPO], now=NOW,
    )  # fmt: skip


def dialled(company: Company, subject: UUID, *, now: datetime = NOW) -> str:
    try:
        calls.dial(
            company.actor(Role.MARKETING), subject, purpose="newsletter", reason="Offerta", now=now
        )
    except GateRefusedError as refused:
        return refused.code if str(refused.advice) else "without advice"
    return "open"


def test_o9_a_marketing_call_is_refused_on_the_list_or_outside_hours(company: Company) -> None:
    anna = a_person(company, phone=PHONE, orders=[datetime(2020, 1, 2, tzinfo=UTC).date()])
    a_consent(company, anna, channel=Channel.PHONE, at=datetime(2026, 10, 1, tzinfo=UTC))
    assert dialled(company, anna) == "opposition_unchecked"
    registered(company, enrolled=True)
    assert dialled(company, anna) == "opposition_registered"
    a_consent(company, anna, channel=Channel.PHONE, at=NOW - HOUR)
    assert dialled(company, anna, now=NOW + 11 * HOUR) == "outside_hours"
    assert dialled(company, anna, now=NOW + timedelta(days=6)) == "outside_hours", "a Sunday"
    assert said(company, anna) == [], "nothing is dialled, and nothing is left of it"
    assert dialled(company, anna) == "open"


def test_o9_the_log_of_a_call_has_script_and_disposition_once(company: Company) -> None:
    anna = a_person(company, phone=PHONE, orders=[NOW.date()])
    script = CallScript.objects.create(
        controller=company.controller,
        key="delay",
        title="Ritardo",
        body="Buongiorno …",
        made_at=NOW,
    )
    ring = hear(company, "phone", "Chiede del pacco", sender="3471234567", id="cti-77")
    assert ring.subject == anna
    with working(company, anna, now=NOW + HOUR) as access:
        outcome = Outcome("reached", 180, script.pk)
        call = calls.log_call(access, ring.interaction, outcome, at=NOW + HOUR)
        with pytest.raises(MessageStateError):
            calls.log_call(access, ring.interaction, outcome, at=NOW + HOUR)
        held = access.rows(Call).get()
        assert (held.pk, held.script_id, held.disposition, held.seconds) == (
            call.pk, script.pk, "reached", 180,
        )  # fmt: skip


# F14


def test_f14_a_paper_coupon_and_a_web_click_are_of_the_same_campaign(company: Company) -> None:
    anna = a_person(company, email="anna@example.it", orders=[NOW.date()])
    an_interaction(company, anna, body="senza campagna")
    with working(company, anna) as access:
        for kind, channel in (
            ("coupon", Channel.IN_PERSON), ("click", Channel.WEB), ("letter", Channel.POST),
            ("visit", Channel.IN_PERSON), ("click", Channel.WEB),
        ):  # fmt: skip
            operations.happened(
                access, anna, Event(kind, channel, NOW, campaign="natale-2026"),
                purpose="customer_care",
            )  # fmt: skip
    coupon = hear(company, "in_person", "", sender="anna@example.it", campaign="natale-2026")
    assert coupon.subject == anna
    with working(company, anna) as access:
        found = queries.by_campaign(access, since=NOW, until=NOW + HOUR)
    assert found == {"natale-2026": {"coupon": 1, "click": 2, "letter": 1, "visit": 2}}
