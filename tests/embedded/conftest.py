"""A throw-away state folder, and one cluster in it that the tests of this package share."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from governance.embedded.children import Child, wait_until_ready
from governance.embedded.postgres import Cluster
from governance.embedded.state import StateFolder


def silent(_line: str) -> None:
    """Take a line of a log and keep it out of the report."""


@pytest.fixture
def state() -> Iterator[StateFolder]:
    # Not tmp_path: pytest closes its folders to the account that servers run under as root.
    folder = StateFolder(Path(tempfile.mkdtemp(prefix="custode-embedded-")))
    folder.ensure()
    yield folder
    folder.remove()


class Running:
    """A cluster and its process, which tests may kill and start again."""

    def __init__(self, state: StateFolder) -> None:
        self.state = state
        self.cluster: Cluster = state.cluster(is_durable=False)
        self.log: list[str] = []
        self.child: Child | None = None

    def start(self) -> Child:
        if self.child is None or self.child.exit_status() is not None:
            self.child = self.cluster.launch(self.log.append)
            wait_until_ready(self.child, self.cluster.is_ready, patience=60)
        return self.child


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    folder = StateFolder(Path(tempfile.mkdtemp(prefix="custode-embedded-")))
    folder.ensure()
    server = Running(folder)
    server.cluster.initialise()
    server.start()
    yield server
    assert server.child is not None
    server.child.stop()
    folder.remove()


@pytest.fixture
def server(running: Running) -> Running:
    """The shared cluster, started again if the test before stopped it."""
    running.start()
    return running
