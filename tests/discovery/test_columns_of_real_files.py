"""Every column of the sample files gets the kind and the category written in `expected_columns`."""

import pytest

from registry.discovery.columns import ColumnProposal, propose_table
from registry.discovery.kinds import CATEGORY_OF_KIND
from tests.discovery import data
from tests.discovery.expected_columns import CHANGED, FULL, PERSONAL_ONLY, kinds

DIRECT = {"name", "email", "phone", "postal_address", "national_id", "identity_document",
          "bank_account", "payment_card", "credentials", "online_identifier"}  # fmt: skip


def categories(name: str, block: str) -> dict[str, str]:
    by_kind = {header: CATEGORY_OF_KIND[kind] or "none" for header, kind in kinds(block).items()}
    return by_kind | CHANGED.get(name, {})


def proposed(name: str) -> list[ColumnProposal]:
    return propose_table(*data.table(name))


@pytest.mark.parametrize("name", FULL)
def test_every_column_gets_its_kind_and_category(name: str) -> None:
    columns = proposed(name)

    assert {c.header: c.kind for c in columns} == kinds(FULL[name])
    assert {c.header: c.category or "none" for c in columns} == categories(name, FULL[name])


@pytest.mark.parametrize("name", PERSONAL_ONLY)
def test_personal_columns_of_wide_tables_and_no_others(name: str) -> None:
    personal = [c for c in proposed(name) if c.category not in (None, "purchases")]

    assert {c.header: c.kind for c in personal} == kinds(PERSONAL_ONLY[name])


def test_telco_holds_no_direct_identifier_but_the_customer_number() -> None:
    columns = proposed("crm/telco/Telco-Customer-Churn.csv")

    assert [c.header for c in columns if c.category in DIRECT] == []
    assert [c.header for c in columns if c.category == "customer_number"] == ["customerID"]


def test_secrets_are_recognised_with_their_headers_and_without() -> None:
    headers, rows = data.table("crm/fakenamegenerator/FakeNameGenerator_odd_1500.csv")
    secret = {"Password": "credentials", "CCNumber": "payment_card", "CVV2": "payment_card",
              "CCExpires": "payment_card"}  # fmt: skip

    named = dict(zip(headers, propose_table(headers, rows), strict=True))
    nameless = dict(zip(headers, propose_table([""] * len(headers), rows), strict=True))

    assert {h: named[h].category for h in secret} == secret
    assert {h: nameless[h].category for h in secret} == secret


def test_a_file_without_headers_is_read_by_its_values() -> None:
    name = "crm/adventureworks/ProspectiveBuyer_original_noheader_pipe.csv"
    _first, rows = data.table(name, delimiter="|")

    found = {at: c.kind for at, c in enumerate(propose_table([""] * 24, rows)) if c.category}

    assert found == {
        2: "given_name", 3: "middle_name", 4: "family_name", 5: "birth_date", 7: "gender",
        8: "email", 12: "education", 13: "job_title", 16: "street", 19: "region",
        20: "postal_code", 21: "phone", 22: "title",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["Artist", "Genre", "MediaType", "Album", "Track"])
def test_names_of_music_are_not_names_of_people(name: str) -> None:
    columns = proposed(f"crm/chinook/{name}.csv")

    assert [c.header for c in columns if c.category is not None] == []
