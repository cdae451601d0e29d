"""The real ways in: a mailbox over IMAP and the public form, answered in one thread (O19, C8)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.utils import translation

from crm.acquisition import arrivals
from crm.acquisition.arrivals import Arrival
from crm.conversations import delivery, outgoing
from crm.conversations.outgoing import Letter
from crm.models import CareMailbox, Interaction
from dsar.mail.imap import ImapSource
from governance import care_mail
from governance.policy.vocabulary import Channel, Duty, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_company, a_person
from tests.crm.conversing import said, threads
from tests.crm.webforms import a_form
from tests.dsar.imap_server import ImapServer
from tests.dsar.mails import a_mail

MINUTE = timedelta(minutes=1)


@pytest.fixture
def company(db: None) -> Company:
    mail.outbox.clear()
    return a_company()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ImapServer]:
    made = ImapServer(tmp_path)
    yield made
    made.close()


def polled(company: Company, server: ImapServer, *, now=NOW + MINUTE) -> int:
    source = ImapSource(server.box(), tls=server.tls())
    with translation.override("it"):
        return care_mail.poll(company.controller.pk, source, own_hosts=(), now=now)


def test_o19_mails_of_the_mailbox_are_heard_once_and_answered_in_their_thread(
    company: Company, server: ImapServer
) -> None:
    anna = a_person(company, email="anna.bianchi@example.it", orders=[NOW.date()])
    server.put(a_mail("Quando arriva?", subject="Pacco", files={"foto.jpg": b"x"}).as_bytes())
    assert (polled(company, server), polled(company, server)) == (1, 0)
    (heard,) = said(company, anna)
    assert heard["body"] == "Quando arriva?\n\n[1 allegato, nella casella di posta]"
    (thread,) = threads(company, anna)
    outgoing.write(
        company.actor(Role.AGENT), anna, Letter(Channel.EMAIL, "Domani."), purpose="customer_care",
        conversation=thread.pk, now=NOW + 2 * MINUTE,
    )  # fmt: skip
    assert delivery.deliver(company.controller.pk, now=NOW + 3 * MINUTE) == 1
    (sent,) = mail.outbox
    assert sent.subject == f"Pacco [#{thread.reference}]"
    reply = a_mail(
        "Grazie", sender="anna@altrove.example", message_id="<two@altrove.example>",
        In_Reply_To=sent.extra_headers["Message-ID"], at=NOW + 4 * MINUTE,
    )  # fmt: skip
    server.put(reply.as_bytes())
    server.put(reply.as_bytes())
    assert polled(company, server, now=NOW + 5 * MINUTE) == 1
    assert [row["conversation"] for row in said(company, anna)] == [thread.pk] * 3


def test_o19_what_a_machine_wrote_is_filed_and_answered_by_nobody(
    company: Company, server: ImapServer
) -> None:
    away = a_mail("Sono in ferie. STOP", Auto_Submitted="auto-replied", message_id="<a@x.example>")
    server.put(away.as_bytes())
    server.put(a_mail("Senza mittente", sender="", message_id="<b@x.example>").as_bytes())
    assert polled(company, server) == 1
    box = CareMailbox.objects.get(controller=company.controller)
    assert (box.not_taken, box.trouble) == (1, "")
    assert delivery.deliver(company.controller.pk, now=NOW + 2 * MINUTE) == 0
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        (filed,) = Interaction.objects.filter(controller=company.controller)
        assert filed.direction == "in"


def test_o19_c8_a_public_form_begins_a_conversation_that_goes_on_by_mail(
    company: Company, server: ImapServer
) -> None:
    form = a_form(company)
    wrote = {"given_name": "Anna", "email": "anna@example.it", "message": "Vorrei un preventivo"}

    def no_box(*_args: object) -> str:
        raise AssertionError

    anna = arrivals.take(form, Arrival(wrote), ask=no_box, now=NOW).subject
    assert anna is not None
    (thread,) = threads(company, anna)
    assert (thread.channel, thread.state, thread.purpose) == ("web", "open", "lead_management")
    mailed = a_mail("Anche per due", sender="anna@example.it", message_id="<c@x.example>")
    server.put(mailed.as_bytes())
    assert polled(company, server) == 1
    assert [row["channel"] for row in said(company, anna)] == ["web", "email"]
    assert [one.pk for one in threads(company, anna)] == [thread.pk]
    stopping = {**wrote, "message": "STOP"}
    arrivals.take(form, Arrival(stopping), ask=no_box, now=NOW + 2 * MINUTE)
    assert delivery.deliver(company.controller.pk, now=NOW + 3 * MINUTE) == 1
    (sent,) = mail.outbox
    assert (sent.to, "non ti contatterà più" in sent.body) == (["anna@example.it"], True)
