"""Which categories a role sees: written by a person, kept as words, read again."""

import pytest
from django.utils import translation

from governance.policy.categories import Category
from governance.policy.vocabulary import Role
from registry import seeing

WORDS = ["field_agent:name", "field_agent:phone", "manager:name"]


def test_words_by_role() -> None:
    assert seeing.by_role(WORDS) == {
        Role.FIELD_AGENT: frozenset({Category.NAME, Category.PHONE}),
        Role.MANAGER: frozenset({Category.NAME}),
    }


@pytest.mark.parametrize("language", ["it", "en"])
def test_what_is_shown_is_read_again(language: str) -> None:
    with translation.override(language):
        assert seeing.read("\n".join(seeing.lines(WORDS))) == (WORDS, [])


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("field_agent: name, phone\nmanager:name", []),
        ("Boss: name", ["Boss"]),
        ("manager: shoe size, name", ["shoe size"]),
        ("manager:", ["manager"]),
        ("", []),
    ],
)
def test_what_is_not_known_is_named(text: str, unknown: list[str]) -> None:
    assert seeing.read(text)[1] == unknown
