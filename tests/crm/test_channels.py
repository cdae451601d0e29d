"""The contract that every adapter keeps (O19, C1), and what is so whatever the channel (C3, F4)."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from crm.channels.adapter import Outgoing
from crm.channels.catalogue import ADAPTERS
from crm.conversations import delivery, outgoing
from crm.conversations.errors import (
    ArrivalInvalidError,
    InteractionMissingError,
    MessageStateError,
    MessageTimeError,
)
from crm.conversations.outgoing import Letter
from crm.models import Conversation, Interaction, Queue, QueueMember
from governance.policy.vocabulary import Channel, Duty, Operation, Role
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from tests.builders import NOW, Company, a_company, a_person
from tests.crm.conversing import SENDERS, hear, noted, raw, said, threads

NAMES = sorted(ADAPTERS)
SENDING = [name for name in NAMES if name != "web"]


@pytest.fixture
def company(db: None) -> Company:
    mail.outbox.clear()
    return a_company()


def answer(company: Company, name: str, text: str = "Ecco la risposta.", **more: Any) -> Any:
    """Hear somebody on a channel and answer on it; return what was filed, and the answer."""
    filed = hear(company, name, "Quando arriva la lampada?")
    adapter = ADAPTERS[name]
    letter = Letter(adapter.channel, text, network=adapter.network)
    message = outgoing.write(
        company.actor(Role.AGENT), filed.subject, letter, purpose="customer_care",
        conversation=filed.conversation, now=NOW + timedelta(minutes=5), **more,
    )  # fmt: skip
    return filed, message


@pytest.mark.parametrize("name", NAMES)
def test_f4_no_adapter_sends_or_receives_without_an_interaction(
    company: Company, name: str
) -> None:
    adapter = ADAPTERS[name]
    with pytest.raises(InteractionMissingError):
        adapter.receive(raw(name, "Buongiorno"), lambda _arrival: None, now=NOW)  # type: ignore[arg-type, return-value]  # what is refused
    _filed, message = answer(company, name if name != "web" else "email")
    never = Interaction(channel=adapter.channel, network=adapter.network, direction="out")
    for row in (never, message):  # one that was never stored; one that nobody has taken
        with pytest.raises(InteractionMissingError):
            adapter.deliver(Outgoing(row, SENDERS[name], "Re: Domanda", "Ecco"))
    assert mail.outbox == []


@pytest.mark.parametrize("name", NAMES)
def test_o19_c1_what_comes_in_is_filed_once_with_all_it_says(company: Company, name: str) -> None:
    first = hear(company, name, "La lampada non si accende", id="m-1")
    again = hear(company, name, "La lampada non si accende", id="m-1")
    assert first.is_new
    assert (again.interaction, again.is_new) == (first.interaction, False)
    (row,) = said(company, first.subject)
    adapter = ADAPTERS[name]
    assert (row["channel"], row["network"]) == (adapter.channel, adapter.network)
    assert (row["direction"], row["state"]) == ("in", "received")
    assert (row["body"], row["address"]) == ("La lampada non si accende", SENDERS[name])
    other = hear(company, name, "E un'altra cosa", id="m-2", at=NOW + timedelta(hours=1))
    assert (other.subject, other.conversation) == (first.subject, first.conversation)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("broken", [None, 7, {}, {"from": "", "text": "x"}, {"from": 3}])
def test_o19_c1_what_can_not_be_read_is_refused(company: Company, name: str, broken: Any) -> None:
    with pytest.raises(ArrivalInvalidError):
        hear(company, name, "", raw=broken)
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        assert not Conversation.objects.exists()


@pytest.mark.parametrize("name", SENDING)
def test_o19_c1_what_goes_out_is_carried_once_and_noted(company: Company, name: str) -> None:
    filed, message = answer(company, name)
    later, controller = NOW + timedelta(minutes=6), company.controller.pk
    went = delivery.deliver(controller, now=later)
    assert went == len(mail.outbox) == (1 if ADAPTERS[name].is_machine else 0)
    assert delivery.deliver(controller, now=later + timedelta(days=1)) == 0
    if not ADAPTERS[name].is_machine:
        with gate.open(
            company.actor(Role.AGENT), "customer_care", Operation.UPDATE, subjects=filed.subject,
            now=later,
        ) as access:  # fmt: skip
            with pytest.raises(MessageTimeError):
                delivery.hand_over(access, message.pk, at=NOW)
            delivery.hand_over(access, message.pk, at=later)
            with pytest.raises(MessageStateError):
                delivery.hand_over(access, message.pk, at=later)
    _heard, sent = said(company, filed.subject)
    assert sent["state"] == ("sent" if ADAPTERS[name].is_machine else "handed")
    assert (sent["body"], sent["direction"]) == ("Ecco la risposta.", "out")
    assert (sent["purpose"], sent["activity"]) == ("customer_care", "customer_care.v1")
    assert sent["basis"] == "contract"
    by_machine = ADAPTERS[name].is_machine
    assert noted(company, about=message.pk) == ["message.sent" if by_machine else "message.handed"]


@pytest.mark.parametrize("name", SENDING)
def test_o19_c1_what_the_gate_refuses_is_not_even_written(company: Company, name: str) -> None:
    anna = a_person(company, phone=SENDERS["phone"], orders=[NOW.date()])
    adapter = ADAPTERS[name]
    with pytest.raises(GateRefusedError) as refused:
        outgoing.write(
            company.actor(Role.MARKETING), anna, Letter(adapter.channel, "Offerta"),
            purpose="newsletter", now=NOW,
        )  # fmt: skip
    assert refused.value.code == "no_consent"
    assert refused.value.article == "6(1)(a)"
    assert str(refused.value.advice)
    assert said(company, anna) == []


def test_f4_a_worker_that_dies_leaves_a_lease_and_repeats_nothing(company: Company) -> None:
    filed, message = answer(company, "email")
    controller, at = company.controller.pk, NOW + timedelta(minutes=6)
    dead = delivery.take(message.pk, controller=controller, now=at)
    assert dead is not None
    assert delivery.deliver(controller, now=at + timedelta(minutes=4)) == 0, "under its lease"
    assert delivery.deliver(controller, now=at + delivery.LEASE) == 1
    assert delivery.settle(dead, "", controller=controller, now=at + delivery.LEASE) == ""
    assert delivery.deliver(controller, now=at + timedelta(days=1)) == 0
    (sent,) = mail.outbox
    assert sent.extra_headers["Message-ID"] == f"<{message.pk.hex}@custode.invalid>"
    assert sent.to == [SENDERS["email"]]
    assert [row["state"] for row in said(company, filed.subject)] == ["received", "sent"]


def test_f4_without_a_mail_server_a_person_takes_over(company: Company) -> None:
    filed, message = answer(company, "email")
    at = NOW + timedelta(minutes=6)
    assert delivery.deliver(company.controller.pk, now=at, has_server=False) == 0
    assert [row["state"] for row in said(company, filed.subject)] == ["received", "failed"]
    with gate.open(
        company.actor(Role.AGENT), "customer_care", Operation.UPDATE, subjects=filed.subject, now=at
    ) as access:
        delivery.hand_over(access, message.pk, at=at)
    assert said(company, filed.subject)[1]["state"] == "handed"


def a_desk(company: Company) -> None:
    desk = Queue.objects.create(controller=company.controller, key="care", name="Assistenza")
    for role in (Role.AGENT, Role.SALES):
        QueueMember.objects.create(
            controller=company.controller, queue=desk, staff=company.staff[role]
        )


@pytest.mark.parametrize("name", NAMES)
def test_c3_f18_the_same_case_queue_promise_and_log_whatever_the_channel(
    company: Company, name: str
) -> None:
    a_desk(company)
    filed = hear(company, name, "Quando arriva la lampada?")
    (thread,) = threads(company, filed.subject)
    first = min(m.staff_id for m in QueueMember.objects.all())
    assert thread.assignee_id == first
    assert (thread.state, thread.purpose, thread.priority) == ("open", "customer_care", 3)
    assert thread.waiting_since == NOW
    # Monday 10:00 in Rome: four and twenty-seven hours of the house, open from nine to six.
    assert thread.first_response_due_at == NOW + timedelta(hours=4)
    assert thread.resolution_due_at == NOW + timedelta(days=3)
    assert noted(company) == ["message.received"]


def test_c1_every_channel_of_the_law_has_an_adapter(company: Company) -> None:
    assert {adapter.channel for adapter in ADAPTERS.values()} == set(Channel)
    assert {"x", "instagram", "facebook"} <= set(ADAPTERS)
