"""O4, O5, C4: orders from the key that makes them once to the parcel that ends them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from crm import operations as crm
from crm.conversations import delivery
from crm.models import (
    Conversation,
    Interaction,
    MessageTemplate,
    Order,
    OrderLine,
    Shipment,
    Task,
)
from crm.trade import fulfilment, messages, templates
from crm.trade.errors import (
    OfferInServiceMessageError,
    OrderKeyTakenError,
    OrderStateError,
    ShipmentDeliveredError,
    ShipmentExceedsOrderError,
    TemplateInvalidError,
    TemplateNamesSomebodyError,
)
from crm.trade.fulfilment import Parcel
from governance.policy import trade
from governance.policy.trade import OrderState
from governance.policy.vocabulary import Channel, ConsentState, Operation, Role
from registry import consent
from registry.datamap import data_map
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import QualifyingEvent
from tests.builders import NOW, Company, a_consent, a_person
from tests.crm.conversing import hear

TODAY = NOW.date()
TWO_LINES = (("Lampada", "2", "39.90"), ("Cavo", "3", "1.255"))


def a_customer(company: Company, **more: Any) -> UUID:
    """Somebody who bought before: without a contract the gate lets nobody order for them."""
    return a_person(company, orders=[TODAY - timedelta(days=99)], **more)


def access_to(company: Company, subject: UUID, operation: Operation = Operation.UPDATE) -> Any:
    return gate.open(
        company.actor(Role.AGENT), "order_management", operation, subjects=subject, now=NOW
    )


def an_order(company: Company, subject: UUID, **more: Any) -> UUID:
    lines = [crm.Line(text, Decimal(n), Decimal(price)) for text, n, price in TWO_LINES]
    with access_to(company, subject, Operation.CREATE) as access:
        terms = {"number": "A-1", "ordered_on": TODAY, "lines": lines, "billing": {}, **more}
        made: UUID = crm.place_order(access, subject=subject, **terms).pk
    return made


def state_of(company: Company, subject: UUID, order: UUID) -> str:
    with access_to(company, subject, Operation.READ) as access:
        return str(access.rows(Order).get(pk=order).state)


def test_o4_the_same_key_twice_makes_one_order(company: Company) -> None:
    anna, berta = a_customer(company), a_customer(company, given="Berta")
    first = an_order(company, anna, idempotency_key="k-1")
    again = an_order(company, anna, idempotency_key="k-1", number="A-2")
    assert first == again
    with access_to(company, anna, Operation.READ) as access:
        assert sorted(o.number for o in access.rows(Order)) == ["A-1", "Bianchi-1"]
        assert access.rows(OrderLine).filter(order=first).count() == len(TWO_LINES)
    with pytest.raises(OrderKeyTakenError):
        an_order(company, berta, idempotency_key="k-1")


def test_o4_an_order_has_its_lines_prices_and_currency(company: Company) -> None:
    anna = a_customer(company)
    order = an_order(company, anna, currency="CHF")
    with access_to(company, anna, Operation.READ) as access:
        held = access.rows(Order).get(pk=order)
        lines = access.rows(OrderLine).filter(order=order).order_by("id")
        shown = [(x.description, x.quantity, x.unit_price) for x in lines]
    assert (held.currency, held.total) == ("CHF", Decimal("83.57"))  # 79.80 + 3.77
    assert shown == [(text, Decimal(n), Decimal(price)) for text, n, price in TWO_LINES]


MONEY = st.decimals(min_value=-9999, max_value=9999, places=4)
COUNT = st.decimals(min_value=0, max_value=999, places=3)


@given(st.lists(st.tuples(COUNT, MONEY), max_size=12), st.randoms())
@settings(max_examples=200)
def test_o4_totals_equal_the_sums_of_lines_as_they_are_printed(lines: Any, random: Any) -> None:
    printed = [Decimal(f"{trade.amount(*line):.2f}") for line in lines]
    shuffled = list(lines)
    random.shuffle(shuffled)
    assert trade.total(lines) == trade.total(shuffled) == sum(printed, Decimal(0))
    assert all(abs(trade.amount(n, price) - n * price) <= Decimal("0.005") for n, price in lines)


def test_o5_illegal_transitions_are_refused_in_python_and_by_the_database(
    company: Company,
) -> None:
    anna = a_customer(company)
    with access_to(company, anna, Operation.CREATE):
        base = {
            "controller": company.controller, "subject_id": anna, "collected_at": NOW,
            "ordered_on": TODAY, "total": 1,
        }  # fmt: skip
        for was, then in product(OrderState, OrderState):
            order = Order(**base, number=f"{was}-{then}", state=was)
            order.save()
            allowed = was is then or trade.may_become(was, then)
            if allowed:
                assert set_to(order, then) == 1
            else:
                with pytest.raises(DatabaseError, match="does not become"):
                    set_to(order, then)


def set_to(order: Order, state: OrderState) -> int:
    with transaction.atomic():
        return int(Order.objects.filter(pk=order.pk).update(state=state))


@pytest.mark.parametrize(
    ("state", "then"),
    [("draft", "closed"), ("confirmed", "closed"), ("cancelled", "confirmed"),
     ("closed", "cancelled"), ("confirmed", "fulfilled"), ("confirmed", "partly_fulfilled")],
)  # fmt: skip
def test_o5_what_needs_a_shipment_or_is_over_is_not_set_by_hand(
    company: Company, state: str, then: str
) -> None:
    anna = a_customer(company)
    order = an_order(company, anna, is_draft=True)
    path = {"confirmed": ["confirmed"], "cancelled": ["cancelled"],
            "closed": ["confirmed", "ship", "closed"]}.get(state, [])  # fmt: skip
    with access_to(company, anna) as access:
        for step in path:
            if step == "ship":
                fulfilment.ship(access, order, Parcel(TODAY))
            else:
                fulfilment.become(access, order, OrderState(step))
    with pytest.raises(OrderStateError), access_to(company, anna) as access:
        fulfilment.become(access, order, OrderState(then))
    assert state_of(company, anna, order) == state


def test_o5_an_order_is_fulfilled_parcel_by_parcel(company: Company) -> None:
    anna = a_customer(company)
    order = an_order(company, anna)
    with access_to(company, anna) as access:
        lamp, cable = access.rows(OrderLine).filter(order=order).order_by("id")
        first = fulfilment.ship(
            access, order,
            Parcel(TODAY, {lamp.pk: Decimal(1)}, "Corriere", "TRK1", "Via Po 1, Torino"),
        )  # fmt: skip
        assert access.rows(Order).get(pk=order).state == "partly_fulfilled"
    with pytest.raises(ShipmentExceedsOrderError), access_to(company, anna) as access:
        fulfilment.ship(access, order, Parcel(TODAY, {lamp.pk: Decimal(2)}))
    with pytest.raises(ShipmentExceedsOrderError), access_to(company, anna) as access:
        fulfilment.ship(access, order, Parcel(TODAY, {order: Decimal(1)}))
    with access_to(company, anna) as access:
        rest = fulfilment.ship(access, order, Parcel(TODAY + timedelta(days=1)))
        sent = {line.line_id: line.quantity for line in rest.lines.all()}
        assert sent == {lamp.pk: Decimal(1), cable.pk: Decimal(3)}
        fulfilment.deliver(access, first.pk, on=TODAY + timedelta(days=1))
    assert state_of(company, anna, order) == "fulfilled"
    with pytest.raises(OrderStateError), access_to(company, anna) as access:
        fulfilment.ship(access, order, Parcel(TODAY))
    with pytest.raises(ShipmentDeliveredError), access_to(company, anna) as access:
        fulfilment.deliver(access, first.pk, on=TODAY + timedelta(days=2))
    with pytest.raises(ShipmentDeliveredError), access_to(company, anna) as access:
        fulfilment.deliver(access, rest.pk, on=TODAY)
    with access_to(company, anna, Operation.READ) as access:
        held = access.rows(Shipment).get(pk=first.pk)
        assert (held.tracking, held.address) == ("TRK1", "Via Po 1, Torino")


def test_o5_a_draft_makes_no_contract_until_it_is_confirmed(company: Company) -> None:
    anna = a_customer(company)
    order = an_order(company, anna, is_draft=True)
    with access_to(company, anna) as access:
        events = QualifyingEvent.objects.filter(evidence=order)
        assert events.count() == 0
        fulfilment.become(access, order, OrderState.CONFIRMED)
        assert [event.kind for event in events] == ["order"]


SHIPPED = templates.Text(
    "Il Suo ordine {number} è in viaggio", "Your order {number} is on its way",
    "Gentile {name}, il pacco è partito il {day}.", "Dear {name}, the parcel left on {day}.",
)  # fmt: skip


def a_template(company: Company, text: templates.Text = SHIPPED, **more: Any) -> MessageTemplate:
    terms = {"kind": "service", "purpose": company.purpose("order_management"), **more}
    return templates.keep(
        "shipped", text, by=company.staff[Role.SALES], now=NOW, **terms
    )  # fmt: skip


def test_o5_fulfilment_messages_go_out_when_marketing_is_refused(company: Company) -> None:
    anna = a_person(company, orders=[TODAY])
    a_consent(company, anna, state=ConsentState.REFUSED)
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=anna, now=NOW
    ) as access:
        consent.object_to(access, subject=anna, at=NOW)
    assert delivery.deliver(company.controller.pk, now=NOW) == 0
    sent = told(company, a_template(company), anna)
    assert isinstance(sent, Interaction)
    assert delivery.deliver(company.controller.pk, now=NOW) == 1
    (letter,) = mail.outbox
    assert letter.to == ["anna.bianchi@example.it"]
    assert letter.subject.startswith("Il Suo ordine A-1 è in viaggio [#")
    assert letter.body == "Gentile Anna Bianchi, il pacco è partito il 23 novembre 2026."
    with access_to(company, anna, Operation.READ) as access:
        held = access.rows(Interaction).get(pk=sent.pk)
        assert (held.direction, held.channel, held.state) == ("out", "email", "sent")
        assert (held.purpose, held.basis) == ("order_management", "contract")
        assert held.body == letter.body
        assert held.conversation.state == "closed", "an answer opens it; nobody waits for one"
    offer = templates.Text("Sconti", "Discounts", "Ecco", "Here")
    news = templates.keep(
        "news", offer, kind="marketing", purpose=company.purpose("newsletter"),
        by=company.staff[Role.MARKETING], now=NOW,
    )  # fmt: skip
    with pytest.raises(GateRefusedError) as refused:
        told(company, news, anna, role=Role.MARKETING)
    assert refused.value.code in {"objected", "no_consent"}
    assert delivery.deliver(company.controller.pk, now=NOW) == 0


def told(
    company: Company,
    template: MessageTemplate,
    subject: UUID,
    *,
    role: Role = Role.AGENT,
    channel: Channel = Channel.EMAIL,
) -> Interaction | Task:
    facts = messages.Facts("A-1", date(2026, 11, 23))
    with messages.asked(
        company.actor(role), template, subject=subject, channel=channel, now=NOW
    ) as access:
        return messages.write(access, template, subject=subject, channel=channel, facts=facts)


def test_o5_an_answer_to_a_message_about_an_order_opens_its_conversation(company: Company) -> None:
    anna = a_person(company, orders=[TODAY])
    sent = told(company, a_template(company), anna)
    assert isinstance(sent, Interaction)
    filed = hear(
        company, "email", "Manca un pezzo", answers=[sent.pk],
        at=NOW + timedelta(hours=1),
    )  # fmt: skip
    assert (filed.subject, filed.conversation) == (anna, sent.conversation_id)
    with access_to(company, anna, Operation.READ) as access:
        assert access.rows(Conversation).get(pk=filed.conversation).state == "open"


def test_o5_what_no_channel_carries_is_a_task_for_a_person(company: Company) -> None:
    anna = a_person(company, orders=[TODAY])
    task = told(company, a_template(company), anna, channel=Channel.SMS)
    assert isinstance(task, Task)
    with access_to(company, anna, Operation.READ) as access:
        held = access.rows(Task).get(pk=task.pk)
        assert (held.title, held.role, held.do_by) == (
            "Avvisare in altro modo: Il Suo ordine A-1 è in viaggio", "agent", TODAY,
        )  # fmt: skip
        assert held.note == "Gentile Anna Bianchi, il pacco è partito il 23 novembre 2026."
        assert access.rows(Interaction).count() == 0
    assert delivery.deliver(company.controller.pk, now=NOW) == 0


@pytest.mark.parametrize(
    "body",
    [
        "Gentile {name}, per aiuto chieda alla signora Giulia Ferrari.",
        "Gentile {name}, chiami il 347 1234567.",
        "Gentile {name}, l'IBAN è IT60X0542811101000000123456.",
    ],
)
def test_o17_a_template_names_nobody(company: Company, body: str) -> None:
    with pytest.raises(TemplateNamesSomebodyError) as refused:
        a_template(company, replace(SHIPPED, body_it=body))
    assert refused.value.article == "5(1)(c)"
    assert not any(word in str(refused.value.places) for word in ("Ferrari", "1234567", "X0542"))
    assert not MessageTemplate.objects.filter(key="shipped").exists()


def test_o5_a_fulfilled_order_is_kept_as_long_as_an_invoice(company: Company) -> None:
    holdings = {data_map()[m].record_class for m in (Order, OrderLine, Shipment)}
    assert holdings == {data_map()[Order].record_class}
    anna = a_customer(company)
    order = an_order(company, anna)
    with access_to(company, anna) as access:
        before = access.rows(Order).get(pk=order).ordered_on
        sent = fulfilment.ship(access, order, Parcel(TODAY))
        fulfilment.become(access, order, OrderState.CLOSED)
        held = access.rows(Order).get(pk=order)
        assert (held.ordered_on, held.scope, sent.scope) == (before, "fiscal", "fiscal")


@pytest.mark.parametrize(
    "line",
    ["Con il codice promo avrà il 10% in meno.", "Buy two, get one.", "Sconto sul prossimo ordine",
     "Scopri le offerte di Natale", "A gift is waiting for you", "Risparmi subito"],
)  # fmt: skip
def test_c4_a_service_text_with_an_offer_is_refused(company: Company, line: str) -> None:
    late = templates.Text(
        "Ordine {number}", "Order {number}", f"È in ritardo. {line}", "It is late."
    )
    with pytest.raises(OfferInServiceMessageError) as refused:
        a_template(company, late)
    assert refused.value.details["words"] != []
    assert not MessageTemplate.objects.filter(controller=company.controller).exists()


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (templates.Text("a", "", "c", "d"), {}),
        (templates.Text("a", "b", "{email}", "d"), {}),
        (templates.Text("a", "b", "{name.__class__}", "d"), {}),
        (templates.Text("a", "b", "{name!r}", "d"), {}),
        (templates.Text("a", "b", "{", "d"), {}),
        (SHIPPED, {"kind": "marketing"}),
        (SHIPPED, {"kind": "other"}),
    ],
)
def test_c4_a_text_that_cannot_be_filled_in_is_refused(
    company: Company, text: templates.Text, more: dict[str, Any]
) -> None:
    with pytest.raises(TemplateInvalidError):
        a_template(company, text, **more)
