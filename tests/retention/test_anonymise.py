"""Rows counted into figures about nobody at the end of their period, and what is in none."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from django.db.models import Sum

from crm import operations as crm
from crm.models import Order, OrderLine
from governance.policy.vocabulary import Duty, RecordClass, Role
from registry.gate import opening as gate
from registry.models import ActivityVersion, OutboxLine
from retention import operations
from retention.models import AnonymousFigure
from tests.builders import NOW, Company, a_company, amend
from tests.databases import Run
from tests.retention.scenes import (
    an_old_customer,
    approved,
    carried_out,
    freeze,
    held,
    preview,
    swept,
)

# Many lose their keys in one run; the second approval they would need has tests of its own.
MANY = "UPDATE crypto_rule SET bulk_from = 1000000"
MARCH, MAY = date(2014, 3, 10), date(2014, 5, 20)


@pytest.fixture
def company(fresh_database: None) -> Company:
    """Committed: the log is signed while a run waits for it."""
    company = a_company()
    for purpose in ("order_management", "accounting"):
        amend(company, purpose, counted)
    return company


def counted(draft: ActivityVersion) -> None:
    """Orders are counted at the end of their ten years."""
    rules = draft.retention_rules.filter(record_class=RecordClass.FISCAL_RECORD)
    assert rules.update(action="anonymise") == 1


def buyers(company: Company, *names: str, on: date = MARCH) -> list[UUID]:
    return [an_old_customer(company, name, orders=[on]) for name in names]


def sums(company: Company) -> dict[int, Decimal]:
    """What was sold by year: of the orders that are held, and of figures."""
    found: dict[int, Decimal] = defaultdict(Decimal)
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW):
        for year, total in Order._base_manager.values_list("ordered_on__year").annotate(
            Sum("total")
        ):
            found[year] += total
    figures = AnonymousFigure.objects.filter(controller=company.controller, table="crm_order")
    for figure in figures.filter(start__isnull=False):
        found[figure.start.year] += Decimal(figure.sums["total"])
    return dict(found)


def figures(company: Company, table: str = "crm_order") -> set[tuple[str, date | None, int, int]]:
    found = AnonymousFigure.objects.filter(controller=company.controller, table=table)
    return {(f.grain, f.start, f.rows, f.people) for f in found}


def test_five_buyers_of_a_month_become_a_figure_and_are_gone(company: Company) -> None:
    people = buyers(company, "Uno", "Due", "Tre", "Quattro", "Cinque")
    before = sums(company)
    assert preview(company).preview["to_anonymise"] == 10, "five orders with a line each"
    run = swept(company)
    assert figures(company) == {("month", date(2014, 3, 1), 5, 5)}
    assert figures(company, "crm_orderline") == {("month", date(2014, 3, 1), 5, 5)}
    assert run.result["anonymised"] == 10
    assert sums(company) == before == {2014: 5 * Decimal("39.90")}
    for subject in people:
        assert "crm_order" not in held(company, subject)
    told = {
        str(row) for line in OutboxLine.objects.filter(kind="swept") for row in line.body["rows"]
    }
    assert len(told) >= 10, "a restore takes them out again"


def test_fewer_than_five_are_in_no_figure_and_go_all_the_same(company: Company) -> None:
    people = buyers(company, "Uno", "Due", "Tre", "Quattro")
    run = swept(company)
    assert figures(company) == set()
    assert run.result.get("anonymised", 0) == 0
    for subject in people:
        assert "crm_order" not in held(company, subject), "its time is over"


def test_few_of_a_month_are_counted_with_the_quarter_or_the_year(company: Company) -> None:
    buyers(company, "Uno", "Due", "Tre", on=date(2014, 4, 2))
    buyers(company, "Quattro", "Cinque", on=MAY)
    buyers(company, "Sei", "Sette", on=date(2013, 1, 7))
    buyers(company, "Otto", "Nove", "Dieci", on=date(2013, 11, 30))
    swept(company)
    assert figures(company) == {
        ("quarter", date(2014, 4, 1), 5, 5),
        ("year", date(2013, 1, 1), 5, 5),
    }


def test_who_makes_up_most_of_a_sum_is_not_hidden_among_four_others(company: Company) -> None:
    people = buyers(company, "Uno", "Due", "Tre", "Quattro", "Grande")
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=people[-1], reference=people[-1], now=NOW
    ) as access:
        crm.place_order(
            access, subject=people[-1], number="Grande-9", ordered_on=MARCH,
            lines=[crm.Line("Impianto", Decimal(1), Decimal(99000))], billing={},
        )  # fmt: skip
    swept(company)
    assert figures(company) == set()
    assert sums(company) == {}


def test_who_is_held_is_not_counted_and_four_others_are_no_crowd(company: Company) -> None:
    people = buyers(company, "Uno", "Due", "Tre", "Quattro", "Ferma")
    freeze(company, people[-1], "hold")
    swept(company)
    assert figures(company) == set()
    assert held(company, people[-1])["crm_order"] == 1


def test_what_is_written_between_preview_and_run_is_decided_anew(company: Company) -> None:
    people = buyers(company, "Uno", "Due", "Tre", "Quattro", "Cinque", "Sei")
    run = approved(company)
    freeze(company, people[0], "restriction")
    assert carried_out(run).state == "done"
    assert figures(company) == {("month", date(2014, 3, 1), 5, 5)}
    assert held(company, people[0])["crm_order"] == 1


def test_a_figure_is_never_added_to(company: Company) -> None:
    buyers(company, "Uno", "Due", "Tre", "Quattro", "Cinque")
    swept(company)
    before = set(AnonymousFigure.objects.values_list("pk", "rows"))
    buyers(company, "Sei")
    swept(company)
    assert set(AnonymousFigure.objects.values_list("pk", "rows")) == before
    buyers(company, *(f"Poi{n}" for n in range(5)))
    swept(company)
    assert set(AnonymousFigure.objects.values_list("pk", "rows")) > before


def test_a_run_that_stops_counts_nothing_twice(company: Company) -> None:
    buyers(company, *(f"A{n}" for n in range(6)))
    buyers(company, *(f"B{n}" for n in range(7)), on=MAY)
    before = sums(company)
    run = approved(company)
    states = [operations.carry_out(run.pk, now=NOW, max_batches=1).state for _ in range(3)]
    assert "running" in states
    assert carried_out(run).state == "done"
    assert sums(company) == before
    assert figures(company) == {
        ("month", date(2014, 3, 1), 6, 6),
        ("month", date(2014, 5, 1), 7, 7),
    }


def test_a_release_takes_no_more_people_than_were_approved(company: Company) -> None:
    buyers(company, *(f"A{n}" for n in range(8)))
    run = approved(company, most_people=6)
    carried_out(run)
    run.refresh_from_db()
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW):
        assert Order._base_manager.count() == 2
        assert OrderLine._base_manager.count() == 2
    assert run.result["released"] == 6


def test_figures_tell_nobody_apart_and_the_totals_are_right(company: Company) -> None:
    with Run.current.server.connect(Run.current.names.keys) as keys:
        keys.execute(MANY)
    seed = Random(2016)
    for number in range(40):
        day = date(2013 + seed.randrange(3), 1 + seed.randrange(12), 1 + seed.randrange(28))
        buyers(company, f"Chi{number}", on=day)
    before = sums(company)
    run = swept(company)
    made = AnonymousFigure.objects.filter(controller=company.controller, table="crm_order")
    assert min(f.people for f in made) >= 5
    told = sum(f.rows for f in made)
    assert not [f for f in made if f.people == 1], "somebody is alone"
    lost = 40 - told
    known = sum(Decimal(f.sums["total"]) for f in made)
    assert known + lost * Decimal("39.90") == sum(before.values())
    assert run.result["anonymised"] == told + sum(
        f.rows for f in AnonymousFigure.objects.filter(table="crm_orderline")
    )
