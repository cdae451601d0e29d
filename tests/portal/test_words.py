"""Every word of the vocabulary has a text, in both languages."""

from enum import StrEnum

import pytest
from django.utils import translation

from audit.actions import Action, Outcome
from governance.portal import retention, words
from registry import labels
from registry.questioning import Question
from retention.schedule import Outcome as Fate
from retention.schedule import Reason

SAME_IN_ITALIAN = {"SMS", "WhatsApp", "Chat", "E-mail", "Marketing", "Social media"}


@pytest.mark.parametrize("vocabulary", list(labels.TEXTS))
def test_every_value_has_a_text(vocabulary: type[StrEnum]) -> None:
    assert set(labels.TEXTS[vocabulary]) == set(vocabulary)


def test_every_word_of_the_log_has_a_text() -> None:
    assert set(words.ACTIONS) == set(Action)
    assert set(words.OUTCOMES) == set(Outcome)
    assert set(retention.OUTCOMES) == set(Fate)
    assert set(retention.REASONS) == set(Reason)
    assert set(Question) <= set(labels.FINDING_KIND)


@pytest.mark.parametrize("vocabulary", list(labels.TEXTS))
def test_every_text_has_an_italian_form(vocabulary: type[StrEnum]) -> None:
    for value in vocabulary:
        with translation.override("en"):
            english = labels.text(vocabulary, value)
        with translation.override("it"):
            italian = labels.text(vocabulary, value)
        assert italian != english or english in SAME_IN_ITALIAN


def test_periods_and_days_in_words() -> None:
    with translation.override("it"):
        assert labels.period_from("P10Y", "last_order") == "10 anni dall'ultimo ordine"
        assert labels.period("P1Y6M") == "1 anno, 6 mesi"
        assert labels.days_left(-1) == "1 giorno di ritardo"
        assert labels.days_left(0) == "oggi è l'ultimo giorno"
    with translation.override("en"):
        assert (
            labels.period_from("P24M", "document_date") == "24 months from the date of the document"
        )
        assert labels.days_left(3) == "3 days left"
        assert labels.period("nonsense") == "nonsense"
