"""What the log says of itself: figures, and an alarm for everything somebody has to look at."""

import io
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.utils import timezone

from audit import log, status
from audit.actions import Action
from audit.management.commands import audit_status
from audit.sequencer import drain
from audit.status import Alarm, Counts, Status
from governance.policy.vocabulary import Role
from tests.audit.history import seal
from tests.audit.sealing import connection_of, entries
from tests.builders import Company, a_company

ANCHOR = """
INSERT INTO audit.anchoring (at, anchor, epoch, size, note, proof)
SELECT %s, 'directory', epoch, size, note, '' FROM audit.checkpoint ORDER BY signed_at DESC LIMIT 1
"""
WELL = Status(
    now=datetime.fromisoformat("2026-11-26T12:00:00+00:00"), size=7, epoch=1, halted="", queued=0,
    queue_age=None, lag=timedelta(seconds=9), write_limit=timedelta(seconds=60), checkpoint=None,
    unsigned_since=None, anchorings=(), unanchored_since=None,
    counts=Counts(entries=6, leaves=7, queued=0, pruned=1, loose=0),
)  # fmt: skip


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


@pytest.fixture
def company(fresh_database: None) -> Company:
    return a_company()


def say(company: Company) -> log.Receipt:
    event = log.Event(action=Action.PAGE_VIEWED, purpose="access_logging")
    return log.record_apart(company.actor(Role.DPO), event, now=timezone.now())


def printed(form: str) -> tuple[str, int]:
    out = io.StringIO()
    try:
        call_command("audit_status", format=form, stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(end.code or 0)
    return out.getvalue(), 0


@pytest.mark.parametrize(
    ("changed", "alarms"),
    [
        ({}, []),
        ({"queued": 1, "queue_age": seconds(10)}, []),
        ({"queued": 1, "queue_age": seconds(11)}, [Alarm.QUEUE_BEHIND]),
        ({"queue_age": seconds(31)}, [Alarm.QUEUE_BEHIND]),  # somebody works on it
        ({"lag": seconds(300)}, []),  # nothing waits
        (
            {"queue_age": seconds(31), "lag": seconds(31)},
            [Alarm.WRITES_STOPPING, Alarm.QUEUE_BEHIND],
        ),
        (
            {"queue_age": seconds(61), "lag": seconds(61)},
            [Alarm.WRITES_STOPPED, Alarm.QUEUE_BEHIND],
        ),
        (
            {"queue_age": seconds(61), "lag": seconds(61), "write_limit": None},
            [Alarm.QUEUE_BEHIND],
        ),
        ({"halted": "fork"}, [Alarm.HALTED]),
        ({"unsigned_since": WELL.now - timedelta(minutes=10)}, []),
        ({"unsigned_since": WELL.now - timedelta(minutes=11)}, [Alarm.UNSIGNED]),
        ({"unanchored_since": WELL.now - timedelta(minutes=60)}, []),
        ({"unanchored_since": WELL.now - timedelta(minutes=61)}, [Alarm.UNANCHORED]),
        ({"counts": None}, []),
        ({"counts": Counts(5, 7, 0, 1, 0)}, [Alarm.INVARIANT_BROKEN]),
        ({"counts": Counts(6, 7, 0, 1, 1)}, [Alarm.INVARIANT_BROKEN]),
        ({"counts": Counts(9, 7, 3, 1, 0)}, []),
    ],
)
def test_each_alarm_has_its_limit(changed: dict[str, Any], alarms: list[Alarm]) -> None:
    assert replace(WELL, **changed).alarms == alarms


def test_every_alarm_has_a_text() -> None:
    assert set(status.TEXTS) == set(Alarm)


def test_figures_follow_what_happens(
    company: Company, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    waiting, now = entries(superuser), timezone.now()
    before = status.read(now=now)
    assert (before.size, before.queued, before.checkpoint) == (0, waiting, None)
    assert before.counts == Counts(waiting, 0, waiting, 0, 0)
    assert before.unsigned_since is None
    signed = seal(tmp_path / "signer", at=now)
    receipt = say(company)
    found = status.read(now=now)
    assert (found.size, found.epoch, found.queued) == (waiting, 1, 1)
    assert (found.checkpoint.size, found.checkpoint.root) == (waiting, signed.root)
    assert found.checkpoint.note.startswith(signed.text())
    assert found.checkpoint_age == timedelta()
    assert found.unanchored_since == now
    with connection_of("custode_app") as connection:
        connection.execute(ANCHOR, [now])
    with connection_of("custode_sequencer") as connection:
        drain(connection)
    found = status.read(now=now)
    assert (found.size, found.queued, found.queue_age) == (waiting + 1, 0, None)
    assert found.unsigned_since == status.moment_of(receipt.id)
    assert [(a.anchor, a.size, a.at) for a in found.anchorings] == [("directory", waiting, now)]
    assert found.unanchored_since is None
    assert found.alarms == []
    late = replace(found, now=now + timedelta(hours=2))
    assert late.alarms == [Alarm.UNSIGNED]


def test_a_removed_and_an_unsequenced_entry_break_the_invariant(
    company: Company, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    seal(tmp_path / "signer")
    receipt = say(company)
    superuser.execute("DELETE FROM audit.queue WHERE id = %s", [receipt.id])
    found = status.read(now=timezone.now())
    assert found.counts.loose == 1
    assert Alarm.INVARIANT_BROKEN in found.alarms
    (partition,) = superuser.execute("SELECT tableoid::regclass::text FROM audit.entry").fetchone()
    superuser.execute(f"ALTER TABLE {partition} DISABLE TRIGGER ALL")
    superuser.execute("DELETE FROM audit.entry WHERE id = %s", [receipt.id])
    assert status.read(now=timezone.now()).counts.agree
    superuser.execute(
        "DELETE FROM audit.entry WHERE id = (SELECT id FROM audit.leaf WHERE seq = 0)"
    )
    assert status.read(now=timezone.now()).alarms == [Alarm.INVARIANT_BROKEN]


def test_the_command_says_it_in_three_forms_and_by_its_exit_code(
    company: Company, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    seal(tmp_path / "signer")
    with connection_of("custode_app") as connection:
        connection.execute(ANCHOR, [timezone.now()])
    size = entries(superuser)
    text, code = printed("text")
    assert (code, "ALARM" in text) == (0, False)
    assert f"Leaves of the tree: {size:,}" in text
    assert f"Anchored by directory: size {size}" in text
    superuser.execute("UPDATE audit.head SET halted = 'fork'")
    text, code = printed("text")
    assert code == 1
    assert text.endswith(f"Halted: fork\nALARM halted: {status.TEXTS[status.Alarm.HALTED]}\n")
    said, code = printed("json")
    found = json.loads(said)
    assert (code, found["alarms"], found["halted"]) == (1, ["halted"], "fork")
    assert (found["head_size"], found["checkpoint_size"], found["entries"]) == (size,) * 3
    assert found["anchorings"]["directory"]["size"] == size
    metrics, code = printed("prometheus")
    assert code == 1
    assert f"\ncustode_audit_head_size {size}\n" in metrics
    assert re.search(
        r'^custode_audit_anchored_age_seconds\{anchor="directory"\} \d', metrics, re.MULTILINE
    )
    alarms = dict(
        re.findall(r'^custode_audit_alarm\{code="(\w+)"\} ([01])$', metrics, re.MULTILINE)
    )
    assert alarms == {alarm.value: str(int(alarm is Alarm.HALTED)) for alarm in Alarm}
    names = set(re.findall(r"^(custode_\w+)", metrics, re.MULTILINE))
    assert names == set(re.findall(r"^# TYPE (\w+) gauge$", metrics, re.MULTILINE))
    assert {f"custode_audit_{name}" for name in audit_status.HELP} <= names


def test_without_counts_the_application_may_ask_too(company: Company) -> None:
    found = status.read(now=timezone.now(), using="default", count=False)
    assert found.counts is None
    assert found.queued > 0
