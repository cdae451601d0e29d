"""Normal forms: one identifier, one string; two identifiers, two strings."""

import csv
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from governance.crypto import normalise

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def test_the_version_is_part_of_stored_indexes() -> None:
    assert normalise.VERSION == 1


# E-mail


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Mario.Rossi@Example.COM ", "mario.rossi@example.com"),
        ("ann+news@example.it", "ann+news@example.it"),
        ("a.n.n@example.it", "a.n.n@example.it"),
        ("ｍａｒｉｏ＠ｅｘａｍｐｌｅ．ｉｔ", "mario@example.it"),
        ("\ufeffmario@example.it\u200b", "mario@example.it"),
        ("mario@example.it.", "mario@example.it"),
        ("MARIO@BÜCHER.example", "mario@xn--bcher-kva.example"),
        ("mario@xn--bcher-kva.example", "mario@xn--bcher-kva.example"),
        ("mario@straße.example", "mario@xn--strae-oqa.example"),
        ("m@例え。jp", "m@xn--r8jz45g.jp"),
        ("Παράδειγμα@δοκιμή.gr", "παράδειγμα@xn--jxalpdlp.gr"),
        ("m@ab--cd.example", "m@ab--cd.example"),
        ("m@mail_host.example", "m@mail_host.example"),
        ("m@localhost", "m@localhost"),
        ("a" * 64 + "@example.it", "a" * 64 + "@example.it"),
        (
            "a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 61,
            "a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 61,
        ),  # 254 octets
    ],
)
def test_email(text: str, expected: str) -> None:
    assert normalise.email(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "   ", "mario", "@example.it", "mario@", "mario@@example.it", "ma rio@example.it",
     "Mario <mario@example.it>", "mailto:mario@example.it", "a@example.it,b@example.it",
     "mario@example..it", "mario@-example.it", "mario@[192.0.2.1]", "mario@exa mple.it",
     "mario@" + "a" * 64 + ".it", "a" * 65 + "@example.it", "m@" + "a.ab" * 63 + ".it",
     "a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 62,
     "\x00m@example.it\x00@"],
)  # fmt: skip
def test_what_is_no_email(text: str) -> None:
    assert normalise.email(text) is None


def test_ann_is_not_joann() -> None:
    assert normalise.email("ann@x.example") != normalise.email("joann@x.example")


local_parts = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789.+-_'", min_size=1, max_size=20)
domains = st.from_regex(r"[a-zA-Z0-9]{1,10}(\.[a-zA-Z0-9]{1,10}){1,3}", fullmatch=True)


@given(local_parts, domains)
def test_email_ignores_case_and_surrounding_space(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    assert normalise.email(address) == address.lower()
    assert normalise.email(f"\t{address.upper()}\u00a0") == normalise.email(address)


@given(st.text(max_size=40) | st.builds("{}@{}".format, st.text(max_size=10), st.text(max_size=10)))
def test_email_is_idempotent_on_any_text(text: str) -> None:
    once = normalise.email(text)
    assert once is None or normalise.email(once) == once


@given(local_parts, local_parts)
def test_different_local_parts_stay_different(one: str, other: str) -> None:
    assume(one.lower() != other.lower())
    assert normalise.email(f"{one}@x.example") != normalise.email(f"{other}@x.example")


# Telephone


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("333 1234567", "+393331234567"),
        ("+39 333 123 4567", "+393331234567"),
        ("0039-333-1234567", "+393331234567"),
        ("tel:+39-333-1234567", "+393331234567"),
        ("\u202a+39 333 1234567\u202c", "+393331234567"),
        ("06 1234567", "+39061234567"),  # the zero belongs to Italian numbers
        ("(02) 1234-5678", "+390212345678"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+390612345 int. 12", "+390612345"),
        ("٠٦ ١٢٣٤٥٦٧", "+39061234567"),
    ],
)
def test_phone(text: str, expected: str) -> None:
    assert normalise.phone(text) == expected


@pytest.mark.parametrize("text", ["", "12", "n/a", "+", "+1 2530000", "+999 1234567", "3" * 300])
def test_what_is_no_phone(text: str) -> None:
    assert normalise.phone(text) is None


def test_phone_reads_national_notation_of_the_region_given() -> None:
    assert normalise.phone("030 123456", "DE") == "+4930123456"
    assert normalise.phone("030 123456", "IT") == "+39030123456"


@given(st.integers(300_000_000, 3_999_999_999))
def test_phone_is_idempotent_and_ignores_spaces(national: int) -> None:
    digits = str(national)
    once = normalise.phone(digits)
    assert once == f"+39{digits}"
    assert normalise.phone(f"+39{digits}") == once
    assert normalise.phone(" ".join(digits)) == once


@given(st.text("0123456789+-() ./", max_size=20))
def test_phone_is_idempotent_on_anything_like_a_number(text: str) -> None:
    once = normalise.phone(text)
    assert once is None or normalise.phone(once) == once


def test_every_range_of_italian_numbers_is_possible() -> None:
    ranges = SHARED / "identifiers" / "libphonenumber_39" / "ranges.csv"
    if not ranges.exists():
        pytest.skip("the numbering plan is not part of this repository")
    with ranges.open() as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file, delimiter=";")]
    kinds = {"FIXED_LINE", "MOBILE"}
    ranged = [(row[0], row[1]) for row in rows if len(row) > 2 and row[2] in kinds]
    numbers = [_longest(prefix, lengths) for prefix, lengths in ranged if prefix.isdigit()]
    assert len(numbers) > 200
    assert [n for n in numbers if normalise.phone(n) != f"+39{n}"] == []


def _longest(prefix: str, lengths: str) -> str:
    """A number of the longest length of a range; lengths are written "6-9" or "10,11"."""
    longest = int(lengths.replace("-", ",").split(",")[-1])
    return prefix + "1" * (longest - len(prefix))


# Fiscal code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RSSMRA85T10A562S", "RSSMRA85T10A562S"),
        (" rss mra 85t10 a562s ", "RSSMRA85T10A562S"),
        ("RSSMRA85T10A56NH", "RSSMRA85T10A56NH"),  # omocodic: another person
        ("RSSMRAURTMLARSNS", "RSSMRAURTMLARSNS"),
        ("RSSMRA85T10A562X", "RSSMRA85T10A562X"),  # the check character is not looked at
        ("ＲＳＳＭＲＡ８５Ｔ１０Ａ５６２Ｓ", "RSSMRA85T10A562S"),
        ("123 456 78901", "12345678901"),
    ],
)
def test_fiscal_code(text: str, expected: str) -> None:
    assert normalise.fiscal_code(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "RSSMRA85T10A562", "RSSMRA85T10A562SS", "RSSMRA85G10A562S", "RSSMRA8AT10A562S",
     "1SSMRA85T10A562S", "1234567890", "RSSMRA85T10A562ß", "RSSMRA85T10A562\u0131"],
)  # fmt: skip
def test_what_is_no_fiscal_code(text: str) -> None:
    assert normalise.fiscal_code(text) is None


@given(
    st.from_regex(
        r"[A-Za-z]{6}[0-9]{2}[a-ehlmprstA-EHLMPRST][0-9]{2}[A-Za-z][0-9]{3}[A-Za-z]",
        fullmatch=True,
    )
)
def test_fiscal_code_is_idempotent_and_ignores_case_and_spaces(text: str) -> None:
    assert text.isascii()
    assert normalise.fiscal_code(text) == text.upper()
    assert normalise.fiscal_code(" ".join(text.lower())) == text.upper()


# Names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mario Rossi", ("mario", "rossi")),
        ("D'Angelo", ("dangelo", "angelo")),
        ("D’ANGELO", ("dangelo", "angelo")),
        ("D´Angelo", ("dangelo", "angelo")),
        ("D' Angelo Mario", ("dangelo", "angelo", "mario")),
        ("Dell' Acqua", ("dellacqua", "acqua")),
        ("NICCOLO' Cantù", ("niccolo", "cantu")),
        ("Cantu' Mario", ("cantu", "mario")),
        ("O`Brien", ("obrien", "brien")),
        ("Anna-Maria", ("anna", "maria")),
        ("Rossi, Mario (jr. 2)", ("rossi", "mario", "jr")),
        ("Mario Mario", ("mario",)),
        ("Łukasz Øster Weiß", ("lukasz", "oster", "weiss")),
        ("Ngô Đình Çağlar Işık", ("ngo", "dinh", "caglar", "isik")),
        ("Иван Ёлкин", ("иван", "елкин")),
        ("ΓΙΏΡΓΟΣ", ("γιωργοσ",)),
        ("王伟", ("王伟",)),
        ("이순신", ("이순신",)),
        ("が か", ("が", "か")),
        ("مُحَمَّد", ("محمد",)),
        ("מֹשֶׁה", ("משה",)),
        ("मोहन कृष्ण", ("मोहन", "कृष्ण")),
        ("Ma\u00adrio\u200d", ("mario",)),
        ("O\u0338ster", ("oster",)),  # the stroke as a sign of its own
        ("", ()),
        ("' - 42 '", ()),
    ],
)
def test_name_words(text: str, words: tuple[str, ...]) -> None:
    assert normalise.name_words(text) == words


def test_decomposed_and_composed_accents_are_one() -> None:
    assert normalise.name_words("Jose\u0301") == normalise.name_words("Jos\u00e9") == ("jose",)


def test_name_tokens_are_words_and_prefixes_of_three_letters_and_more() -> None:
    assert normalise.name_tokens("Li D'Angelo") == {
        "li", "dangelo", "dan", "dang", "dange", "dangel", "angelo", "ang", "ange", "angel",
    }  # fmt: skip


def test_ann_finds_anna_and_not_joann() -> None:
    assert "ann" in normalise.name_tokens("Anna")
    assert "ann" not in normalise.name_tokens("Joann")


def test_prefixes_of_a_hostile_name_are_bounded() -> None:
    tokens = normalise.name_tokens("a" * 50_000)
    assert len(tokens) == 31
    assert max(len(t) for t in tokens if len(t) < 50_000) == 32


@given(st.text(max_size=60))
def test_words_of_words_are_the_same_words(text: str) -> None:
    words = normalise.name_words(text)
    assert normalise.name_words(" ".join(words)) == words


@given(st.text("abcdefghijklmnopqrstuvwxyzàèéìòùçñüößøł' -", max_size=40))
def test_name_words_ignore_case(text: str) -> None:
    assert normalise.name_words(text.upper()) == normalise.name_words(text)


@given(st.text(max_size=60))
def test_tokens_hold_every_word_and_only_their_beginnings(text: str) -> None:
    words, tokens = normalise.name_words(text), normalise.name_tokens(text)
    assert set(words) <= tokens
    assert all(any(word.startswith(token) for word in words) for token in tokens)
    assert all(len(token) >= 3 or token in words for token in tokens)
