"""A recipient that answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.retention.receiver import Receiver


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    server = Receiver(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
    yield server
    server.close()
