"""The clock against a calendar that is walked day by day, written without the code it checks."""

import random
from datetime import date, timedelta

from governance.policy.deadlines import (
    Extension,
    ExtensionGround,
    Pause,
    PauseGround,
    deadline,
)
from governance.policy.holidays import ITALY

CASES = 2000
ONE = timedelta(days=1)
# Easter Sundays as published, 2019 to 2035: no formula stands behind this side.
EASTERS = {
    2019: (4, 21), 2020: (4, 12), 2021: (4, 4), 2022: (4, 17), 2023: (4, 9), 2024: (3, 31),
    2025: (4, 20), 2026: (4, 5), 2027: (3, 28), 2028: (4, 16), 2029: (4, 1), 2030: (4, 21),
    2031: (4, 13), 2032: (3, 28), 2033: (4, 17), 2034: (4, 9), 2035: (3, 25),
}  # fmt: skip
FIXED = {
    (1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26),
}  # fmt: skip


def is_free(day: date) -> bool:
    easter = date(day.year, *EASTERS[day.year])
    return (
        day.strftime("%a") in {"Sat", "Sun"}
        or (day.month, day.day) in FIXED
        or day in {easter, easter + ONE}
        or ((day.month, day.day) == (10, 4) and day.year >= 2026)
    )


def months_on(start: date, months: int) -> date:
    """Walk day by day through so many ends of months; stop at the number, or at the last day."""
    day, left = start, months
    while left:
        day += ONE
        left -= day.day == 1
    while day.day < start.day and (day + ONE).day != 1:
        day += ONE
    return day


def moved(day: date) -> date:
    while is_free(day):
        day += ONE
    return day


def standing(pauses: list[Pause]) -> int:
    """Count each day once on which some answer was awaited."""
    days = set()
    for pause in pauses:
        day = pause.sent_on
        while pause.answered_on and day < pause.answered_on:
            days.add(day)
            day += ONE
    return len(days)


def test_two_thousand_generated_cases_agree_with_the_walk() -> None:
    chance = random.Random(1182_71)
    first, seen = date(2019, 1, 1), set()
    for number in range(CASES):
        received = first + timedelta(days=chance.randrange(365 * 15))
        pauses = []
        for _ in range(chance.choice((0, 0, 1, 2, 3))):
            sent = received + timedelta(days=chance.randrange(25))
            answer = sent + timedelta(days=chance.randrange(20))
            pauses.append(Pause(PauseGround.IDENTITY_DOUBT, sent, answer))
        extension = None
        if chance.random() < 0.5:
            extension = Extension(ExtensionGround.COMPLEXITY, "many", received)
        found = deadline(received, ITALY, pauses=pauses, extension=extension)
        stood = timedelta(days=standing(pauses))
        raw = months_on(received, 1) + stood
        case = (number, received, pauses, extension)
        assert (found.raw_on, found.due_on) == (raw, moved(raw)), case
        if extension:
            assert found.extended_on == moved(months_on(received, 3) + stood), case
            assert found.cautious_on <= found.extended_on, case
        assert found.internal_target_on < found.binding_on, case
        seen.add((raw != moved(raw), bool(pauses), bool(extension), months_on(received, 1).day != received.day))  # fmt: skip
    assert len(seen) == 16, "the cases leave a kind out"
