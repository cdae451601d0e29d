"""Figures about nobody: whatever the rows, each is of a crowd, and none is made twice."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from governance.policy.anonymity import (
    AT_LEAST,
    Counted,
    Grain,
    figures,
    is_anonymous,
    portions,
)

rows = st.lists(
    st.builds(
        Counted,
        row=st.uuids(version=4),
        subject=st.integers(1, 30).map(lambda number: UUID(int=number)),
        day=st.dates(date(2012, 1, 1), date(2015, 12, 31)),
        words=st.tuples(st.sampled_from("abc")),
        sums=st.tuples(st.decimals(0, 1000, places=2)),
    ),
    max_size=120,
    unique_by=lambda row: row.row,
)


def row(number: int, subject: int, day: date, amount: int = 10, word: str = "a") -> Counted:
    return Counted(UUID(int=number), UUID(int=subject), day, (word,), (Decimal(amount),))


@given(rows, st.integers(1, 9))
def test_every_figure_is_a_crowd_and_every_row_is_in_one_place(
    given_rows: list[Counted], smallest: int
) -> None:
    made, left = figures(given_rows, smallest=smallest)
    placed = [r.row for f in made for r in f.rows] + [r.row for r in left]
    assert sorted(placed) == sorted(r.row for r in given_rows)
    for figure in made:
        assert figure.people >= max(smallest, AT_LEAST)
        of_one = {
            subject: sum(r.sums[0] for r in figure.rows if r.subject == subject)
            for subject in {r.subject for r in figure.rows}
        }
        assert 2 * max(of_one.values()) <= figure.sums()[0] or not figure.sums()[0]


@given(rows)
def test_totals_are_those_of_the_rows(given_rows: list[Counted]) -> None:
    made, left = figures(given_rows, smallest=5)
    told = sum((f.sums()[0] for f in made), Decimal())
    assert told + sum((r.sums[0] for r in left), Decimal()) == sum(
        (r.sums[0] for r in given_rows), Decimal()
    )


@given(rows, st.integers(1, 40))
def test_portions_of_a_figure_are_figures_and_no_row_is_lost(
    given_rows: list[Counted], most: int
) -> None:
    for figure in figures(given_rows, smallest=5)[0]:
        parts = portions(figure, most=most, smallest=5)
        assert sorted(r.row for p in parts for r in p.rows) == sorted(r.row for r in figure.rows)
        assert all(is_anonymous(part.rows, smallest=5) for part in parts)


def test_the_finest_time_that_hides_everybody_is_told() -> None:
    day = date(2014, 2, 28)
    made, left = figures([row(n, n, day) for n in range(5)], smallest=5)
    assert [(f.grain, f.start, f.words) for f in made] == [(Grain.MONTH, date(2014, 2, 1), ("a",))]
    assert left == []
    spread = [row(n, n, date(2014, 1 + n % 3, 5)) for n in range(5)]
    assert [f.grain for f in figures(spread, smallest=5)[0]] == [Grain.QUARTER]
    words = [row(n, n, day, word="abcde"[n]) for n in range(5)]
    assert [(f.grain, f.words) for f in figures(words, smallest=5)[0]] == [(Grain.YEAR, ())]


def test_fewer_than_five_are_in_none_whatever_the_register_says() -> None:
    assert figures([row(n, n, date(2014, 2, 28)) for n in range(4)], smallest=1)[0] == []
    same = [row(n, 1, date(2014, 2, 28)) for n in range(50)]
    assert figures(same, smallest=5)[0] == [], "fifty rows of one person"
