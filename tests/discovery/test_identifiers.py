"""Official numbers: check digits, context words, and columns of them."""

from collections.abc import Iterator
from itertools import islice
from random import Random
from string import ascii_uppercase, digits

import pytest
from faker import Faker
from stdnum.it import codicefiscale

from governance.policy.categories import Category
from registry.discovery import identifiers
from registry.discovery.identifier_table import IDENTIFIERS, PERSONAL, VAT_NUMBERS

EU = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
]
VALID = {
    "IT_FISCAL_CODE": "RSSMRA80A01H501U", "AT_VNR": "1237 010180", "BE_NN": "85.07.30-033 28",
    "BG_EGN": "7523169263", "HR_OIB": "33392005961", "CZ_RC": "710319/2745", "DK_CPR": "211062-5629",
    "EE_IK": "36805280109", "FI_HETU": "131052-308T", "FR_NIR": "2 95 10 99 126 111 93",
    "DE_IDNR": "36 574 261 809", "GR_AMKA": "01013099997", "IE_PPS": "6433435F",
    "LT_ASMENS": "33309240064", "LV_PK": "161175-19997", "NL_BSN": "1112.22.333",
    "PL_PESEL": "44051401359", "PT_NIF": "501964843", "RO_CNP": "1630615123457",
    "SI_EMSO": "0101006500006", "ES_DNI": "54362315-K", "ES_NIE": "X-2482300W",
    "SE_PERSONNUMMER": "880320-0016", "NO_FODSELSNUMMER": "151086 95088", "IS_KENNITALA": "450401-3150",
    "CH_AHV": "756.9217.0769.85", "GB_NHS": "943-476-5870", "GB_NINO": "AB 12 34 56 C",
    "US_SSN": "536-90-4399", "IT_VAT": "IT00743110157", "DE_VAT": "DE136695976", "ES_VAT": "ESB58378431",
    "FR_VAT": "FR40303265045", "NL_VAT": "NL004495445B01", "BE_VAT": "BE0428759497",
    "PT_VAT": "PT501964843", "PL_VAT": "PL8567346215", "GB_VAT": "GB980780684",
    "CH_VAT": "CHE-107.787.577 IVA", "AT_VAT": "ATU13585627", "GR_VAT": "EL094259216",
}  # fmt: skip


def test_every_member_state_has_its_numbers() -> None:
    with_person = {row.country for row in PERSONAL}
    with_vat = {row.country for row in VAT_NUMBERS}

    assert [c for c in EU if c not in with_vat] == []
    # python-stdnum verifies no personal number of these four.
    assert [c for c in EU if c not in with_person] == ["CY", "HU", "LU", "MT"]
    assert {"NO", "IS", "CH", "GB"} <= with_person & with_vat


def test_every_row_names_a_module_that_exists() -> None:
    assert [row.entity for row in IDENTIFIERS if row.module and not hasattr(
        identifiers._module(row.module), "is_valid")] == []  # fmt: skip


NOT_BY_LAST_DIGIT = {
    "DK_CPR",
    "GB_NINO",
    "US_SSN",
    "NL_VAT",
    "IS_KENNITALA",
}  # no check digit, or not there


def passes(entity: str, value: str) -> bool:
    return any(identifiers.is_valid(row, value) for row in IDENTIFIERS if row.entity == entity)


@pytest.mark.parametrize("entity", VALID)
def test_a_valid_number_passes(entity: str) -> None:
    assert passes(entity, VALID[entity])


@pytest.mark.parametrize("entity", sorted(set(VALID) - NOT_BY_LAST_DIGIT))
def test_with_another_last_digit_it_does_not(entity: str) -> None:
    value = VALID[entity]
    last = max(at for at, c in enumerate(value) if c.isdigit())
    changed = [
        value[:last] + str(d) + value[last + 1 :] for d in range(10) if str(d) != value[last]
    ]

    assert [other for other in changed if passes(entity, other)] == []


def codes() -> Iterator[str]:
    fake = Faker("it_IT")
    fake.seed_instance(20160427)
    for _ in range(300):
        yield fake.ssn()


def test_all_faker_fiscal_codes_are_found_in_any_case() -> None:
    for code in codes():
        for text in (f"cod. {code} ok", f"({code.lower()})"):
            assert [m.entity for m in identifiers.find(text)] == ["IT_FISCAL_CODE"]


def test_omocodia_is_accepted_by_its_own_check_letter() -> None:
    as_letters = {"0": "L", "1": "M", "2": "N", "3": "P", "4": "Q", "5": "R", "6": "S", "7": "T", "8": "U",
              "9": "V"}  # fmt: skip
    for code in codes():
        for at in (14, 13, 12, 10, 9, 7, 6):
            if not code[at].isdigit():
                continue
            body = code[:at] + as_letters[code[at]] + code[at + 1 : 15]
            omocode = body + codicefiscale.calc_check_digit(body)
            assert identifiers.recognise([omocode]) is not None
            wrong = body + ("A" if omocode[-1] != "A" else "B")
            assert identifiers.recognise([wrong]) is None
            break


def test_a_fiscal_code_whose_digits_are_all_letters_is_found() -> None:
    body = "RSSMRAULALMHRLM"  # RSSMRA80A01H501 with every digit replaced
    code = body + codicefiscale.calc_check_digit(body)

    assert [(m.entity, m.start, m.end) for m in identifiers.find(f"cf {code}")] == [
        ("IT_FISCAL_CODE", 3, 19)
    ]


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("il bsn è 111222333", "NL_BSN"),
        ("My pesel is 44051401359.", "PL_PESEL"),
        ("Partita IVA 01333550323", "IT_VAT"),
        ("cod. fiscale RSS MRA 80A01 H501U", "IT_FISCAL_CODE"),
        ("numéro fiscal 3023217600053", "FR_NIF"),
    ],
)
def test_numbers_in_context(text: str, entity: str) -> None:
    found = [(m.entity, m.score) for m in identifiers.find(text)]

    assert (entity, 1.0) in found


@pytest.mark.parametrize(
    "text",
    ["ordine 111222333", "lotto 44051401359", "protocollo 9434765870", "codice 01333550324",
     "RSSMRA80A01H501A", "AAAAAA - 00B11C333N", "XRSSMRA80A01H501U"],
)  # fmt: skip
def test_digits_without_context_and_wrong_check_letters_are_left_alone(text: str) -> None:
    assert list(identifiers.find(text)) == []


def test_a_column_needs_more_values_than_luck() -> None:
    few, many = ["111222333"], ["111222333", "123456782", "200000006", "300000009"]

    assert identifiers.recognise(few) is None
    hinted = identifiers.recognise(few, hints={"national_id"})
    assert hinted is not None
    assert hinted.identifier.kind == "national_id"
    valid = [v for v in many if identifiers.is_valid(
        next(r for r in IDENTIFIERS if r.entity == "NL_BSN"), v)]  # fmt: skip
    assert valid[0] == "111222333"


def test_health_numbers_are_health_data() -> None:
    assert [row.category for row in IDENTIFIERS if row.entity == "GB_NHS"] == [Category.HEALTH]


@pytest.mark.parametrize(
    ("value", "is_card"),
    [("4012 8888 8888 1881", True), ("4012-8888-8888-1882", False), ("378282246310005", True),
     ("0000000000000000", False), ("79927398713", False), ("9999999999999995", False)],
)  # fmt: skip
def test_card_numbers(value: str, is_card: bool) -> None:
    assert identifiers.is_card_number(value) is is_card


def omocodes(code: str) -> Iterator[str]:
    """Yield a code with one to seven of its digits replaced from the right, with the right check."""
    letters = dict(zip("0123456789", "LMNPQRSTUV", strict=True))
    body = code[:15]
    for at in (14, 13, 12, 10, 9, 7, 6):
        if body[at].isdigit():
            body = body[:at] + letters[body[at]] + body[at + 1 :]
            yield body + codicefiscale.calc_check_digit(body)


def fiscal_codes_in(text: str) -> list[str]:
    return [text[m.start : m.end] for m in identifiers.find(text) if m.entity == "IT_FISCAL_CODE"]


def test_all_valid_fiscal_codes_are_found(is_long: bool) -> None:
    fake = Faker("it_IT")
    fake.seed_instance(1605)
    codes = [fake.ssn() for _ in range(5_000 if is_long else 200)]
    written = [one for code in codes for one in (code, *omocodes(code))]

    missed = [one for one in written if fiscal_codes_in(f"il codice {one}, grazie") != [one]]

    assert missed == []


def strangers(rng: Random) -> Iterator[str]:
    """Yield in turn what is no fiscal code: random characters, plates, postcodes, dates, amounts."""
    while True:
        yield "".join(rng.choices(ascii_uppercase + digits, k=16))
        yield "".join(rng.choices(ascii_uppercase, k=6)) + "".join(rng.choices(digits, k=10))
        yield "".join(rng.choices(ascii_uppercase, k=2)) + f"{rng.randrange(1000):03d}XY"
        yield f"{rng.randrange(100000):05d}"
        yield f"{rng.randrange(1, 29):02d}/{rng.randrange(1, 13):02d}/{rng.randrange(1930, 2030)}"
        yield f"{rng.randrange(10**6)},{rng.randrange(100):02d}"


def test_nothing_else_is_called_a_fiscal_code(is_long: bool) -> None:
    rng = Random(2016679)
    values = islice(strangers(rng), 100_000 if is_long else 6_000)

    assert [value for value in values if fiscal_codes_in(f"rif. {value} del cliente")] == []


def test_a_code_of_the_right_shape_and_a_wrong_letter_is_none(is_long: bool) -> None:
    fake = Faker("it_IT")
    fake.seed_instance(679)
    called = []
    for _ in range(4_000 if is_long else 100):
        code = fake.ssn()
        wrong = (letter for letter in ascii_uppercase if letter != code[15])
        called += [code[:15] + w for w in wrong if fiscal_codes_in(f"cf {code[:15]}{w}")]

    assert called == []
