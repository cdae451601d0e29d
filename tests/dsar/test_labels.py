"""Whatever an answer or a certificate names has a name in words."""

import pytest

from dsar import labels
from registry.datamap import BASE_FIELDS, Personal, data_map


def test_every_field_that_people_are_told_of_has_a_name() -> None:
    nameless = [
        f"{holding.model}.{name}"
        for holding in data_map().about_people()
        for name, said in holding.fields.items()
        if isinstance(said, Personal) and name not in BASE_FIELDS and name not in labels.FIELDS
    ]
    if nameless:
        pytest.fail(f"no name in dsar/labels.py: {', '.join(nameless)}")
