"""The published figures are those of the code, and counting counts right."""

import pytest

from tests.discovery import notes
from tests.discovery.evaluation.__main__ import PAGE, figures_of, measured
from tests.discovery.evaluation.counts import Count, count, macro_f1


@pytest.mark.parametrize("name", notes.SETS)
def test_our_published_figures_are_what_is_measured(name: str) -> None:
    """When rules have changed: `make evaluation`, and look at what got worse."""
    counts = measured(name, "Custode")
    words = name.replace("_", ", ", 1).replace("_", " ")

    row = f"| {words} | Custode | {figures_of(counts.values())} | {macro_f1(counts.values()):.3f} |"

    assert row in PAGE.read_text("utf-8")


def test_marks_are_where_they_say() -> None:
    for name in notes.SETS:
        for text, spans in notes.read_set(name):
            assert not set("{}|") & set(text), text
            assert all(0 <= start < end <= len(text) for _entity, start, end in spans)


def test_a_span_counts_once_by_type_and_half_of_its_length() -> None:
    wanted = [("PERSON", 0, 10), ("PERSON", 20, 30), ("HEALTH", 40, 50)]
    found = [("PERSON", 0, 6), ("PERSON", 0, 10), ("PHONE_NUMBER", 20, 30), ("HEALTH", 38, 41)]

    assert count([wanted], [found]) == {
        "PERSON": Count(hit=1, missed=1, false=1, exact=1),
        "HEALTH": Count(hit=1),
        "PHONE_NUMBER": Count(false=1),
    }
