"""C9: STOP on any channel is an objection for that channel, confirmed in the same session."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.core import mail

from crm.channels.catalogue import ADAPTERS
from crm.conversations import calls, delivery, outgoing
from crm.conversations.calls import Outcome
from crm.conversations.outgoing import Letter
from governance.policy.vocabulary import Channel, ConsentState, Operation, Role
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import ConsentEvent, ConsentStanding, Objection
from tests.builders import NOW, Company, a_company, a_consent, a_person
from tests.crm.conversing import SENDERS, hear, look, said

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OTHER = {Channel.EMAIL: Channel.SMS}


@pytest.fixture
def company(db: None) -> Company:
    mail.outbox.clear()
    return a_company()


def standing(company: Company, subject: UUID) -> tuple[list[str], dict[str, str]]:
    """The channels of the objections of a person, and what stands of their consents."""
    with look(company, subject, now=NOW + DAY):
        objected = Objection.objects.filter(subject=subject).order_by("channel")
        consents = ConsentStanding.objects.filter(subject=subject)
        return [o.channel for o in objected], {c.channel: c.state for c in consents}


def offered(company: Company, subject: UUID, channel: Channel, *, now=NOW + HOUR) -> str:
    try:
        with gate.open(
            company.actor(Role.MARKETING), "newsletter", Operation.EXPORT, subjects=subject,
            channel=channel, recipient=gate.disclosing.To.OUR_STAFF, now=now,
        ):  # fmt: skip
            return "open"
    except GateRefusedError as refused:
        return refused.code


@pytest.mark.parametrize("name", sorted(ADAPTERS))
def test_c9_stop_on_any_channel_objects_for_it_and_is_confirmed_at_once(
    company: Company, name: str
) -> None:
    first = hear(company, name, "Buongiorno")
    anna, channel = first.subject, ADAPTERS[name].channel
    other = OTHER.get(channel, Channel.EMAIL)
    for one in (channel, other):
        a_consent(company, anna, channel=one, at=NOW - DAY)
    stopped = hear(company, name, "Stop, grazie.", id="m-stop")
    assert "Acme S.r.l. non ti contatterà più" in stopped.confirmation
    again = hear(company, name, "Stop, grazie.", id="m-stop")
    assert (again.is_new, again.interaction) == (False, stopped.interaction)
    twice = hear(company, name, "STOP", at=NOW + HOUR)
    assert twice.confirmation == stopped.confirmation
    assert standing(company, anna) == (
        [channel.value],
        {channel.value: ConsentState.WITHDRAWN, other.value: ConsentState.GIVEN},
    )
    answers = [row for row in said(company, anna) if row["direction"] == "out"]
    assert [row["body"] for row in answers] == [stopped.confirmation], "once"
    assert [row["address"] for row in answers] == [SENDERS[name]]
    assert offered(company, anna, other) in {"open", "opposition_unchecked"}
    assert offered(company, anna, channel) == "objected"
    with look(company, anna):
        last = ConsentEvent.objects.filter(subject=anna, state=ConsentState.WITHDRAWN).get()
        assert (last.door, last.method, last.recorded_by) == ("person", "request", None)


def test_c9_the_confirmation_leaves_with_the_next_worker(company: Company) -> None:
    hear(company, "email", "UNSUBSCRIBE", topic="Re: Novità")
    assert delivery.deliver(company.controller.pk, now=NOW) == 1
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([SENDERS["email"]], "Re: Re: Novità")


def test_c9_other_words_stop_nothing(company: Company) -> None:
    filed = hear(company, "sms", "Siete aperti non stop?")
    assert filed.confirmation == ""
    assert standing(company, filed.subject) == ([], {})


def test_c9_a_consent_given_afterwards_opens_the_channel_again(company: Company) -> None:
    anna = hear(company, "email", "STOP").subject
    a_consent(company, anna, at=NOW + HOUR)
    assert offered(company, anna, Channel.EMAIL, now=NOW + 2 * HOUR) == "open"


def test_c9_whoever_asks_on_the_phone_not_to_be_called_is_heeded(company: Company) -> None:
    anna = a_person(company, phone=SENDERS["phone"], orders=[NOW.date()])
    ring = calls.dial(
        company.actor(Role.AGENT), anna, purpose="customer_care", reason="Richiamare", now=NOW
    )
    with gate.open(
        company.actor(Role.AGENT), "customer_care", Operation.UPDATE, subjects=anna, now=NOW
    ) as access:
        calls.log_call(access, ring.pk, Outcome("do_not_call", 12), at=NOW)
    assert standing(company, anna) == (["phone"], {})


def test_c9_a_message_of_an_offer_that_waits_does_not_go_after_stop(company: Company) -> None:
    anna = a_person(company, email=SENDERS["email"], orders=[NOW.date()])
    a_consent(company, anna, at=NOW - DAY)
    offer = outgoing.write(
        company.actor(Role.MARKETING), anna, Letter(Channel.EMAIL, "Offerta", "Novità"),
        purpose="newsletter", now=NOW,
    )  # fmt: skip
    hear(company, "email", "STOP", at=NOW + timedelta(minutes=1))
    assert delivery.deliver(company.controller.pk, now=NOW + timedelta(minutes=2)) == 1
    (sent,) = mail.outbox
    assert "non ti contatterà più" in sent.body
    states = {row["id"]: row["state"] for row in said(company, anna)}
    assert states[offer.pk] == "failed"
