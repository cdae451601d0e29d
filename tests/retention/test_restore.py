"""Nobody who was erased comes back with a backup (docs/spec/erasure.md, section 9)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Run
from tests.retention.restored import Installed

ERASED, ERASED_LONG = 5, 50


@pytest.fixture
def installed(fresh_database: None, tmp_path: Path, is_long: bool) -> Iterator[Installed]:
    made = Installed(tmp_path, erased=ERASED_LONG if is_long else ERASED)
    yield made
    with Run.current.server.connect() as superuser:  # fresh_database drops it; it must be there
        assert superuser.execute("SELECT 1").fetchone()


def test_a_dump_of_before_the_erasures_brings_nobody_back(installed: Installed) -> None:
    assert installed.names_read(installed.kept) == ["Rimasto0", "Rimasto1"]
    backup = installed.back_up()
    before = installed.rows_of(installed.kept)
    for subject in installed.erased:
        installed.erase(subject)
    after = installed.rows_of(installed.erased)
    installed.seal()
    installed.empty()
    done = installed.manage("restore", str(backup))
    assert done.returncode == 0, done.stderr
    people = len(installed.erased)
    assert f"reconciled: {people} people" in done.stdout
    assert "crm.Contact" not in after
    assert installed.rows_of(installed.erased) == {}
    assert installed.rows_of(installed.kept) == before
    assert installed.names_read(installed.kept) == ["Rimasto0", "Rimasto1"]
