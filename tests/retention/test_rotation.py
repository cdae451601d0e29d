"""Keys of people and the format of their rows are rotated while everything can be read."""

import os
import signal
import subprocess
import sys
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from audit.actions import Action
from audit.models import Entry
from crm.models import Contact, Order
from governance.crypto import keystore
from governance.policy.vocabulary import Duty, Role
from registry import search
from registry.datamap import Lookup
from registry.gate import opening as gate
from registry.gate.access import Access
from retention.resealing import rows_by_scope_and_version
from tests.builders import NOW, Company, a_company, a_person
from tests.registry.test_reseal import in_first_format
from tests.retention.scenes import recorded

pytestmark = pytest.mark.usefixtures("fresh_database")
DAY = date(2026, 3, 2)
KILLED = """
import os, signal
import django
django.setup()
from django.core.management import call_command
from retention import rotating
rotating.PEOPLE = 1
does, done = rotating._raise, []
def dying(access, some):
    found = does(access, some)
    if found.done:  # staff have keys and no sealed rows
        done.append(some)
    if len(done) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return found
rotating._raise = dying
call_command("rotate_keys", "subject", "--controller", "acme")
"""


def as_owner(*words: str) -> "subprocess.CompletedProcess[str]":
    variables = {**os.environ, "CUSTODE_DATABASE_ROLE": "owner"}
    return subprocess.run(
        [sys.executable, *words], env=variables, capture_output=True, text=True, check=False
    )


def rotated(*words: str, code: int = 0) -> str:
    done = as_owner("manage.py", "rotate_keys", *words, "--controller", "acme")
    assert done.returncode == code, done.stderr
    return done.stdout


def answering(company: Company, subject: UUID) -> Any:
    return gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    )


def everybody_reads(company: Company, people: dict[str, UUID]) -> None:
    for family, subject in people.items():
        with answering(company, subject) as access:
            assert access.rows(Contact).get().family_name == family
            assert access.rows(Order).get().billing_name == f"Anna {family}"
            address = f"anna.{family}@example.it".lower()
            found = search.subjects_with(company.controller.pk, Lookup.EMAIL, address)
            assert list(found) == [subject]


def living(company: Company, subject: UUID) -> set[tuple[str, int]]:
    lines = keystore.living_lines(company.controller.pk, [subject])
    return {(line.scope, line.version) for line in lines}


def sealed_under(company: Company, subject: UUID) -> set[tuple[str, int]]:
    with answering(company, subject):
        return {at for at in rows_by_scope_and_version([subject])[subject] if at[1]}


def test_a_rotation_of_keys_that_was_killed_goes_on_and_old_keys_end_later() -> None:
    company = a_company()
    people = {name: a_person(company, family=name, orders=[DAY]) for name in ("Rossi", "Bruni", "Verdi")}  # fmt: skip
    died = as_owner("-c", KILLED)
    assert died.returncode == -signal.SIGKILL, died.stderr
    versions = sorted(max(v for _, v in sealed_under(company, s)) for s in people.values())
    assert versions == [1, 1, 2], "one was done, one rolled back, one not begun"
    everybody_reads(company, people)
    assert "subject acme: 8 rows sealed anew, 0 left (0 do not open), 4 old keys retired" in rotated("subject")  # fmt: skip
    both = {("ordinary", 1), ("ordinary", 2), ("fiscal", 1), ("fiscal", 2), ("audit", 1)}
    for subject in people.values():
        assert sealed_under(company, subject) == {("ordinary", 2), ("fiscal", 2)}
        assert living(company, subject) == both, "an older backup opens for a time"
    everybody_reads(company, people)
    assert "0 rows sealed anew, 0 left (0 do not open), 0 old keys retired, 0 removed" in rotated("subject")  # fmt: skip
    only = people["Bruni"]
    said = rotated("subject", "--after-days", "0", "--subject", str(only))
    assert "2 removed" in said
    assert living(company, only) == {("ordinary", 2), ("ordinary", 3), ("fiscal", 2), ("fiscal", 3), ("audit", 1)}  # fmt: skip
    assert living(company, people["Rossi"]) == both
    everybody_reads(company, people)
    assert keystore.destroyed(company.controller.pk) == [], "no erasure"
    with answering(company, only):
        assert Entry.objects.filter(action=Action.KEY_ROTATED).count() == 31, "one a transaction"


def test_a_row_that_does_not_open_keeps_its_key_alive() -> None:
    company = a_company()
    subject = a_person(company, family="Rossi", orders=[DAY])
    other = a_person(company, family="Bruni", orders=[DAY])
    with answering(company, subject) as access:
        row: Any = access.rows(Contact).get()
        good = bytes(row.sealed)
        Contact.objects.filter(pk=row.pk).update(sealed=good[:-1] + bytes([good[-1] ^ 1]))
    said = rotated("subject", code=1)
    assert "1 left (1 do not open), 13 old keys retired" in said, "of the other, and of staff"
    assert "1 left (1 do not open), 13 old keys retired, 13 removed" in rotated(
        "subject", "--after-days", "0", code=1
    )
    assert {("ordinary", 1), ("fiscal", 1)} <= living(company, subject)
    assert ("ordinary", 1) not in living(company, other)
    with answering(company, subject) as access:
        Contact.objects.filter(pk=row.pk).update(sealed=good)
        assert access.rows(Contact).get().family_name == "Rossi"


def test_no_row_is_left_in_the_first_format() -> None:
    """Promise 19 of docs/spec/field-encryption.md."""
    company = a_company()
    people = {name: a_person(company, family=name, orders=[DAY]) for name in ("Rossi", "Bruni")}
    for subject in people.values():
        with answering(company, subject) as access:
            _to_first_format(access)
    everybody_reads(company, people)
    assert "format acme: 4 rows sealed anew, 0 left (0 do not open)" in rotated("format")
    for subject in people.values():
        with answering(company, subject) as access:
            rows = [*access.rows(Contact), *access.rows(Order)]
            assert [bytes(row.sealed)[0] for row in rows] == [2, 2]
    everybody_reads(company, people)
    assert "0 rows sealed anew, 0 left" in rotated("format")
    assert recorded(company, people["Rossi"], at=NOW) == people["Rossi"]


def _to_first_format(access: Access) -> None:
    for model in (Contact, Order):
        (row,) = access.rows(model)
        in_first_format(access, row)
