"""Real purchases, and an oracle in plain SQL that says of each row on which day it must be gone."""

from collections import Counter
from datetime import date
from typing import Any

import psycopg

from governance.crypto import keystore
from retention.models import RetentionRun
from tests.builders import a_company
from tests.databases import Run
from tests.realdata import needs_real_data
from tests.retention.purchased import Shop, a_shop, purchases
from tests.retention.scenes import preview, swept, told

ONE_IN, ONE_IN_LONG = 100, 1  # of 23,570 customers with 69,659 purchases
DAYS = (
    date(1998, 6, 30),
    date(1998, 12, 31),
    date(1999, 1, 2),  # two years after the first day of the file have been over for a day
    date(1999, 2, 28),
    date(1999, 3, 15),
    date(1999, 6, 30),
    date(2007, 12, 31),
    date(2008, 1, 1),
    date(2008, 12, 31),
    date(2009, 1, 1),
)
RUNS = (date(1999, 2, 28), date(2008, 1, 1))
# Thousands lose their keys in one run; the second approval they would need has tests of its own.
MANY = "UPDATE crypto_rule SET bulk_from = 1000000"
OUTCOMES = {("due", "period_over"): True, ("kept", "period_running"): False}


@needs_real_data
def test_the_preview_is_what_plain_sql_says_and_the_run_leaves_the_rest(
    fresh_database: None, superuser: psycopg.Connection[Any], is_long: bool
) -> None:
    with Run.current.server.connect(Run.current.names.keys) as keys:
        keys.execute(MANY)
    bought = purchases(one_in=ONE_IN_LONG if is_long else ONE_IN)
    shop = a_shop(a_company(), bought, superuser)
    assert shop.there() == shop.must_stay(date.min), "not everything was brought in"
    for day in DAYS:
        assert counted(preview(shop.company, today=day)) == shop.must_go(day), day
    for day in RUNS:
        before = shop.there()
        run = swept(shop.company, today=day)
        assert shop.there() == shop.must_stay(day), day
        assert run.rows_erased == len(before - shop.there()) > 0, "nothing went to prove anything"
        assert (run.rows_set_aside, run.preview["parts_to_erase"]) == (0, 0)
        assert preview(shop.company, today=day).preview["to_erase"] == 0, "a second run has work"
        check_keys(shop)


def counted(run: RetentionRun) -> Counter[tuple[str, bool]]:
    """The lines of a preview by table and whether the rows are due; other outcomes are refused."""
    found = Counter[tuple[str, bool]]()
    for table, outcome, reason, number in told(run):
        found[table, OUTCOMES[outcome, reason]] += number
    return found


def check_keys(shop: Shop) -> None:
    """Keys of everyday data live where a contact does, those of documents where one does."""
    there, orders = (
        shop.there(),
        shop.superuser.execute("SELECT DISTINCT subject_id FROM crm_order"),
    )
    named = {key for table, key in there if table == "crm_contact"}
    billed = {subject for (subject,) in orders}
    for subject in shop.subjects.values():
        living = keystore.surviving_scopes(shop.company.controller.pk, subject)
        assert ("ordinary" in living) is (str(subject) in named)
        assert ("fiscal" in living) is (subject in billed or str(subject) in named)
