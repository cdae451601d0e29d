"""The data map is whole, is what the committed document says, and each gap stops the process."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import models
from django.test.utils import isolate_apps

from crm.models import Contact, Order, Product
from governance.policy.categories import NEVER_STORED, SPECIAL, TERMS, Category
from governance.policy.vocabulary import Anchor, RecordClass, Scope
from registry import mapdocument
from registry.checks import _compare, every_field_is_declared
from registry.datamap import Holding, NotPersonal, Personal, data_map
from registry.models import SubjectRow
from registry.sealed import SealedText

REPOSITORY = Path(__file__).resolve().parents[2]
DPV = REPOSITORY.parent / "shared" / "data" / "taxonomy" / "dpv-2.3" / "pd__pd.csv"


def problems(holding: Holding, model: type[models.Model] = Contact) -> list[tuple[str, str]]:
    return [(str(found.id), str(found.msg)) for found in _compare(model, holding)]


def saying(**changed: Personal | NotPersonal) -> Holding:
    """The holding of contacts with other declarations."""
    contact = data_map()[Contact]
    return replace(contact, fields={**contact.fields, **changed})


def without(name: str) -> Holding:
    contact = data_map()[Contact]
    return replace(contact, fields={n: d for n, d in contact.fields.items() if n != name})


# The document


def test_the_committed_document_is_what_the_code_declares() -> None:
    committed = (REPOSITORY / "docs" / "data-map.json").read_text(encoding="utf-8")
    assert committed == mapdocument.text(data_map()), (
        "run `manage.py export_data_map`, and look at the difference before you commit it"
    )


def test_the_document_says_all_there_is_to_say_of_a_model() -> None:
    order = json.loads(mapdocument.text(data_map()))["models"]["crm.Order"]
    fields = order.pop("fields")
    assert order == {
        "about_people": True,
        "record_class": "fiscal_record",
        "scope": "fiscal",
        "title_it": "Ordini e fatture",
        "title_en": "Orders and invoices",
        "subject_column": "subject_id",
        "isolated": True,
        "derived": False,
        "remnant": {"day": "ordered_on", "by": ["state", "currency"], "sums": ["total"]},
        "anchors": {"document_date": "ordered_on", "last_order": "ordered_on"},
    }
    assert fields["billing_name"] == {
        "category": "name",
        "dpv": "pd:Name",
        "sealed": True,
        "origin": "provided",
    }
    assert fields["total"] == {
        "category": "purchases",
        "dpv": "pd:Purchase",
        "clear": "summed by SQL",
        "origin": "observed",
    }
    assert fields["currency"] == {"not_personal": "unit of the amount"}
    assert fields["sealed"] == {
        "not_personal": "ciphertext; its contents are declared as attributes"
    }


def test_the_document_holds_every_model_and_every_field() -> None:
    shown = mapdocument.document(data_map())["models"]
    assert sorted(shown) == sorted(holding.model for holding in data_map().declared)
    for holding in data_map():
        if not holding.whole:
            concrete = {field.name for field in holding.model_class._meta.concrete_fields}
            assert concrete | set(holding.fields) == set(shown[holding.model]["fields"])


def test_lookup_and_free_text_are_shown() -> None:
    fields = mapdocument.document(data_map())["models"]["crm.Contact"]["fields"]
    assert fields["family_name"]["lookup"] == "name"
    assert fields["note"]["free_text"] is True
    assert "free_text" not in fields["family_name"]


def test_a_model_about_nobody_says_why_it_is_open() -> None:
    product = mapdocument.document(data_map())["models"]["crm.Product"]
    assert product["about_people"] is False
    assert product["open_because"] == "a catalogue, about nobody"
    assert "record_class" not in product


# The taxonomy


def test_every_category_has_a_term() -> None:
    assert set(TERMS) == set(Category)
    assert len({term.dpv for term in TERMS.values()}) == len(TERMS)


def test_every_term_is_in_the_data_privacy_vocabulary() -> None:
    if not DPV.exists():
        pytest.skip("the terms of W3C DPV 2.3 are not beside the repository")
    with DPV.open(encoding="utf-8", newline="") as file:
        known = {f"pd:{row['term']}" for row in csv.DictReader(file)}
    assert {term.dpv for term in TERMS.values()} - known == set()


def test_the_special_categories_are_those_of_articles_9_and_10() -> None:
    assert {category.value for category in SPECIAL} == {
        "health", "ethnic_origin", "political_opinion", "religious_belief", "trade_union",
        "genetic", "biometric", "sexual_life", "criminal_offence",
    }  # fmt: skip


def test_no_field_holds_a_special_category_or_a_secret() -> None:
    held = {category for holding in data_map() for category in holding.categories()}
    assert held & (SPECIAL | NEVER_STORED) == set()


# The checks


def test_the_map_of_this_installation_is_whole() -> None:
    assert every_field_is_declared(None) == []
    assert problems(data_map()[Contact]) == []


def test_an_undeclared_column_stops_the_process() -> None:
    assert problems(without("stage")) == [
        ("data_map.E003", "crm.Contact has the undeclared field stage.")
    ]


def test_an_undeclared_sealed_attribute_stops_the_process() -> None:
    assert problems(without("birth_date")) == [
        ("data_map.E003", "crm.Contact has the undeclared field birth_date.")
    ]


def test_a_declaration_of_nothing_stops_the_process() -> None:
    assert problems(saying(shoe_size=Personal(Category.BEHAVIOUR))) == [
        ("data_map.E004", "crm.Contact does not have the declared field shoe_size.")
    ]


@pytest.mark.parametrize(
    ("changed", "number", "message"),
    [
        (
            {"note": NotPersonal(because="nobody is in it")},
            "E005",
            "crm.Contact seals note, declared as not personal.",
        ),
        (
            {"origin_key": NotPersonal(because=" ")},
            "E006",
            "crm.Contact gives no reason for origin_key.",
        ),
        (
            {"stage": Personal(Category.BEHAVIOUR)},
            "E007",
            "crm.Contact keeps stage in a plain column without a reason.",
        ),
        (
            {"note": Personal(Category.COMMUNICATIONS, clear="sorted")},
            "E008",
            "crm.Contact seals note, declared as clear.",
        ),
    ],
)
def test_a_wrong_protection_stops_the_process(
    changed: dict[str, Personal | NotPersonal], number: str, message: str
) -> None:
    assert problems(saying(**changed)) == [(f"data_map.{number}", message)]


@pytest.mark.parametrize(
    ("change", "numbers"),
    [
        (lambda h: replace(h, record_class=None), {"data_map.E010", "data_map.E011"}),
        (lambda h: replace(h, isolated=False), {"data_map.E011", "data_map.E012"}),
        (lambda h: replace(h, title_it=""), {"data_map.E013"}),
        (lambda h: replace(h, anchors={Anchor.LAST_ORDER: "nowhere"}), {"data_map.E014"}),
    ],
)
def test_a_wrong_shape_stops_the_process(
    change: Callable[[Holding], Holding], numbers: set[str]
) -> None:
    assert {number for number, _ in problems(change(data_map()[Contact]))} == numbers


def test_a_table_of_nobody_needs_a_reason_to_be_open() -> None:
    product = replace(data_map()[Product], open_because="")
    assert problems(product, Product) == [
        ("data_map.E012", "crm.Product is not isolated and says no reason.")
    ]


@isolate_apps("crm")
def test_a_new_model_is_held_to_all_of_it() -> None:
    class Parcel(SubjectRow):
        """A model that somebody adds."""

        code = models.CharField(max_length=20)
        street = SealedText()

        class Meta:
            app_label = "crm"
            constraints = [
                models.UniqueConstraint(fields=["subject", "code"], name="one_parcel_per_code")
            ]

    bare = Holding(model="crm.Parcel")
    assert [message for _, message in problems(bare, Parcel)] == [
        "crm.Parcel has the undeclared field code.",
        "crm.Parcel has the undeclared field street.",
        "crm.Parcel is about people and must be isolated.",
        "crm.Parcel has the unique key one_parcel_per_code without the controller.",
    ]
    declared = replace(
        bare,
        record_class=RecordClass.FISCAL_RECORD,
        title_it="Pacchi",
        title_en="Parcels",
        fields={
            "code": NotPersonal(because="number of the carrier"),
            "street": Personal(Category.POSTAL_ADDRESS),
        },
    )
    assert problems(declared, Parcel) == [
        (
            "data_map.E015",
            "crm.Parcel has the unique key one_parcel_per_code without the controller.",
        )
    ]


def test_orders_are_sealed_under_the_fiscal_scope() -> None:
    assert data_map()[Order].scope is Scope.FISCAL
    assert data_map()[Contact].scope is Scope.ORDINARY
