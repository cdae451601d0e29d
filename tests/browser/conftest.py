"""A real Chromium on a real server, both for this folder's tests only.

The tests need Chromium on the PATH, or at CUSTODE_CHROMIUM; without it they are skipped.
CUSTODE_SCREENSHOTS names a folder for a picture of every page that was looked at.

Everything is written to the database before the browser starts: its driver keeps an event loop
in this thread, where Django then refuses to query.
"""

import os
import shutil
import socket
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from governance.embedded.children import Child, Command, wait_until_ready
from tests.browser.looking import Look
from tests.browser.world import World, a_world
from tests.databases import PROJECT, Run

NAMES = ("chromium", "chromium-browser", "google-chrome")
# It stays at home: whatever a page asks of another host is seen, and leads nowhere.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@pytest.fixture(scope="package")
def chromium() -> str:
    """Where the browser is."""
    given = os.environ.get("CUSTODE_CHROMIUM", "")
    found = next(filter(None, map(shutil.which, [given] if given else NAMES)), None)
    if found is None:
        wanted = given or ", ".join(NAMES)
        pytest.skip(f"no Chromium: looked for {wanted}; CUSTODE_CHROMIUM can name one")
    return found


@pytest.fixture(scope="package")
def world(
    chromium: str,
    custode_run: Run,
    django_db_setup: None,
    django_db_blocker: Any,
) -> Iterator[World]:
    """Commit the world, and copy the databases anew from the template at the end."""
    from django.db import connections
    from django.utils import timezone

    with django_db_blocker.unblock():
        made = a_world(timezone.now())
        connections.close_all()
    yield made
    custode_run.make()


@pytest.fixture(scope="package")
def origin(world: World) -> Iterator[str]:
    """The address of a server of ours on the test databases, under its real base address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    argv = [
        sys.executable, "-m", "gunicorn", "governance.wsgi:application", "--bind",
        f"127.0.0.1:{port}", "--threads", "8", "--no-control-socket",
    ]  # fmt: skip
    environ = {**os.environ, "CUSTODE_BASE_URL": address}
    child = Child(Command("gunicorn", argv, environ, PROJECT), lambda _line: None)
    try:
        wait_until_ready(child, lambda: _answers(f"{address}/health/"), patience=60)
        yield address
    finally:
        child.stop()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture(scope="package")
def browser(chromium: str, origin: str) -> Iterator[Browser]:
    with sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def look(browser: Browser, origin: str) -> Iterator[Look]:
    """A new window each time it is asked for; everything wrong with what it showed fails the test."""
    given = os.environ.get("CUSTODE_SCREENSHOTS")
    looking = Look(browser, origin, Path(given) if given else None)
    yield looking
    looking.close()
