"""Twenty years of clock travel: what the product destroys is what a naive reading of rules says."""

from collections import Counter
from datetime import date
from random import Random, randrange

from retention.rules import RuleBook
from retention.schedule import Decided, Tally, decide_person
from tests.retention.travelling import Field, World, a_world

WORLDS, WORLDS_LONG = 200, 10_000


def said(decided: list[Decided]) -> set[Field]:
    """What the decision lets be destroyed, field by field."""
    whole = {(one.row.id, "") for one in decided if one.goes}
    return whole | {(one.row.id, part) for one in decided if not one.goes for part in one.loses}


def travel(world: World, chance: Random) -> Counter[str]:
    """Sweep on each day worth it; early and late are counted as the naive reading sees them."""
    book, seen = world.book(), Counter[str]()
    for day in world.days(chance):
        ours = sweep(world, book, day)
        seen["days"] += 1
        seen["destroyed"] += len(ours)
        seen["parts"] += sum(1 for _row, part in ours if part)
    return seen


def sweep(world: World, book: RuleBook, day: date) -> set[Field]:
    decided = decide_person(world.person(day), book, today=day)
    ours, wanted = said(decided), world.to_go(day)
    assert ours - wanted == set(), f"destroyed early on {day}"
    assert wanted - ours == set(), f"alive too late on {day}"
    preview = Tally()
    preview.add(decided)
    told = preview.to_json()
    assert told["to_erase"] == sum(1 for _row, part in ours if not part)
    assert told["parts_to_erase"] == sum(1 for _row, part in ours if part)
    world.gone |= ours
    again = decide_person(world.person(day), book, today=day)
    assert said(again) == set(), f"a second run on {day} changes something"
    return ours


def test_nothing_goes_early_and_nothing_stays_late(is_long: bool) -> None:
    seed = randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it where the test fails
    seen = Counter[str]()
    for number in range(WORLDS_LONG if is_long else WORLDS):
        chance = Random(f"{seed}/{number}")

        seen += travel(a_world(chance), chance)
    worlds = WORLDS_LONG if is_long else WORLDS
    assert seen["destroyed"] > worlds // 2, "too little was destroyed to prove anything"
    assert seen["parts"] > worlds // 60, "too few parts went to prove anything"
