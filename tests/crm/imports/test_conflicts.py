"""A16: two sources say different things about a person; a rule picks one, logs it, and shows both."""

from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import connection
from django.utils import timezone

from crm import operations as crm
from crm.models import Contact, OtherContact
from crm.people import conflicts, provenance
from governance.policy.sources import Standing, takes_over
from governance.policy.vocabulary import Duty, Operation, Role
from registry import operations
from registry.gate import opening as gate
from registry.models import DataSource
from tests.builders import NOW, Company, a_company
from tests.crm.imports.test_landing import a_file, run, verified

pytestmark = pytest.mark.django_db
FILE = "CodiceCliente;Nome;Cognome;Azienda;Email\n00042;{};Bianchi;{};anna@example.it\n"


@pytest.fixture
def company(db: None) -> Company:
    return a_company()


def lands(
    company: Company, tmp_path: Path, source: DataSource, given: str, firm: str = "Alfa"
) -> UUID:
    run(company, a_file(tmp_path, FILE.format(given, firm)), source)
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW) as access:
        return access.rows(Contact).get().subject_id


def corrects(company: Company, anna: UUID, source: DataSource | None, **fields: str) -> None:
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=anna, now=NOW
    ) as access:
        contact = access.rows(Contact).select_for_update(of=("self",)).get()
        crm.update_contact(access, contact, fields, source=source)


def both(company: Company, anna: UUID) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """What stands and from whom, and what others say."""
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        stands = {
            a.name.rpartition(".")[2]: a.source
            for a in provenance.of(access, anna) if a.name.startswith("crm.Contact.")
        }  # fmt: skip
        contact = access.rows(Contact).get()
        held = {name: getattr(contact, name) for name in ("given_name", "company_name")}
        told = {o.name: (o.value, o.source) for o in conflicts.others(access, anna)}
    assert stands
    return held, told


def test_a16_what_the_person_said_stands_and_what_the_other_source_says_is_shown_beside(
    company: Company, tmp_path: Path
) -> None:
    source = verified(company)
    anna = lands(company, tmp_path, source, "Ana")
    corrects(company, anna, company.source, given_name="Anna")
    assert both(company, anna) == ({"given_name": "Anna", "company_name": "Alfa"}, {})
    lands(company, tmp_path, source, "Ana", firm="Beta")
    held, told = both(company, anna)
    assert held == {"given_name": "Anna", "company_name": "Beta"}, (
        "the rest is of the source itself"
    )
    assert told == {"given_name": ("Ana", "Gestionale")}
    lands(company, tmp_path, source, "Anna", firm="Beta")
    assert both(company, anna)[1] == {}, "now the two agree"


def test_a16_staff_stands_above_a_list_and_between_equals_the_newer(
    company: Company, tmp_path: Path
) -> None:
    source = verified(company)
    anna = lands(company, tmp_path, source, "Ana")
    corrects(company, anna, None, given_name="Anna")
    other = operations.add_source(
        controller=company.controller, name="Call centre", kind="import",
        by=company.staff[Role.DPO], now=NOW,
    )  # fmt: skip
    operations.verify_source(source=other, by=company.staff[Role.DPO], now=NOW)
    corrects(company, anna, other, company_name="Gamma")
    lands(company, tmp_path, source, "Ana", firm="Delta")
    held, told = both(company, anna)
    assert held == {"given_name": "Anna", "company_name": "Delta"}
    assert told == {"given_name": ("Ana", "Gestionale"), "company_name": ("Gamma", "Call centre")}


def entries(company: Company) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('custode.controller', %s, true)", [str(company.controller.pk)]
        )
        cursor.execute("SELECT entry FROM audit.entry")
        rows = cursor.fetchall()
        cursor.execute("SELECT set_config('custode.controller', '', true)")
    return [orjson.loads(bytes(entry).split(b"\n")[0]) for (entry,) in rows]


def test_a16_the_choice_is_logged_in_numbers_without_a_value(
    company: Company, tmp_path: Path
) -> None:
    source = verified(company)
    anna = lands(company, tmp_path, source, "Ana")
    corrects(company, anna, company.source, given_name="Anna")
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.IMPORT, subjects=anna, now=NOW
    ) as access:
        contact = access.rows(Contact).select_for_update(of=("self",)).get()
        settled = conflicts.settle(access, [(contact, {"given_name": "Ana"})], source=source)
        assert settled == {contact.pk: {}}
    (said,) = [one for one in entries(company) if one["act"] == "value.chosen"]
    assert said["counts"] == {"kept": 1}
    assert "Ana" not in str(said)


def test_a16_what_another_source_says_is_a_row_about_the_person_as_every_other(
    company: Company, tmp_path: Path
) -> None:
    source = verified(company)
    anna = lands(company, tmp_path, source, "Ana")
    corrects(company, anna, company.source, given_name="Anna")
    lands(company, tmp_path, source, "Ana")
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW) as access:
        (row,) = access.rows(OtherContact)
        assert (row.subject_id, row.source) == (anna, source)
        assert timezone.is_aware(row.collected_at)


@pytest.mark.parametrize("held", list(Standing))
def test_a16_the_rule_is_an_order_and_between_equals_the_newer(held: Standing) -> None:
    assert takes_over(held, held)
    assert takes_over(held, Standing.PERSON)
    assert takes_over(held, Standing.TOLD) == (held is Standing.TOLD)
