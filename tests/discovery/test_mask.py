"""Masks keep the shape and at most the first and the last character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.discovery.mask import MAX_SHOWN, mask, mask_secret


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("RSSMRA80A01H501U", "RXXXXX99X99X999U"),
        ("mario.rossi@example.it", "mxxxx.xxxxx@xxxxxxx.xt"),
        ("+39 347 1234567", "+39 999 9999997"),
        ("Al", "Xx"),
        ("Anna", "Axxx"),
        ("Città", "Cxxxx"),
        ("", ""),
        ("12", "99"),
        ("a" * 60, "a" + "x" * 38 + "…"),
    ],
)
def test_shapes(value: str, shown: str) -> None:
    assert mask(value) == shown


def test_secrets_show_nothing() -> None:
    assert mask_secret("Estate2024!") == "••••••••"
    assert mask_secret("123") == "•••"


@given(st.text(max_size=80))
def test_at_most_a_third_of_the_value_is_shown(value: str) -> None:
    shown = mask(value)
    telling = [c for c in value if c.isalnum()]
    kept = sum(
        c == s for c, s in zip(value, shown, strict=False) if c.isalnum() and c not in "9Xx…"
    )

    assert len(shown) <= max(MAX_SHOWN, 0)
    assert kept <= min(2, len(telling) / 3)
