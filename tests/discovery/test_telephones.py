"""libphonenumber is asked less often, and what it says is what it would have said."""

import random
from collections.abc import Iterator

import pytest
from phonenumbers import PhoneNumberMatcher

from registry.discovery import gate, telephones

BEFORE = ("tel ", "n. ", "call ", "(", "", "x", "€", "% ", "- ", "fax:", "/")
AFTER = (
    "", " ext 12", " x123", " oggi", ".", ",5 euro", " 12/05/2021", "a", " int 4", " - 3#", ", e poi",
    ";ext=4", " h 12:30", ":30", "%", " €", "-", "/b", " / 5",
)  # fmt: skip
BEGINNINGS = (
    "3",
    "0",
    "07",
    "02",
    "06",
    "44",
    "39",
    "00",
    "0039",
    "0044",
    "011",
    "1",
    "8",
    "800",
    "212",
)


def written(chance: random.Random) -> str:
    """Write digits as people do, and as they do not."""
    digits = "".join(
        chance.choices("0123456789", k=chance.choice([6, 7, 8, 9, 10, 11, 12, 14, 20]))
    )
    if chance.random() < 0.6:
        digits = chance.choice(BEGINNINGS) + digits[2:]
    rare = chance.choice([0.0, 0.1, 0.3])
    return "".join(
        digit
        + (chance.choice((" ", "-", ".", "/", " (", ") ", " - ")) if chance.random() < rare else "")
        for digit in digits
    )


def asked_about_everything(text: str) -> Iterator[tuple[int, int]]:
    for hit in telephones._NUMBER.pattern.finditer(text):
        start, end = hit.span()
        first = max(0, start - 1)
        for region in telephones._regions(text[start:end]):
            for match in PhoneNumberMatcher(text[first : end + telephones._EXTENSION], region):
                yield first + match.start, first + match.end


def test_what_is_passed_over_is_no_number(is_long: bool) -> None:
    chance, numbers, plain = random.Random(3), 0, 0
    for _ in range(20_000 if is_long else 1_200):
        text = chance.choice(BEFORE) + written(chance) + chance.choice(AFTER)
        wanted = set(asked_about_everything(text))
        found = {
            (m.start, m.end) for m in telephones.find(text, gate.ANYTHING, beside=())
            if m.score != telephones._CALLED
        }  # fmt: skip

        assert found <= wanted, text
        # Where one region has the whole stretch, the others are not asked about its parts.
        for start, end in wanted - found:
            assert any(a <= start and end <= b for a, b in found), text
        numbers += len(wanted)
        plain += any(
            telephones._is_plain(text[max(0, h.start() - 1) : h.end() + 8], h.group())
            for h in telephones._NUMBER.pattern.finditer(text)
        )
    assert numbers > 100
    assert plain > 5


@pytest.mark.parametrize(
    ("written_as", "region", "may"),
    [
        ("347 1234567", "IT", True), ("12/03/2024", "GB", False), ("198.51.100.23", "IT", False),
        ("+41 44 668 18 00", "IT", True), ("0041446681800", "GB", True), ("(204) 555-0187", "US", True),
        ("1115796283377", "US", True), ("20240117", "US", False),
    ],
)  # fmt: skip
def test_a_stretch_of_digits_may_be_a_number_of_a_region(
    written_as: str, region: str, may: bool
) -> None:
    assert telephones.may_hold(written_as, region) is may
