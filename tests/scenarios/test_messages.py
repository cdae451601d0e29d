"""Art. 32: messages of Celery and the files of their broker hold ids, no value and no key."""

import os
import subprocess
import sys
from pathlib import Path

import kombu
import psycopg
import pytest

from tests import trial
from tests.builders import Company, a_company, a_person
from tests.databases import PROJECT, Run
from tests.dsar.erasing import approved
from tests.scenarios.test_backups_hold_nothing_readable import dump
from tests.scenarios.test_canary import MARK, needles

WAKE = (
    "import django; django.setup(); from dsar import tasks; print(tasks.carry_out_all_erasures())"
)


@pytest.fixture
def company(fresh_database: None) -> Company:
    return a_company()


def woken(broker_url: str) -> str:
    """What the supervisor of erasures says, by its own process, and so by that broker."""
    environ = {**os.environ, **Run.current.variables(), "CELERY_BROKER_URL": broker_url}
    done = subprocess.run(
        [sys.executable, "-c", WAKE], env=environ, cwd=PROJECT, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return done.stdout + done.stderr


def files_of_the_broker(broker_url: str) -> bytes:
    """All that the broker has on the disk."""
    with kombu.Connection(broker_url) as connection:
        client = connection.channel().client
        (where,) = client.config_get("dir").values()
    return b"".join(path.read_bytes() for path in Path(where).rglob("*") if path.is_file())


def is_in(content: bytes, text: str) -> bool:
    return any(needle in content for needle in needles(text).values())


def test_a_message_holds_ids_and_neither_value_nor_key(company: Company, broker_url: str) -> None:
    if os.environ[Run.BROKER]:
        pytest.skip("the files of the broker of CELERY_BROKER_URL are not ours to read")
    email = f"{MARK}@{MARK}.example"
    anna = a_person(company, given=MARK, family=MARK, email=email)
    erasure = approved(company, subject=anna, email=email, name=MARK)
    said, content = woken(broker_url), files_of_the_broker(broker_url)
    assert said.endswith("1\n")
    assert is_in(content, str(erasure.pk)), "what is in a message is found"
    assert not is_in(content, MARK)
    assert not is_in(said.encode(), MARK)
    for key in trial.living_keys():
        assert key not in content
        assert key.hex().encode() not in content


def test_no_key_is_in_the_main_database(
    company: Company, superuser: psycopg.Connection[object]
) -> None:
    """And what is in it is found: the commitment to each key, which tells nothing."""
    a_person(company, given=MARK)
    text, tried = dump(), trial.living_keys()
    assert len(tried) > 20
    assert not [key for key in tried if key.hex() in text]
    commitments = {blob.hex() for blob in trial.commitments(superuser)}
    assert commitments
    assert all(each in text for each in commitments)
