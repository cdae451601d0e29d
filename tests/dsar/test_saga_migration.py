"""Erasures of before: their steps and certificate become those of round 1."""

import json
from typing import Any

import psycopg
import pytest

from dsar import saga
from dsar.errors import PlanStaleError
from tests.builders import NOW, a_company, a_person
from tests.crypto.test_epochs import as_owner
from tests.dsar.erasing import approved, begun, certificates, markers

STEPS = {
    "frozen": {"at": "2026-11-20T10:00:00+00:00"},
    "remembered": {"at": "2026-11-20T10:00:01+00:00", "held": [], "addresses": 2},
}
OLD = (
    "UPDATE dsar_erasure SET state = %s, steps = %s, certificate = %s, attempts = 3,"
    " certified_at = %s WHERE id = %s"
)


def as_owner_did(*words: str) -> None:
    done = as_owner("manage.py", *words)
    assert done.returncode == 0, done.stderr


def test_what_exists_becomes_round_one(
    fresh_database: None, superuser: psycopg.Connection[Any]
) -> None:
    company = a_company()
    for given in ("Anna", "Berta"):
        a_person(company, given=given)
    done = approved(company)
    left = approved(company, email="berta.bianchi@example.it", name="Berta")
    as_owner_did("migrate", "dsar", "0002")
    issued = {"receipt": "r.1", "records": []}
    superuser.execute(OLD, ["certified", json.dumps(STEPS), json.dumps(issued), NOW, done.pk])
    superuser.execute(OLD, ["approved", "{}", "{}", None, left.pk])
    as_owner_did("prepare")
    assert certificates(company, done.pk) == [issued]
    assert {step for _, _, step in markers(company, done.pk)} == {"planned", *STEPS}
    assert {(at[0], at[1]) for at in markers(company, done.pk)} == {(1, 1)}
    assert set(saga.due(company.controller.pk, now=NOW.replace(year=2030))) == {done.pk, left.pk}
    # Nobody kept the entry of its approval: it is approved once more.
    with pytest.raises(PlanStaleError):
        begun(company, left.pk)
    assert saga.due(company.controller.pk, now=NOW.replace(year=2030)) == [done.pk]
