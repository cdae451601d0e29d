"""What one call costs in statements: a promise that no load changes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections

from governance.policy.categories import Category
from registry import activities
from registry.gate import deciding
from tests.api.world import World, days_ago

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

NESTING = ("SAVEPOINT", "RELEASE SAVEPOINT")  # of the test, which is one transaction itself


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count the statements that reach each database."""
    found: Counter[str] = Counter()

    def counting(alias: str) -> Any:
        def ask(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if not sql.startswith(NESTING):
                found[alias] += 1
            return execute(sql, params, many, context)

        return ask

    with ExitStack() as stack:
        for alias in ("default", "keys"):
            stack.enter_context(connections[alias].execute_wrapper(counting(alias)))
        yield found


@contextmanager
def warm(world: World, path: str) -> Iterator[Counter[str]]:
    """Count after a first call, with which a process learns what the register says."""
    assert world.call("GET", path).status == 200
    with counted() as found:
        yield found


def test_a_contact_is_read_by_eight_statements_and_one_of_the_keystore(
    world: World, anna: UUID
) -> None:
    """Token, gate, activity, facts, contact, points, entry, gate; the keys with the names."""
    with warm(world, f"contacts/{anna}/") as found:
        assert world.call("GET", f"contacts/{anna}/").status == 200
    assert found == {"default": 8, "keys": 1}


def test_a_list_costs_the_same_whoever_is_on_it(world: World, anna: UUID) -> None:
    with warm(world, "contacts/") as of_one:
        assert len(world.call("GET", "contacts/").body["items"]) == 1
    for number in range(6):
        world.person(given=f"Ugo{number}", family="Verdi", orders=[days_ago(5)])
    with warm(world, "contacts/") as of_many:
        assert len(world.call("GET", "contacts/").body["items"]) == 7
    assert of_many == of_one
    assert of_one["keys"] == 1


def test_what_a_version_says_is_read_once_and_its_end_is_seen_at_once(
    world: World, anna: UUID
) -> None:
    path = f"contacts/{anna}/"
    with warm(world, path) as found:
        world.call("GET", path)
    known = activities._terms.cache_info().misses
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_activityversion SET state = 'retired', active_to = %s"
            " WHERE controller_id = %s AND state = 'approved'",
            [days_ago(1), world.company.controller.pk],
        )
    answer = world.call("GET", path)
    assert (answer.status, answer.code) == (403, "no_active_activity")
    assert activities._terms.cache_info().misses == known
    assert found["default"] == 8


def test_a_statement_that_was_written_once_holds_no_value_of_a_call(
    world: World, anna: UUID
) -> None:
    world.call("GET", f"contacts/{anna}/")
    assert deciding._statement_about_one.cache_info().currsize > 0
    other = world.person(given="Zoe", family="Blu", orders=[days_ago(5)])
    assert world.call("GET", f"contacts/{other}/").body["given_name"] == "Zoe"
    assert world.call("GET", f"contacts/{anna}/").body["given_name"] != "Zoe"


def test_a_category_that_was_withheld_from_one_access_is_not_from_the_next(
    world: World, anna: UUID
) -> None:
    names = str(Category.NAME)
    for purpose in ("order_management", "customer_care", "order_management"):
        body = world.call("GET", f"contacts/{anna}/", purpose=purpose).body
        assert ("given_name" in body) == (names not in body.get("_withheld", [names]))
