"""A customer of a real export asks for a copy of his data, then to be forgotten.

Lucas Mancini of Rome is customer 47 of the music shop. What he is given is compared with
plain SQL over the shop's own files; what is left of him is looked for everywhere.
"""

import csv
import sqlite3
from pathlib import Path

import pytest

from audit.verify import verify
from dsar import erasure_right
from governance.policy.vocabulary import Duty, Right, Role
from registry import record, search
from registry.datamap import Lookup
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_company
from tests.dsar.acts import ask_and_identify, copy_of, data_of, text_of
from tests.dsar.erasing import carried_out, certificates
from tests.readable import everything_readable, places_of
from tests.realdata import CRM, bring_in_chinook, needs_real_data

pytestmark = needs_real_data

EMAIL = "lucas.mancini@yahoo.it"
LUCAS = (EMAIL, "mancini", "39733434", "via degli scipioni")
CONTROL = ("luisg@embraer.com.br", "gonçalves", "3923-5555")


@pytest.fixture
def shop(fresh_database: None) -> Company:
    company = a_company()
    reports = bring_in_chinook(company)
    assert {name: report.created for name, report in reports.items()} == {
        "customers": 59,
        "tracks": 3503,
        "invoices": 412,
        "lines": 2240,
        "employees": 8,
    }
    assert sum(report.rejected for report in reports.values()) == 0
    return company


def files_as_sql() -> sqlite3.Connection:
    """The shop's files in an SQL database of their own, untouched by our code."""
    database = sqlite3.connect(":memory:")
    for name in ("Customer", "Invoice", "InvoiceLine", "Track"):
        with Path(CRM / "chinook" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        columns = ", ".join(f'"{column}"' for column in header)
        database.execute(f"CREATE TABLE {name} ({columns})")
        database.executemany(f"INSERT INTO {name} VALUES ({','.join('?' * len(header))})", rows)
    return database


def subject_of(company: Company, email: str):
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        return search.subjects_with(company.controller.pk, Lookup.EMAIL, email).get()


def test_he_gets_every_row_of_his_and_nobody_elses(shop: Company) -> None:
    sql = files_as_sql()
    files = copy_of(shop, ask_and_identify(shop, email=EMAIL, name="Lucas Mancini"))
    by_record = {group["record"]: group["rows"] for group in data_of(files)["groups"]}

    def values(name: str, field: str) -> list[str]:
        return sorted(
            str(row["fields"][field]["value"]) for row in by_record[name] if field in row["fields"]
        )

    invoices = sql.execute(
        "SELECT InvoiceId, date(InvoiceDate), Total, BillingAddress FROM Invoice WHERE CustomerId = '47'"
    ).fetchall()
    assert values("crm.Order", "number") == sorted(row[0] for row in invoices)
    assert values("crm.Order", "ordered_on") == sorted(row[1] for row in invoices)
    assert values("crm.Order", "total") == sorted(row[2] for row in invoices)
    assert values("crm.Order", "billing_street") == sorted(row[3] for row in invoices)
    lines = sql.execute(
        "SELECT t.Name FROM InvoiceLine l JOIN Invoice i USING (InvoiceId) JOIN Track t USING (TrackId)"
        " WHERE i.CustomerId = '47'"
    ).fetchall()
    assert len(lines) == 38
    assert values("crm.OrderLine", "description") == sorted(name for (name,) in lines)
    contact = by_record["crm.Contact"][0]["fields"]
    assert (contact["given_name"]["value"], contact["family_name"]["value"]) == ("Lucas", "Mancini")
    assert values("crm.ContactPoint", "postal_code") == ["00192"]
    assert values("crm.ContactPoint", "phone") == ["+39 06 39733434"]
    assert values("crm.ContactPoint", "email") == [EMAIL]
    everything = "\n".join(text_of(*file).lower() for file in files.items())
    others = sql.execute(
        "SELECT Email, LastName, Phone, Address FROM Customer WHERE CustomerId <> '47'"
    ).fetchall()
    titles = "\n".join(name.lower() for (name,) in lines)  # "San Francisco" is nobody
    looked_for = {v.lower() for other in others for v in other if len(v) > 5} - {""}
    assert len(looked_for) > 200
    assert {v for v in looked_for if v in everything and v not in titles} == set()


def test_after_erasure_he_is_only_where_the_certificate_says(shop: Company) -> None:
    lucas = subject_of(shop, EMAIL)
    before = everything_readable(shop)
    assert places_of(before, *LUCAS)["crm.Contact"] == 1
    control = places_of(before, *CONTROL)
    assert control["crm.ContactPoint"] == 2

    dpo = shop.actor(Role.DPO)
    request = ask_and_identify(shop, Right.ERASURE, email=EMAIL, name="Lucas Mancini")
    assert request.subject_id == lucas
    erasure = erasure_right.plan(request.pk, dpo, NOW)
    erasure_right.approve(erasure.pk, dpo, shown=erasure.plan_hash, now=NOW)
    assert carried_out(shop, erasure.pk).state == "certified"
    (issued,) = certificates(shop, erasure.pk)

    after = everything_readable(shop)
    # Invoices keep his address, the file of his request his name and e-mail; nothing else does.
    file = {"dsar.SubjectRequest": 2, "dsar.Correspondence": 1}
    assert places_of(after, *LUCAS) == {"crm.Order": 7, **file}
    assert places_of(after, *CONTROL) == control
    kept = [r for r in issued["records"] if r["result"] == "kept"]
    fiscal = [r for r in kept if r["record_class"] == "fiscal_record"]
    assert {"art. 2220 c.c."} == {r["law"] for r in fiscal}
    assert sum(r["count"] for r in fiscal) == 7 + 38
    last = (
        files_as_sql()
        .execute("SELECT max(date(InvoiceDate)) FROM Invoice WHERE CustomerId = '47'")
        .fetchone()[0]
    )
    ten_years_on = f"{int(last[:4]) + 10}{last[4:]}"
    assert max(r["until"] for r in fiscal) == ten_years_on
    assert {r["record_class"] for r in kept} == {"fiscal_record", "request_file"}
    assert issued["verification"]["result"] == "verified"
    with gate.duty(dpo, Duty.SUPERVISION, now=NOW):  # the log of this very transaction
        log = verify(using="default")
    assert log.fault is None
    assert log.entries > 60


def test_the_record_of_the_installation_names_no_category_that_is_not_held(shop: Company) -> None:
    exported = record.export(shop.actor(Role.DPO), now=NOW, language="it")
    named = {c["word"] for activity in exported["activities"] for c in activity["categories"]}
    assert {
        "name",
        "email",
        "phone",
        "postal_address",
        "purchases",
        "occupation",
        "birth",
        "customer_number",
    } <= named
    assert named.isdisjoint(
        {"income", "health", "payment_card", "national_id", "communications", "preferences"}
    )
    assert "income" not in str(exported)
