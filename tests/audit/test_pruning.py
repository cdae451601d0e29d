"""Accesses are forgotten when the register says so, not a day before, and the log says it."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from audit import pruning
from governance.policy.vocabulary import RecordClass
from registry.models import ActivityVersion, RetentionRule
from retention import accesslog
from tests.audit.history import an_old_entry, seal
from tests.audit.sealing import leaves_of
from tests.builders import Company, a_company, amend

TODAY = datetime.now(UTC)


def months_ago(count: int, *, day: int = 15) -> datetime:
    first = TODAY.replace(day=1, hour=12)
    for _ in range(count):
        first = (first - timedelta(days=1)).replace(day=1)
    return first.replace(day=day)


@pytest.fixture
def company(fresh_database: None) -> Company:
    return a_company(now=TODAY)


def acts(superuser: psycopg.Connection[Any]) -> list[str]:
    return [act for (act,) in superuser.execute("SELECT action FROM audit.entry ORDER BY at")]


def test_the_register_says_how_long(company: Company) -> None:
    controller = company.controller.pk
    assert accesslog.months_kept(controller, at=TODAY) == 12

    def rule(draft: ActivityVersion) -> QuerySet[RetentionRule]:
        return draft.retention_rules.filter(record_class=RecordClass.ACCESS_LOG)

    for period, months in (("P2Y", 24), ("P1Y1M", 13), ("P18M10D", 19)):
        amend(
            company, "access_logging",
            lambda draft, period=period: rule(draft).update(period=period), now=TODAY,
        )  # fmt: skip
        assert accesslog.months_kept(controller, at=TODAY) == months
    amend(company, "access_logging", lambda draft: rule(draft).delete(), now=TODAY)
    assert accesslog.months_kept(controller, at=TODAY) is None
    assert accesslog.prune_all(now=TODAY) == {}


def test_what_is_over_goes_and_the_log_says_which(
    company: Company, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    controller = company.controller.pk
    other = a_company("beta", now=TODAY).controller.pk
    old, young = months_ago(14), months_ago(11)
    ids = [an_old_entry(superuser, controller, at=old + timedelta(hours=n)) for n in range(3)]
    an_old_entry(superuser, controller, at=old, act="request.received")
    an_old_entry(superuser, controller, at=old, members=(b"a" * 16, b"b" * 16))
    an_old_entry(superuser, other, at=old)
    an_old_entry(superuser, controller, at=young)
    seal(tmp_path / "signer", at=old + timedelta(hours=4))
    before = leaves_of(superuser)
    removed = accesslog.prune_all(now=TODAY)
    assert removed[controller] == {old.date().replace(day=1): 4}
    assert removed[other] == {old.date().replace(day=1): 1}
    assert superuser.execute(
        "SELECT count(*) FROM audit.entry WHERE id = ANY(%s)", [ids]
    ).fetchone() == (0,)
    assert superuser.execute(
        "SELECT count(*) FROM audit.access_member WHERE pseudonym IN ('aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb')"
    ).fetchone() == (0,)
    left = [(a, n) for a, n in superuser.execute(
        "SELECT action, count(*) FROM audit.entry WHERE at < %s GROUP BY 1 ORDER BY 1",
        [TODAY - timedelta(days=200)])]  # fmt: skip
    assert left == [("data.read", 1), ("request.received", 1)]
    assert leaves_of(superuser) == before
    seqs = [s for (s,) in superuser.execute(
        "SELECT p.seq FROM audit.pruned p JOIN audit.entry e ON e.id = p.entry_id"
        " WHERE e.controller_id = %s ORDER BY 1", [controller])]  # fmt: skip
    (entry,) = superuser.execute(
        "SELECT entry FROM audit.entry WHERE action = 'log.pruned' AND controller_id = %s",
        [controller],
    ).fetchone()
    said = json.loads(bytes(entry).split(b"\n")[0])["pruned"]
    assert said == {
        "removed": 4, "first": min(seqs), "last": max(seqs), "months": 12,
        "digest": hashlib.sha256("".join(f"{s}\n" for s in seqs).encode()).hexdigest(),
    }  # fmt: skip
    assert accesslog.prune_all(now=TODAY) == {controller: {}, other: {}}


def test_nothing_goes_before_its_day(
    company: Company, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    controller = company.controller.pk
    recent = months_ago(4)
    an_old_entry(superuser, controller, at=recent)
    seal(tmp_path / "signer", at=recent + timedelta(hours=1))
    before = acts(superuser)
    assert pruning.prune(controller, months=12, now=TODAY) == {}
    month = recent.date().replace(day=1)
    for months in (5, 6, 0, -1):
        with pytest.raises(DatabaseError, match=r"six months|not over"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT audit.prune(%s, %s, %s)", [controller, month, months])
    assert acts(superuser) == before


def test_what_is_not_under_a_checkpoint_for_its_period_stays(
    company: Company, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    """The verifier measures the period from the first checkpoint over the entries; so does this."""
    controller, old = company.controller.pk, months_ago(14)
    an_old_entry(superuser, controller, at=old)
    with pytest.raises(DatabaseError, match="not over"):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT audit.prune(%s, %s, 12)", [controller, old.date().replace(day=1)]
            ) if seal(tmp_path / "signer") else None
    assert "data.read" in acts(superuser)


def test_the_application_can_not_delete_by_itself(
    company: Company, superuser: psycopg.Connection[Any]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('audit.pruning', pg_current_xact_id()::text, false)")
        with pytest.raises(DatabaseError, match="permission denied"):
            cursor.execute("DELETE FROM audit.entry")
    superuser.execute("SELECT set_config('audit.pruning', '1', false)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        superuser.execute("DELETE FROM audit.entry")
