"""Damaged text is repaired only where it must have been damaged."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crm.imports.mojibake import has_mojibake, repair_mojibake


@pytest.mark.parametrize(
    ("damaged", "meant"),
    [
        ("CafÃ©", "Café"),
        ("perchÃ© no", "perché no"),
        ("cittÃ\xa0 alta", "città alta"),
        ("CafÃƒÂ©", "Café"),
        ("â‚¬ 5", "€ 5"),
        ("K”nigsteiner Straáe 9", "Königsteiner Straße 9"),
        ("Kurf\x81rstenstr 9", "Kurfürstenstr 9"),
        ("22, rue du D‚part", "22, rue du Départ"),
        ("caffŠ", "caffè"),
    ],
)
def test_damage_is_undone(damaged: str, meant: str) -> None:
    assert repair_mojibake(damaged) == meant
    assert has_mojibake(damaged) is (damaged != meant)


@pytest.mark.parametrize(
    "text",
    ["Café", "SÃO JOSÉ", "JORGE LEITÃO", "Roástr", "„Zur Post“", "wait…what", "città — alta", "Ülkü", "L’Aquila", "Škoda", "日本", ""],
)  # fmt: skip
def test_sound_text_is_left_alone(text: str) -> None:
    assert repair_mojibake(text) == text
    assert has_mojibake(text) is False


def test_a_text_of_which_a_part_is_sound_is_left_alone_and_still_noticed() -> None:
    text = "NiccolÃ² D’Angelo"
    assert repair_mojibake(text) == text
    assert has_mojibake(text) is True


@given(st.text(alphabet="abcàèéìòùçñöüßÀÉ€ '-", min_size=1, max_size=40))
def test_every_double_encoding_is_undone(text: str) -> None:
    """But of texts that are themselves what damage looks like: nobody can tell how often it was."""
    assume(not has_mojibake(text))
    damaged = text.encode().decode("latin-1")
    assert repair_mojibake(damaged) == text


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_ascii_is_never_touched(text: str) -> None:
    assert repair_mojibake(text) == text
