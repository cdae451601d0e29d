"""The fixtures that `tests/plugin.py` describes and registers."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from governance.embedded import valkey
from governance.embedded.children import wait_until_ready
from governance.embedded.state import StateFolder
from tests.databases import Run, run_key, superuser_connection


@pytest.fixture(scope="session")
def custode_run(request: pytest.FixtureRequest) -> Run:
    return request.config.stash[run_key]


@pytest.fixture(scope="session")
def django_db_setup(
    custode_run: Run, django_test_environment: None, django_db_blocker: Any
) -> Iterator[None]:
    """Make the databases of this process; Django neither makes nor empties any."""
    custode_run.wait()
    custode_run.make()
    yield
    with django_db_blocker.unblock():
        _close_connections()
    custode_run.drop()


@pytest.fixture
def fresh_database(
    request: pytest.FixtureRequest,
    custode_run: Run,
    django_db_setup: None,
    django_db_blocker: Any,
) -> Iterator[None]:
    if "db" in request.fixturenames:
        pytest.fail("fresh_database and db exclude each other: one commits, one rolls back")
    with django_db_blocker.unblock():
        yield
        _close_connections()
    custode_run.make()


@pytest.fixture(autouse=True)
def _django_db_marker(request: pytest.FixtureRequest) -> None:
    """Take the place of pytest-django's: fresh_database wins over a mark of the whole module."""
    is_fresh = "fresh_database" in request.fixturenames
    if request.node.get_closest_marker("django_db") and not is_fresh:
        request.getfixturevalue("_django_db_helper")


@pytest.fixture
def superuser(django_db_setup: None) -> Iterator[psycopg.Connection[Any]]:
    with superuser_connection() as connection:
        yield connection


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    if given := os.environ[Run.BROKER]:
        yield given
        return
    state = StateFolder(Path(tempfile.mkdtemp(prefix="custode-broker-")))
    state.ensure()
    broker = state.broker()
    child = broker.launch(lambda _line: None)
    try:
        wait_until_ready(child, broker.is_ready, patience=30)
        yield valkey.broker_url(state.run)
    finally:
        child.stop()
        state.remove()


@pytest.fixture(scope="session")
def is_long(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--long"))


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()
