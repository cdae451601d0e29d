"""Whatever a register says, it says the same after a round trip: by generated registers."""

import json
from typing import Any

from django.db import models
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from governance.policy.categories import Category
from governance.policy.impact import Criterion
from governance.policy.register import (
    AtEnd,
    Balance,
    Clause,
    Measure,
    Mechanism,
    PartyRole,
    Risk,
    SubProcessing,
)
from governance.policy.vocabulary import (
    Anchor,
    LawfulBasis,
    Operation,
    RecordClass,
    RestrictionException,
    RetentionAction,
    Role,
    SubjectKind,
)
from registry.exchange import asked, linked
from registry.exchange.document import FORMAT
from registry.exchange.facts import FACTS
from registry.exchange.layouts import LAYOUTS
from registry.exchange.sheets import laid_out, read_back
from registry.models import (
    ActivityVersion,
    Controller,
    DataSource,
    ImpactAssessment,
    ProcessingOnBehalf,
    Purpose,
    Recipient,
    RetentionRule,
    Transfer,
)
from tests.builders import NOW

LETTERS = "abcàèñßžΩжйא漢'\"&<;:,()[]/-=+@#%0123456789 "
WORDS = st.text(LETTERS, max_size=30)
LINES = st.lists(WORDS, max_size=4).map("\n".join)
NAMES = st.lists(
    st.text("abcdefàèñΩж'& ", min_size=1, max_size=20).filter(lambda name: name == name.strip()),
    min_size=1, max_size=4, unique_by=str.casefold,
)  # fmt: skip
DAYS = st.dates().map(lambda day: day.isoformat())
CLOSED: dict[str, Any] = {
    "basis": LawfulBasis, "categories": Category, "subject_kinds": SubjectKind, "roles": Role,
    "operations": Operation, "measure_kinds": Measure, "risk_criteria": Criterion,
    "clauses": Clause, "mechanism": Mechanism, "role": PartyRole, "balance": Balance,
    "despite_restriction": RestrictionException, "sub_processing": SubProcessing,
    "at_end": AtEnd, "record_class": RecordClass, "anchor": Anchor, "action": RetentionAction,
    "residual_risk": Risk,
}  # fmt: skip
ANSWERS = st.dictionaries(st.sampled_from(sorted(asked.ASKED)), LINES.filter(str.strip))
KINDS = {
    "BooleanField": st.booleans(), "DateField": DAYS, "JSONField": ANSWERS, "TextField": LINES,
    "ArrayField": st.just([]),
}  # fmt: skip
PERIODS = st.sampled_from(["P10Y", "P24M", "P1Y6M", "P90D"])


def value_of(field: Any) -> st.SearchStrategy[Any]:
    """Any value of a field, written as a document writes it."""
    if words := CLOSED.get(field.name):
        one = st.sampled_from([word.value for word in words])
        if field.get_internal_type() == "ArrayField":
            return st.lists(one, unique=True)
        return st.just("") | one if field.blank else one
    if field.get_internal_type() == "DateField" and field.null:
        return DAYS | st.none()
    return KINDS.get(field.get_internal_type(), WORDS)


def row_of(model: type[models.Model], **said: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A row with any values, those `said` given."""
    names = [name for name in FACTS[model] if name not in said]
    fields = {name: value_of(model._meta.get_field(name)) for name in names}
    return st.fixed_dictionaries(fields | said)


RULES = row_of(
    RetentionRule, period=PERIODS, archive_period=st.just("") | PERIODS,
    notice_days=st.integers(0, 90),
)  # fmt: skip


@st.composite
def registers(draw: st.DrawFn) -> dict[str, Any]:
    """A register as a document: no fact is of a kind that the models could not hold."""
    sources, recipients, keys = draw(NAMES), draw(NAMES), draw(NAMES)
    some = st.lists(st.sampled_from(sources), unique=True).map(sorted)
    others = st.lists(st.sampled_from(recipients), unique=True).map(sorted)
    transfers = st.lists(row_of(Transfer), max_size=2)
    engaged = st.none() | st.sampled_from(recipients)
    return {
        "format": FORMAT,
        "made_on": draw(DAYS),
        "controller": draw(row_of(Controller, country=st.just("IT"), review_every=PERIODS)),
        "sources": [draw(row_of(DataSource, name=st.just(name))) for name in sources],
        "recipients": [
            {
                **draw(row_of(Recipient, name=st.just(name), sub_processor_of=engaged,
                              country=st.sampled_from(["IT", "US"]))),
                "transfers": draw(transfers),
            }
            for name in recipients
        ],
        "on_behalf": [
            {**row, "third_country_transfers": draw(transfers)}
            for row in draw(st.lists(row_of(ProcessingOnBehalf), max_size=2))
        ],
        "activities": [
            {
                "purpose": draw(row_of(Purpose, key=st.just(f"purpose-{number}"),
                                       text_it=WORDS.filter(str.strip),
                                       text_en=WORDS.filter(str.strip))),
                "first_recorded_on": draw(DAYS),
                "updated_on": draw(DAYS),
                "version": draw(row_of(ActivityVersion, sources=some, recipients=others,
                                       role_categories=st.just([]),
                                       title_it=WORDS.filter(str.strip),
                                       title_en=WORDS.filter(str.strip))),
                "retention": draw(st.lists(
                    RULES, max_size=3,
                    unique_by=lambda rule: (rule["record_class"], rule["anchor"]),
                )),
                "assessment": draw(st.none() | row_of(ImpactAssessment)),
            }
            for number, _key in enumerate(keys)
        ],
    }  # fmt: skip


BY_CHANCE = (Phase.explicit, Phase.reuse, Phase.generate)  # a register is too large to shrink


@settings(max_examples=50, deadline=None, phases=BY_CHANCE)
@given(registers())
def test_linked_data_keeps_every_fact_of_any_register(said: dict[str, Any]) -> None:
    assert linked.from_linked(json.loads(json.dumps(linked.to_linked(said)))) == said


@settings(max_examples=25, deadline=None, phases=BY_CHANCE)
@given(registers())
def test_sheets_of_every_authority_keep_every_fact_of_any_register(said: dict[str, Any]) -> None:
    before = json.dumps(said)
    for layout in LAYOUTS.values():
        assert read_back(laid_out(said, layout), today=NOW.date()) == json.loads(before), layout.key
