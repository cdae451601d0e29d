"""Every refusal says in both languages what happened, by which article, and what to do now."""

import pytest
from django.utils import translation

from governance.policy.decisions import Refusal
from registry.gate.errors import REFUSALS, GateRefusedError
from registry.gate.evidence import ASKED_BY


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_has_a_code_an_article_and_a_way_on(refusal: Refusal) -> None:
    said = {}
    for language in ("en", "it"):
        with translation.override(language):
            error = GateRefusedError(refusal)
            said[language] = (str(error.message), str(error.advice))
            assert error.code == refusal.value
            assert error.article[0].isdigit()
            assert all(text.endswith(".") for text in said[language])
    assert said["en"][0] != said["it"][0]
    assert said["en"][1] != said["it"][1]


def test_no_text_without_its_refusal() -> None:
    assert set(REFUSALS) == set(Refusal)


def test_a_refusal_that_rests_on_rows_knows_which() -> None:
    about_people = list(Refusal)[list(Refusal).index(Refusal.RESTRICTED) :]
    assert set(about_people) - set(ASKED_BY) == {Refusal.SUBJECT_NOT_COVERED}
