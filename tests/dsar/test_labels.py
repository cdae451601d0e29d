"""Whatever an answer or a certificate names has a name in words."""

from enum import StrEnum
from typing import Any

import pytest
from django.db import models
from django.db.models import Q
from django.utils import translation

from dsar import correspondence, labels, values
from governance.policy.deadlines import ExtensionGround, PauseGround
from governance.policy.identity import Means
from governance.policy.lateness import LateGround
from governance.policy.notifications import Telling
from governance.policy.refusals import RefusalGround
from governance.policy.vocabulary import Channel
from registry.datamap import BASE_FIELDS, Personal, data_map
from registry.suppression import Door
from retention.holds import HoldGround


def test_every_field_that_people_are_told_of_has_a_name() -> None:
    nameless = [
        f"{holding.model}.{name}"
        for holding in data_map().about_people()
        for name, said in holding.fields.items()
        if isinstance(said, Personal) and name not in BASE_FIELDS and name not in labels.FIELDS
    ]
    if nameless:
        pytest.fail(f"no name in dsar/labels.py: {', '.join(nameless)}")


# Codes that are names of other things and no words: as they are, they say what they say.
NO_WORDS = frozenset(
    {"activity", "notice", "notice_digest", "password", "username", "email", "purpose", "number",
     "currency", "idempotency_key", "draft", "reference", "plan_hash", "physical_receipt", "record",
     "field", "digest", "type", "rights", "skill", "campaign",
     "carrier", "area", "country", "age_band", "segment_key", "theme",
     "campaign_key", "code", "external_id", "reward"}
)  # fmt: skip


def text_columns() -> list[tuple[type[models.Model], models.Field]]:
    return [
        (holding.model_class, field)
        for holding in data_map().answered()
        for field in holding.model_class._meta.fields
        if isinstance(field, models.CharField)
        and field.name in holding.fields
        and field.name not in NO_WORDS
    ]


def codes(model: type[models.Model], name: str) -> set[str]:
    """What the constraints of the table let into a column."""

    def within(condition: Any) -> set[str]:
        if isinstance(condition, Q):
            return set().union(*(within(child) for child in condition.children))
        named, value = condition
        return {str(code) for code in value} if named == f"{name}__in" else set()

    conditions = [one.condition for one in model._meta.constraints if hasattr(one, "condition")]
    return set().union(*(within(c) for c in conditions if isinstance(c, Q))) - {""}


def test_every_code_of_a_closed_list_is_shown_in_words() -> None:
    columns = text_columns()
    assert [f"{m.__name__}.{f.name}" for m, f in columns if f.name not in values.WORDS] == []
    wordless = {
        f"{model.__name__}.{field.name}": left
        for model, field in columns
        if (left := codes(model, field.name) - set(values.WORDS[field.name]))
    }
    assert wordless == {}
    assert sum(bool(codes(model, field.name)) for model, field in columns) >= 14


@pytest.mark.parametrize(
    ("name", "enum"),
    [("channel", Channel), ("ground", HoldGround), ("ground", RefusalGround), ("door", Door),
     ("ground", PauseGround), ("extension_ground", ExtensionGround), ("late_ground", LateGround),
     ("identity", Means), ("refusal_ground", RefusalGround), ("how", Telling)],
)  # fmt: skip
def test_every_code_that_no_constraint_names_has_words(name: str, enum: type[StrEnum]) -> None:
    assert set(enum) <= set(values.WORDS[name])


def test_every_kind_of_letter_has_words() -> None:
    assert set(correspondence.WHEN_SENT) | {"answer", "refusal"} <= set(values.WORDS["kind"])


def test_the_words_are_italian() -> None:
    with translation.override("it"):
        assert values.word("state", "given") == "dato"
        assert values.word("channel", "in_person") == "di persona"
        assert values.word("record", "crm.Contact") == "Anagrafica"
        assert values.word("note", "given") == "given", "what a person wrote is nobody's code"
