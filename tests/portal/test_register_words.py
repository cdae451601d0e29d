"""What the register's forms say of a wrong value, and how its rows read: in words."""

import pytest
from django.urls import reverse
from django.utils import translation

from governance.policy.provisions import Parameter
from governance.policy.vocabulary import Role
from registry import provision_labels
from registry.forms import PeriodField
from registry.models import Controller, Provision, Purpose
from tests.builders import Company
from tests.portal.conftest import As


@pytest.mark.parametrize(
    ("written", "kept"),
    [("P24M", "P24M"), ("p10y", "P10Y"), (" P 90 D ", "P90D"), ("P8W", "P56D"), ("P1Y6M", "P1Y6M")],
)
def test_a_period_is_kept_as_the_register_writes_it(written: str, kept: str) -> None:
    assert PeriodField(label="for").clean(written) == kept


@pytest.mark.parametrize("written", ["24 months", "PT72H", "P", "P-1M", "10Y", "P1M1Y", "P0D"])
def test_a_period_that_is_none_is_told_with_an_example(
    company: Company, as_role: As, written: str
) -> None:
    page = reverse("admin:registry_controller_change", args=[company.controller.pk])
    said = {"name": "Acme", "country": "IT", "review_every": written}
    answer = as_role(Role.DPO).post(page, said, headers={"accept-language": "it"}).content.decode()
    assert "review_every_is_iso_8601" not in answer
    assert "P1D" in answer if written == "P0D" else "P10Y sono dieci anni" in answer
    assert Controller.objects.get(pk=company.controller.pk).review_every == "P12M"


def test_a_key_that_the_log_uses_is_told_at_the_field(company: Company, as_role: As) -> None:
    said = {"key": "emergency", "text_it": "Altro", "text_en": "Other"}
    answer = as_role(Role.DPO).post(reverse("admin:registry_purpose_add"), said)
    assert b"has a meaning of its own in the audit log" in answer.content
    assert not Purpose.objects.filter(key="emergency").exists()


@pytest.mark.parametrize(
    ("parameter", "value", "it", "en"),
    [
        ("hours.phone", "mon-fri 09:00-20:00, sat 10:00-19:00",
         "da lunedì a venerdì, 09:00-20:00; sabato, 10:00-19:00",
         "Monday to Friday, 09:00 to 20:00; Saturday, 10:00 to 19:00"),
        ("frequency.email", "4/P7D", "4 messaggi in 7 giorni", "4 messages in 7 days"),
        ("breach.hours", "72", "72 ore", "72 hours"),
        ("consent.age", "14", "14 anni", "14 years"),
        ("emergency.roles", "", "nessun ruolo", "no role"),
        ("opposition.valid_for", "P15D", "15 giorni", "15 days"),
        ("opposition.valid_for", "?", "?", "?"),
    ],
)  # fmt: skip
def test_a_provision_reads_in_words(parameter: str, value: str, it: str, en: str) -> None:
    with translation.override("it"):
        assert provision_labels.value(parameter, value).lower() == it
    with translation.override("en"):
        assert provision_labels.value(parameter, value) == en


def test_the_page_of_provisions_shows_words_and_the_value_as_it_is_written(
    company: Company, as_role: As
) -> None:
    dpo = as_role(Role.DPO)
    page = dpo.get(reverse("admin:provisions")).content.decode()
    for row in Provision.objects.filter(controller=company.controller):
        assert provision_labels.value(row.parameter, row.value) != "" or not row.value
    assert "72 hours" in page
    wrong = {
        "parameter": Parameter.HOURS_PHONE, "value": "all day", "valid_from": "2026-01-01",
        "source": "The house",
    }  # fmt: skip
    answer = dpo.post(reverse("admin:provision_enter"), wrong).content.decode()
    assert "This value cannot be read." in answer
    assert "mon-fri 09:00-20:00" in answer


def test_the_page_of_a_recipient_shows_its_history(company: Company, as_role: As) -> None:
    recipient = company.controller.recipients.first()
    said = {
        "name": recipient.name, "role": recipient.role, "category_it": "Altro",
        "category_en": recipient.category_en, "country": recipient.country,
        "transfers-TOTAL_FORMS": "0", "transfers-INITIAL_FORMS": "0",
    }  # fmt: skip
    dpo = as_role(Role.DPO)
    page = reverse("admin:registry_recipient_change", args=[recipient.pk])
    assert dpo.post(page, said).status_code == 302
    shown = dpo.get(page).content.decode()
    assert f"before: {recipient.category_it}" in shown
    assert "acme-dpo" in shown


@pytest.mark.parametrize(
    ("page", "said", "told"),
    [
        ("registry_purpose_add", {"key": "newsletter", "text_it": "x", "text_en": "x"}, "already"),
        ("registry_datasource_add", {"name": "Interessato", "kind": "import"}, "already"),
        ("registry_recipient_add",
         {"name": "Corriere", "role": "processor", "category_it": "x", "category_en": "x",
          "country": "IT"}, "already"),
        ("registry_processingonbehalf_add",
         {"principal": "Altra", "principal_contact": "x", "processing_it": "x",
          "processing_en": "x", "agreement_on": "2026-02-01", "agreement_until": "2026-01-01"},
         "An agreement begins before it ends."),
        ("provision_enter",
         {"parameter": "consent.age", "value": "15", "valid_from": "2026-02-01",
          "valid_to": "2026-01-01", "source": "prova"}, "A provision begins before it ends."),
    ],
)  # fmt: skip
def test_what_the_database_would_refuse_is_told_in_words(
    company: Company, as_role: As, page: str, said: dict[str, str], told: str
) -> None:
    """No name of a constraint, and no error of the server, reaches who fills in a form."""
    parts = {"transfers-TOTAL_FORMS": 0, "transfers-INITIAL_FORMS": 0,
             "third_country_transfers-TOTAL_FORMS": 0,
             "third_country_transfers-INITIAL_FORMS": 0}  # fmt: skip
    answer = as_role(Role.DPO).post(reverse(f"admin:{page}"), said | parts)
    text = answer.content.decode()
    assert answer.status_code in {200, 400, 422}
    assert told in text
    assert "onstraint" not in text
