"""The keystore of a database of its own, past every rule, and a log that it can be told of."""

from collections.abc import Iterator

import pytest

from tests.crypto.ordering import Keys, Log
from tests.databases import Run


@pytest.fixture
def keys(fresh_database: None) -> Iterator[Keys]:
    """The keystore, past every rule."""
    with Run.current.server.connect(Run.current.names.keys) as connection:
        yield connection


@pytest.fixture
def log(keys: Keys) -> Log:
    return Log()
