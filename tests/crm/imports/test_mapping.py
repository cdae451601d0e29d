"""Proposals are explained, refusals cannot be undone, and a person has the last word."""

import json
from dataclasses import dataclass, replace

import pytest

from crm.imports import errors
from crm.imports.headers import SYNONYMS, forbidden_category, identity_of, squash
from crm.imports.mapping import (
    FORBIDDEN,
    TARGETS,
    Dropped,
    Entity,
    Mapping,
    Reason,
    guess_entity,
    propose,
)
from governance.policy.categories import Category


@dataclass(frozen=True)
class Proposed:
    """What discovery would say of a column."""

    header: str
    category: Category | None
    confidence: float
    kind: str


def placed(mapping: Mapping) -> dict[str, str | None]:
    return {column.header: column.target for column in mapping.columns}


def test_no_target_is_of_a_forbidden_category_and_every_synonym_has_a_target() -> None:
    for entity in Entity:
        categories = {target.category for target in TARGETS[entity].values()}
        assert not categories & FORBIDDEN
        assert set(SYNONYMS[entity]) <= set(TARGETS[entity])
        assert all(name == target.name for name, target in TARGETS[entity].items())


@pytest.mark.parametrize(
    "header", ["First Name", "first_name", "FirstName", "FIRSTNAME", " first-name "]
)
def test_spellings_are_one_word(header: str) -> None:
    assert squash(header) == "firstname"
    assert placed(propose([header], [], Entity.CONTACT)) == {header: "given_name"}


def test_namespaces_of_salesforce_are_no_part_of_the_name() -> None:
    assert squash("npe01__HomeEmail__c") == "homeemail"
    assert squash("Gender__c") == "gender"
    assert squash("Città") == "citta"


def test_italian_headers() -> None:
    header = ["Codice cliente", "Cognome", "Nome", "Codice Fiscale", "P.IVA", "Indirizzo", "CAP",
              "Città", "Prov.", "Telefono", "Cellulare", "E-mail", "PEC", "Data di nascita", "Note"]  # fmt: skip
    assert list(placed(propose(header, [], Entity.CONTACT)).values()) == [
        "external_id", "family_name", "given_name", "fiscal_code", "vat_number", "street",
        "postal_code", "city", "region", "phone", "mobile", "email", "email_alternate",
        "birth_date", "note",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "entity"),
    [
        ("CustomerId", Entity.CONTACT),
        ("customer_number", Entity.CONTACT),
        ("ID Cliente", Entity.CONTACT),
        ("Codice articolo", Entity.PRODUCT),
        ("InvoiceLineId", Entity.ORDER_LINE),
        ("WhoId", Entity.CONTACT),
        ("Numero fattura", Entity.ORDER),
        ("Identity", None),
        ("Paid", None),
    ],
)
def test_identity_columns(header: str, entity: Entity | None) -> None:
    assert identity_of(header) is entity


def test_an_identity_is_foreign_in_a_file_of_other_records() -> None:
    header = ["InvoiceId", "CustomerId", "SupportRepId"]
    assert placed(propose(header, [], Entity.ORDER)) == {
        "InvoiceId": "external_id",
        "CustomerId": "contact_external_id",
        "SupportRepId": None,
    }


def test_the_file_name_and_the_header_tell_the_kind_of_record() -> None:
    assert guess_entity(("id", "nome", "email"), "clienti_2024.csv") is Entity.CONTACT
    assert guess_entity(("id", "data", "totale"), "/tmp/Fatture.csv") is Entity.ORDER  # noqa: S108 - a name, no file
    assert guess_entity(("Nome", "Cognome", "Email"), "x.csv") is Entity.CONTACT
    assert guess_entity(("a", "b"), "x.csv") is None
    assert guess_entity(("column 1", "column 2"), "Customers.csv") is Entity.CONTACT


def test_a_title_is_a_form_of_address_or_a_position() -> None:
    polite = propose(["Title"], [["Mr."], ["Dott.ssa"], [""]], Entity.CONTACT)
    position = propose(["Title"], [["Sales Manager"], ["Dr. of sales"]], Entity.CONTACT)
    assert (placed(polite), placed(position)) == ({"Title": "title"}, {"Title": "job_title"})


def test_the_fuller_of_two_equal_columns_wins_and_the_other_email_is_kept() -> None:
    rows = [["", "a@example.it", "b@example.it"], ["", "c@example.it", "d@example.it"]]
    mapping = propose(["Email", "Mail", "E-mail address"], rows, Entity.CONTACT)
    assert placed(mapping) == {
        "Email": None,
        "Mail": "email",
        "E-mail address": "email_alternate",
    }
    assert mapping.columns[0].dropped_because is Dropped.TAKEN


def test_fiscal_codes_and_addresses_are_known_by_their_values() -> None:
    rows = [["RSSMRA80A01H501U", "a@example.it"], ["", "b@example.it"]]
    mapping = propose(["Campo 1", "Campo 2"], rows, Entity.CONTACT)
    assert placed(mapping) == {"Campo 1": "fiscal_code", "Campo 2": "email"}
    assert {column.reason for column in mapping.columns} == {Reason.VALUES}


@pytest.mark.parametrize(
    ("header", "category", "because"),
    [
        ("Password", Category.CREDENTIALS, Dropped.SECRET),
        ("user_password_hash", Category.CREDENTIALS, Dropped.SECRET),
        ("CVV2", Category.PAYMENT_CARD, Dropped.SECRET),
        ("Numero carta", Category.PAYMENT_CARD, Dropped.SECRET),
        ("Religione", Category.RELIGIOUS_BELIEF, Dropped.SPECIAL),
        ("Diagnosi", Category.HEALTH, Dropped.SPECIAL),
        ("Iscrizione sindacale", Category.TRADE_UNION, Dropped.SPECIAL),
        ("Precedenti penali", Category.CRIMINAL_OFFENCE, Dropped.SPECIAL),
    ],
)
def test_secrets_and_special_categories_can_never_be_mapped(
    header: str, category: Category, because: Dropped
) -> None:
    assert forbidden_category(header) is category
    mapping = propose(["Nome", header], [["Anna", "x"]], Entity.CONTACT)
    refused = mapping.columns[1]
    assert (refused.target, refused.category, refused.dropped_because) == (None, category, because)
    with pytest.raises(errors.ForbiddenColumnError):
        mapping.with_override(1, "note")
    assert mapping.with_override(1, None) == mapping
    forged = mapping.to_json().replace(f'"{because}"', "null").replace(f'"{category}"', "null")
    data = json.loads(forged)
    data["columns"][1]["target"] = "note"
    with pytest.raises(errors.ForbiddenColumnError):
        Mapping.from_json(json.dumps(data))


def test_discovery_refuses_what_the_header_hides() -> None:
    hidden = [Proposed("Campo", Category.PAYMENT_CARD, 0.9, "card_number")]
    mapping = propose(["Campo"], [["4111111111111111"]], Entity.CONTACT, hidden)
    assert mapping.columns[0].dropped_because is Dropped.SECRET
    with pytest.raises(errors.ForbiddenColumnError):
        mapping.with_override(0, "note")
    unsure = [replace(hidden[0], confidence=0.2)]
    mapping = propose(["Campo"], [["4111"]], Entity.CONTACT, unsure)
    assert mapping.columns[0].dropped_because is Dropped.NO_TARGET


def test_discovery_fills_what_the_header_does_not_say() -> None:
    found = [
        Proposed("c1", Category.NAME, 0.9, "family_name"),
        Proposed("c2", None, 0.9, "text"),
        Proposed("c3", Category.NAME, 0.3, "given_name"),
    ]
    mapping = propose(["c1", "c2", "c3"], [["Rossi", "x", "Anna"]], Entity.CONTACT, found)
    assert placed(mapping) == {"c1": "family_name", "c2": None, "c3": None}
    assert mapping.columns[0].reason is Reason.DISCOVERY
    with pytest.raises(ValueError, match="one proposal"):
        propose(["c1"], [], Entity.CONTACT, found)


def test_a_person_has_the_last_word() -> None:
    mapping = propose(["Id", "Tel", "Altro"], [["1", "2", "3"]], Entity.CONTACT)
    changed = mapping.with_override(2, "phone")
    assert placed(changed) == {"Id": "external_id", "Tel": None, "Altro": "phone"}
    assert changed.columns[1].dropped_because is Dropped.TAKEN
    assert (changed.columns[2].reason, changed.columns[2].category) == (
        Reason.PERSON,
        Category.PHONE,
    )
    without = changed.with_override(2, None)
    assert without.columns[2].dropped_because is Dropped.PERSON
    assert changed.pick(["1", "02", "03"]) == {"external_id": "1", "phone": "03"}
    with pytest.raises(errors.UnknownTargetError):
        mapping.with_override(0, "password")
    with pytest.raises(errors.UnknownColumnError):
        mapping.with_override(3, "note")


def test_a_mapping_is_saved_and_loaded() -> None:
    header = ["Id", "Tel", "Password", "Boh"]
    mapping = propose(header, [["1", "2", "3", "4"]], Entity.CONTACT).with_override(3, "note")
    assert Mapping.from_json(mapping.to_json(), header=header) == mapping
    with pytest.raises(errors.MappingMismatchError):
        Mapping.from_json(mapping.to_json(), header=["Id", "Tel", "Password", "Altro"])


@pytest.mark.parametrize(
    "change",
    [
        "{}",
        "[]",
        "no json",
        '{"entity": "person", "columns": []}',
        '{"entity": "contact", "columns": [1]}',
        '{"entity": "contact", "columns": [{"index": "0"}]}',
    ],
)
def test_what_is_no_mapping_is_refused(change: str) -> None:
    with pytest.raises(errors.MappingError):
        Mapping.from_json(change)


def test_a_saved_mapping_is_checked_as_if_it_were_new() -> None:
    data = json.loads(propose(["Id", "Tel"], [], Entity.CONTACT).to_json())
    for change, expected in (
        ({"target": "external_id"}, errors.MappingError),
        ({"target": "password"}, errors.UnknownTargetError),
        ({"target": None}, errors.MappingError),
        ({"index": 7}, errors.MappingError),
    ):
        changed = json.loads(json.dumps(data))
        changed["columns"][1] |= change
        with pytest.raises(expected):
            Mapping.from_json(json.dumps(changed))
