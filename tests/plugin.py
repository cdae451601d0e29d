"""Loaded with `-p tests.plugin`, before pytest-django reads the settings.

What tests get from it (`tests/fixtures.py`):

- `db` (or the mark `django_db`): the aliases `default` and `keys`, rolled back after the test.
- `fresh_database`: every alias, real commits, other connections and processes; the databases
  are copied anew from the template after the test. It wins over a mark of the whole module.
- `superuser`: a connection to the main database past every rule, for tests of tampering.
- `broker_url`: a real message broker: CELERY_BROKER_URL if it was set, else our own Valkey.
- `is_long`: whether this run is a campaign (`--long`), in which a skipped test is a failure.

The server starts when the first test asks for a database, and at once under xdist, where the
workers collect meanwhile.
"""

import os
from collections.abc import Generator
from typing import Any

import hypothesis
import pytest

from tests import databases, fixtures
from tests.databases import run_key

ALIASES = ["default", "keys"]
_FLUSHING = frozenset(
    {
        "transactional_db",
        "live_server",
        "django_db_reset_sequences",
        "django_db_serialized_rollback",
    }
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long", action="store_true", help="run campaigns in full; a skipped test is a failure"
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, Any, Any]:
    run = databases.Run(worker=os.environ.get("PYTEST_XDIST_WORKER"))
    early_config.stash[run_key] = run
    os.environ.update(run.variables())
    # Hundreds of processes are started: without it each would compile Django again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "broker: needs a real message broker (set by broker_url)")
    hypothesis.settings.register_profile("custode", deadline=None, max_examples=50)
    hypothesis.settings.register_profile("long", deadline=None, max_examples=2000)
    hypothesis.settings.load_profile("long" if config.getoption("--long") else "custode")
    # Registered now, after pytest-django: of two fixtures with one name the later counts.
    config.pluginmanager.register(fixtures, "custode-fixtures")


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    if config.pluginmanager.hasplugin("dsession") and not config.option.collectonly:
        config.stash[run_key].begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if run := config.stash.get(run_key, None):
        run.end()


def pytest_report_header(config: pytest.Config) -> str:
    return f"postgresql: {config.stash[run_key].description}"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark at once: `-m broker` chooses among the marks before the last hook has run."""
    if "broker_url" in getattr(item, "fixturenames", ()):
        item.add_marker("broker")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        _refuse_flush(item)
        names = getattr(item, "fixturenames", ())
        mark = item.get_closest_marker("django_db")
        if (mark or "db" in names) and "databases" not in (mark.kwargs if mark else {}):
            kwargs = {**(mark.kwargs if mark else {}), "databases": ALIASES}
            item.add_marker(pytest.mark.django_db(**kwargs), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    return _without_skip(item.config, report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    report = yield
    return _without_skip(collector.config, report)


def _refuse_flush(item: pytest.Item) -> None:
    """Refuse what would empty tables: the audit log refuses it too, only later and less clearly."""
    mark = item.get_closest_marker("django_db")
    asked = _FLUSHING.intersection(getattr(item, "fixturenames", ()))
    is_flushing = bool(mark and (mark.kwargs.get("transaction") or mark.args))
    if cls := getattr(item, "cls", None):
        from django.test import TestCase, TransactionTestCase

        is_flushing |= issubclass(cls, TransactionTestCase) and not issubclass(cls, TestCase)
    if asked or is_flushing:
        raise pytest.UsageError(
            f"{item.nodeid} asks for a database that is emptied after the test. "
            f"Use the fixture fresh_database instead."
        )


def _without_skip(config: pytest.Config, report: Any) -> Any:
    if report.skipped and config.getoption("--long") and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"not run, which --long does not allow: {reason}"
    return report
