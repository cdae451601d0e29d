"""Likeness is explained, symmetric, and below the threshold for a household."""

from datetime import date

import pytest

from governance.policy.matching import THRESHOLD, Card, Likeness, Reason, compare

ANNA = Card(
    ("anna", "bianchi"),
    emails=frozenset({"anna.bianchi@example.it"}),
    births=frozenset({date(1980, 5, 1)}),
)


def like(one: Card, other: Card) -> Likeness:
    found = compare(one, other)
    assert compare(other, one) == found
    return found


@pytest.mark.parametrize(
    ("other", "score", "reasons"),
    [
        (Card(("anna", "bianchi"), emails=ANNA.emails), 65, ["same_email", "same_name"]),
        (Card(("bianchi", "anna"), births=ANNA.births), 65, ["transposed_name", "same_birth"]),
        (Card(("anna", "maria", "bianchi"), emails=ANNA.emails), 60, ["same_email", "longer_name"]),
        (Card(("anna", "biancchi"), births=ANNA.births), 60, ["similar_name", "same_birth"]),
        (Card(("ana", "bianchi"), emails=ANNA.emails), 5, ["same_email", "part_of_name"]),
        (Card(("anna", "bianchi")), 40, ["same_name"]),
        (Card(emails=ANNA.emails), 25, ["same_email"]),
        (
            Card(("anna", "bianchi"), emails=ANNA.emails, births=frozenset({date(2011, 1, 2)})),
            25,
            ["same_email", "same_name", "other_birth"],
        ),
    ],
)
def test_what_agrees_has_its_points_and_its_reason(
    other: Card, score: int, reasons: list[str]
) -> None:
    assert like(ANNA, other) == Likeness(score, tuple(Reason(r) for r in reasons))


def test_a_nickname_is_a_name() -> None:
    phone = frozenset({"+393331234567"})
    giuseppe = Card(("giuseppe", "russo"), phones=phone, births=frozenset({date(1970, 1, 1)}))
    beppe = Card(("beppe", "russo"), phones=phone, births=frozenset({date(1970, 1, 1)}))
    assert like(giuseppe, beppe) == Likeness(
        80, (Reason.SAME_PHONE, Reason.NICKNAME, Reason.SAME_BIRTH)
    )


def test_a_household_that_shares_everything_is_not_one_person() -> None:
    shared = {
        "emails": frozenset({"famiglia.verdi@example.it"}),
        "phones": frozenset({"+39055123456"}),
        "addresses": frozenset({"viadante5 50123"}),
    }
    spouses = like(Card(("marta", "verdi"), **shared), Card(("ugo", "verdi"), **shared))
    assert spouses.score == 35
    assert not spouses.is_worth_asking
    father_and_son = like(
        Card(("ugo", "verdi"), births=frozenset({date(1950, 1, 1)}), **shared),
        Card(("ugo", "verdi"), births=frozenset({date(1980, 1, 1)}), **shared),
    )
    assert father_and_son.score == 55 < THRESHOLD
    paolo_and_paola = like(Card(("paolo", "verdi"), **shared), Card(("paola", "verdi"), **shared))
    assert not paolo_and_paola.is_worth_asking


def test_a_code_outweighs_a_changed_surname_but_not_another_name() -> None:
    code = frozenset({"RSSMRA80A01H501U"})
    assert like(Card(("mara", "rossi"), code), Card(("mara", "neri"), code)).score == 70
    assert not like(Card(("mara", "rossi"), code), Card(("ugo", "neri"), code)).is_worth_asking
    other = frozenset({"RSSMRA80A41H501X"})
    assert like(Card(("mara", "rossi"), code), Card(("mara", "rossi"), other)).score == -50
