"""Migrating by rendering less makes the same schema as Django's own way."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from governance import backups, provision
from tests.databases import Run

AS_DJANGO_DOES = """
import django
django.setup()
from django.core.management.commands.migrate import Command
from django.core.management import call_command
call_command(Command(), *{target}, verbosity=0)
"""
# Foreign keys, constraints, data that are moved, and models of three apps; --long: all there are.
SOME = ["registry", "0009"]


@pytest.fixture
def empty(custode_run: Run, django_db_setup: None) -> Iterator[dict[str, dict[str, str]]]:
    """Two installations without a table: the environment of each."""
    pair = {way: provision.Names.of(f"migrating_{way}_{os.getpid()}") for way in ("ours", "django")}
    with custode_run.server.connect() as superuser:
        for names in pair.values():
            provision.drop_databases(superuser, names)
            provision.make_databases(superuser, names)
    yield {
        way: {**os.environ, **custode_run.server.urls(names), "CUSTODE_DATABASE_ROLE": "owner"}
        for way, names in pair.items()
    }
    with custode_run.server.connect() as superuser:
        for names in pair.values():
            provision.drop_databases(superuser, names)


def schema_after(command: list[str], env: dict[str, str], file: Path) -> str:
    done = subprocess.run(
        [sys.executable, *command], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    backups._run(env["DATABASE_OWNER_URL"], "pg_dump", "--schema-only", "-f", str(file))
    return re.sub(r"(?m)^\\(un)?restrict .*$", "", file.read_text())


def test_the_schema_is_the_one_that_django_makes(
    empty: dict[str, dict[str, str]], tmp_path: Path, is_long: bool
) -> None:
    target = [] if is_long else SOME
    of_django = ["-c", AS_DJANGO_DOES.format(target=target)]
    for env in empty.values():
        env["DJANGO_SETTINGS_MODULE"] = "governance.settings"
    ours = schema_after(
        ["manage.py", "migrate", *target, "--verbosity", "0"], empty["ours"], tmp_path / "ours"
    )
    assert ours.count("CREATE TABLE") > 9
    assert ours == schema_after(of_django, empty["django"], tmp_path / "django")
