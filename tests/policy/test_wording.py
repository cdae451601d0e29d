"""F15, F19: language and declared interests choose; what was inferred needs a basis."""

import pytest

from governance.policy.decisions import Refusal
from governance.policy.wording import Chosen, Why, Wording, choose

IT, EN = Wording("it", "Novità per Lei"), Wording("en", "News for you")
LAMPS = Wording("it", "Nuove lampade", "lampade")
ALL = [EN, IT, LAMPS]


@pytest.mark.parametrize(
    ("language", "declared", "inferred", "refusal", "chosen"),
    [
        ("it", [], [], None, Chosen(IT, Why.NOTHING_DECLARED)),
        ("en", [], [], None, Chosen(EN, Why.NOTHING_DECLARED)),
        ("de", [], [], None, Chosen(IT, Why.NOTHING_DECLARED)),
        ("it", ["Lampade"], [], None, Chosen(LAMPS, Why.DECLARED)),
        ("en", ["lampade"], [], None, Chosen(EN, Why.NOTHING_DECLARED)),
        ("it", ["sedie"], [], None, Chosen(IT, Why.NOTHING_DECLARED)),
        ("it", [], ["lampade"], None, Chosen(LAMPS, Why.INFERRED)),
        (
            "it",
            [],
            ["lampade"],
            Refusal.NO_CONSENT,
            Chosen(IT, Why.NO_PROFILING, Refusal.NO_CONSENT),
        ),
        ("it", ["lampade"], ["sedie"], Refusal.OBJECTED, Chosen(LAMPS, Why.DECLARED)),
    ],
)
def test_f15_a_wording_is_chosen_and_says_why(
    language: str, declared: list[str], inferred: list[str], refusal: Refusal, chosen: Chosen
) -> None:
    found = choose(
        ALL, language=language, usual="it", declared=declared, inferred=inferred, profiling=refusal
    )
    assert found == chosen


def test_f15_a_message_without_a_wording_for_everybody_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="for everybody"):
        choose([LAMPS], language="it", usual="it", declared=[], profiling=None)
