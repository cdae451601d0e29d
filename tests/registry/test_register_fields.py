"""The page about the fields of the register names what there is, and leaves nothing out."""

import csv
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist

from registry.exchange import asked
from registry.exchange.layouts import LAYOUTS
from registry.models import (
    ActivityVersion,
    Breach,
    BreachDecision,
    BreachNotification,
    BreachReport,
    ImpactAssessment,
    ProcessingOnBehalf,
    RetentionRule,
    Transfer,
)

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs" / "register-fields.md").read_text(encoding="utf-8")
DPV = REPOSITORY.parent / "shared" / "data" / "taxonomy" / "dpv-2.3"
NAMED = re.compile(r"`([A-Z]\w+)\.(\w+)`")
HOUSEKEEPING = {
    "id", "controller", "version", "breach", "recipient", "said_by", "said_at", "recorded_by",
    "recorded_at", "state", "roles", "drafters", "drafted_by", "drafted_at", "approved_by",
    "approved_at", "active_to", "advised_by", "advised_at", "concluded_by", "agreement_on",
    "agreement_until", "is_complete", "number", "processing_en", "categories",
}  # fmt: skip
"""What says who and when, or repeats what another field of the page says."""
ASSESSED = {"description", "necessity", "risks", "measures", "views", "consultation"}
"""The parts of an assessment, which the templates only link to."""


def named() -> set[tuple[str, str]]:
    return set(NAMED.findall(PAGE))


def test_every_field_that_is_named_exists() -> None:
    missing = []
    for model, field in sorted(named()):
        known = apps.get_model("registry", model)
        try:
            known._meta.get_field(field)
        except FieldDoesNotExist:
            if not hasattr(known, field):  # a sealed attribute is no column
                missing.append(f"{model}.{field}")
    assert missing == []
    assert len(named()) > 80


@pytest.mark.parametrize(
    "model",
    [
        ActivityVersion, Breach, BreachDecision, BreachNotification, BreachReport,
        ImpactAssessment, ProcessingOnBehalf, RetentionRule, Transfer,
    ],
)  # fmt: skip
def test_every_field_of_the_register_is_named(model: type) -> None:
    fields = {f.name for f in (*model._meta.concrete_fields, *model._meta.many_to_many)}
    said = {field for name, field in named() if name == model.__name__}
    beside = HOUSEKEEPING | (ASSESSED if model is ImpactAssessment else set())
    assert fields - said - beside == set()


def test_every_column_of_the_authorities_is_on_the_page() -> None:
    rows = set(re.findall(r"^\| ([^|]+?) \|", PAGE, re.MULTILINE))
    for layout in LAYOUTS.values():
        titles = {column.title for column in (*layout.company, *layout.activity)}
        assert titles - rows == set(), layout.key
    asked_here = set(re.findall(r"question \*(\w+)\*", PAGE))
    assert asked_here <= set(asked.ASKED)


def test_every_term_is_in_the_data_privacy_vocabulary() -> None:
    if not DPV.exists():
        pytest.skip("the terms of W3C DPV 2.3 are not beside the repository")
    known = set(re.findall(r"^(dpv:\S+)", (DPV / "dpv.ttl").read_text("utf-8"), re.MULTILINE))
    for file in DPV.glob("legal__eu__gdpr__*.csv"):
        with file.open(encoding="utf-8", newline="") as rows:
            known |= {f"eu-gdpr:{row['term']}" for row in csv.DictReader(rows) if "term" in row}
    terms = set(re.findall(r"`((?:dpv|eu-gdpr):[\w-]+)`", PAGE))
    assert terms - known == set()
    assert len(terms) > 40
