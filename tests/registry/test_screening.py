"""What the register wants masked is dots before it is sealed, by whichever door it comes."""

from datetime import date
from uuid import UUID

import pytest

from crm import operations as crm
from crm.models import Interaction
from governance.policy.actors import system
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, Duty, Operation, Role
from registry import findings, screening, starter
from registry.gate import opening as gate
from registry.models import Finding, TextRule
from registry.screening import TextRuleError
from tests.builders import NOW, Company, a_company, a_person, an_interaction

CARD = "4111 1111 1111 1111"
IBAN = "IT60X0542811101000000123456"
PLACE = "crm.Interaction"


def a_rule(company: Company, category: Category, channel: str = "", place: str = PLACE) -> TextRule:
    dpo = company.staff[Role.DPO]
    return screening.enter(place=place, category=category, channel=channel, by=dpo, now=NOW)


@pytest.fixture
def anna(company: Company) -> UUID:
    return a_person(company, orders=[date(2026, 1, 5)])


def bodies(company: Company) -> list[str]:
    with gate.duty(system(company.controller.pk), Duty.DISCOVERY, now=NOW):
        return [str(row.body) for row in Interaction.objects.order_by("pk")]


def test_a_card_number_is_dots_and_the_rest_stays(company: Company, anna: UUID) -> None:
    a_rule(company, Category.PAYMENT_CARD)
    an_interaction(company, anna, body=f"La mia carta è {CARD}, il mio IBAN {IBAN}.")
    assert bodies(company) == [f"La mia carta è ••••••••, il mio IBAN {IBAN}."]


def test_a_rule_is_for_its_channel_alone(company: Company, anna: UUID) -> None:
    a_rule(company, Category.HEALTH, channel="phone")
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=anna, now=NOW
    ) as access:
        for channel in (Channel.PHONE, Channel.EMAIL):
            crm.record_interaction(
                access, subject=anna, channel=channel, direction="in", occurred_at=NOW,
                topic="Richiamare", body="Il cliente è celiaco.",
            )  # fmt: skip
    assert bodies(company) == ["Il cliente è •••••••.", "Il cliente è celiaco."]


def test_what_was_masked_is_counted_and_asks_nobody(company: Company, anna: UUID) -> None:
    a_rule(company, Category.PAYMENT_CARD)
    an_interaction(company, anna, body=f"Carta {CARD} o carta {CARD}")
    findings.scan_written(company.controller.pk, now=NOW)
    (found,) = Finding.objects.all()
    assert (found.place, found.category, found.answer, found.count) == (
        "crm.Interaction.body", "payment_card", "masked", 2,
    )  # fmt: skip
    assert found.answered_by is None
    assert "4111" not in found.masked_sample


def test_many_rows_and_changed_rows_are_masked_too(company: Company, anna: UUID) -> None:
    a_rule(company, Category.PAYMENT_CARD)
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=anna, now=NOW
    ) as access:
        rows = [
            Interaction(
                controller_id=access.controller, subject_id=anna, channel="email", direction="in",
                occurred_at=NOW, topic=f"Carta {CARD}", body="x", origin_key=bytes([n]) * 32,
            )
            for n in range(2)
        ]  # fmt: skip
        Interaction.objects.bulk_create(rows)
        rows[0].body = f"Ancora {CARD}"
        Interaction.objects.bulk_update(rows[:1], ["body"])
    with gate.duty(system(company.controller.pk), Duty.DISCOVERY, now=NOW):
        held = [(row.topic, row.body) for row in Interaction.objects.order_by("pk")]
    assert held == [("Carta ••••••••", "Ancora ••••••••"), ("Carta ••••••••", "x")]


def test_a_rule_that_ended_and_one_of_another_house_mask_nothing(
    company: Company, anna: UUID
) -> None:
    rule = a_rule(company, Category.PAYMENT_CARD)
    screening.end(rule, by=company.staff[Role.DPO], now=NOW)
    a_rule(a_company("beta"), Category.PAYMENT_CARD)
    an_interaction(company, anna, body=f"Carta {CARD}")
    assert bodies(company) == [f"Carta {CARD}"]


@pytest.mark.parametrize(
    ("place", "channel", "category", "role"),
    [
        ("crm.Nowhere", "", Category.HEALTH, Role.DPO),
        (PLACE, "pigeon", Category.HEALTH, Role.DPO),
        ("crm.Contact", "email", Category.HEALTH, Role.DPO),
        (PLACE, "", Category.NAME, Role.DPO),
        (PLACE, "", Category.BEHAVIOUR, Role.DPO),
        (PLACE, "", Category.HEALTH, Role.AGENT),
    ],
)
def test_a_rule_that_could_not_mask_is_refused(
    company: Company, place: str, channel: str, category: Category, role: Role
) -> None:
    by = company.staff[role]
    with pytest.raises(TextRuleError):
        screening.enter(place=place, channel=channel, category=category, by=by, now=NOW)


def test_the_same_rule_stands_once(company: Company) -> None:
    a_rule(company, Category.HEALTH)
    with pytest.raises(TextRuleError):
        a_rule(company, Category.HEALTH)


def test_the_starter_masks_a_card_in_a_mail_and_health_in_a_call(
    company: Company, anna: UUID
) -> None:
    dpo = company.staff[Role.DPO]
    assert starter.load_text_rules(controller=company.controller, by=dpo, now=NOW) == 2
    said = f"Sono celiaco, la carta è {CARD}."
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=anna, now=NOW
    ) as access:
        for channel in (Channel.EMAIL, Channel.PHONE):
            crm.record_interaction(
                access, subject=anna, channel=channel, direction="in", occurred_at=NOW,
                topic="Ordine", body=said,
            )  # fmt: skip

    assert bodies(company) == [
        "Sono celiaco, la carta è ••••••••.", f"Sono •••••••, la carta è {CARD}.",
    ]  # fmt: skip


def test_a_rule_of_the_starter_that_was_ended_does_not_come_back(company: Company) -> None:
    dpo = company.staff[Role.DPO]
    starter.load_text_rules(controller=company.controller, by=dpo, now=NOW)
    screening.end(TextRule.objects.get(category=Category.HEALTH), by=dpo, now=NOW)

    assert starter.load_text_rules(controller=company.controller, by=dpo, now=NOW) == 0
    assert screening.rules_of(company.controller.pk) == {
        (PLACE, "email", Category.PAYMENT_CARD),
    }
