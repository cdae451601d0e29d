"""An index goes over to its next key while every look-up finds (promises 17 and 18 of
docs/spec/field-encryption.md)."""

import os
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from audit.actions import Action
from audit.models import Entry
from crm import operations as crm
from crm.imports.origins import Origins
from crm.models import Contact
from governance.crypto import keystore
from governance.crypto.blindindex import Index
from governance.policy import actors
from governance.policy.vocabulary import Duty, Operation, Role
from registry import search, suppression
from registry.datamap import Lookup
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import SearchToken
from registry.suppression import Memory, Reason
from retention.reindexing import ROWS
from tests.builders import NOW, Company, a_company, a_person
from tests.crm.imports.test_landing import CUSTOMERS, a_file, run, verified

pytestmark = pytest.mark.usefixtures("fresh_database")
CODE = "RSSMRA80A01H501U"
SETUP = """
import os, signal
import django
django.setup()
from django.core.management import call_command
from registry import search
from retention import reindexing
calls = []
def die(place, at):
    does = getattr(place, at[0])
    def dying(*given, **more):
        calls.append(at)
        if len(calls) == at[1]:
            os.kill(os.getpid(), signal.SIGKILL)
        return does(*given, **more)
    setattr(place, at[0], dying)
reindexing.ROWS = 1
"""
ROTATE = 'call_command("rotate_keys", "index", "--controller", "acme")\n'
STEPS = {
    "the next version is made": 'die(search, ("wait_for_all", 1))\n',
    "two rows are done, and one is not committed": 'die(reindexing, ("_record", 3))\n',
    "the old version is retired": 'die(search, ("wait_for_all", 2))\n',
    "the old tokens are deleted, and not committed": (
        "record = reindexing._record\n"
        "def dying(access, **counts):\n"
        "    if 'tokens' in counts:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    record(access, **counts)\n"
        "reindexing._record = dying\n"
    ),
}


def started(*words: str) -> "subprocess.Popen[str]":
    variables = {**os.environ, "CUSTODE_DATABASE_ROLE": "owner"}
    return subprocess.Popen(
        [sys.executable, *words], env=variables, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def rotated(*words: str, code: int = 0) -> str:
    process = started("manage.py", "rotate_keys", "index", "--controller", "acme", *words)
    said, wrong = process.communicate()
    assert process.returncode == code, wrong
    return said


def security(company: Company) -> AbstractContextManager[Access]:
    return gate.duty(actors.system(company.controller.pk), Duty.SECURITY, now=NOW)


def somebody(company: Company) -> UUID:
    """A person with something for every look-up."""
    points = [{"kind": "email", "email": "anna.rossi@example.it"}, {"kind": "phone", "phone": "06 39733434"}]  # fmt: skip
    names = {"given_name": "Anna", "family_name": "Rossi", "fiscal_code": CODE, "external_id": "4711"}  # fmt: skip
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, now=NOW
    ) as access:
        contact = crm.create_contact(access, crm.NewContact(names, points), source=company.source)
        return contact.subject_id


def everything_finds(company: Company, subject: UUID) -> None:
    own = company.controller.pk
    with security(company):
        for text in ("ros", "rossi anna", "anna.rossi@example.it", "+39 06 39733434", CODE, "4711"):
            assert list(search.subjects_matching(own, text)) == [subject], text
        wanted = [(Lookup.EMAIL, "Anna.Rossi@example.it"), (Lookup.FISCAL_CODE, CODE)]
        assert search.holders(own, wanted) == {key: {subject} for key in wanted}
        assert list(search.subjects_with(own, Lookup.PHONE, "0639733434")) == [subject]


def tokens(company: Company) -> dict[int, int]:
    with security(company):
        versions = SearchToken.objects.values_list("version", flat=True)
        return {version: list(versions).count(version) for version in set(versions)}


def alive(company: Company) -> list[int]:
    return list(keystore.controller_versions(company.controller.pk, "index"))


def test_a_rotation_killed_at_each_step_loses_no_look_up() -> None:
    company, other = a_company(), a_company("altra")
    subject, elsewhere = somebody(company), somebody(other)
    for family in ("Bruni", "Verdi"):
        a_person(company, family=family, orders=[date(2026, 3, 2)])
    before, untouched = tokens(company), tokens(other)
    assert before.keys() == untouched.keys() == {1}
    for step, killing in STEPS.items():
        process = started("-c", SETUP + killing + ROTATE)
        wrong = process.communicate()[1]
        assert process.returncode == -signal.SIGKILL, (step, wrong)
        everything_finds(company, subject)
    assert set(tokens(company)) == {1, 2}
    assert "0 rows indexed anew, 0 left (0 do not open), 0 old keys retired, 0 removed" in rotated()
    assert tokens(company) == {2: before[1]}
    everything_finds(company, subject)
    assert alive(company) == [1, 2], "the old key goes by a later run"
    with security(company):
        assert Entry.objects.filter(action=Action.KEY_ROTATED).exists()
    assert "1 old keys retired, 1 removed" in rotated("--after-days", "0")
    assert alive(company) == [2, 3]
    assert tokens(company) == {3: before[1]}
    everything_finds(company, subject)
    assert tokens(other) == untouched
    assert alive(other) == [1]
    everything_finds(other, elsewhere)


def test_writers_and_readers_beside_a_rotation_lose_no_look_up() -> None:
    company = a_company()
    subject = somebody(company)
    own = company.controller.pk
    asked_before = search.subjects_matching(own, "ros")
    with security(company) as access:
        contact = access.rows(Contact).get()
        contact.family_name = "Rosselli"
        contact.save()  # under the first version alone
        process = started("-c", SETUP + ROTATE)
        while alive(company) == [1]:
            assert process.poll() is None
            time.sleep(0.1)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
    done = 0
    while process.poll() is None or not done:
        done += 1
        late = a_person(company, family=f"Nuovi{'abcdefghijklmnopqrstuvwxyz'[done % 26]}{done}")
        with security(company):
            assert late in search.subjects_matching(own, "nuovi")
            assert list(search.subjects_matching(own, "rosselli")) == [subject]
    assert process.returncode == 0, process.communicate()[1]
    assert tokens(company).keys() == {2}
    with security(company):
        assert list(asked_before) == [subject], "written down before, run after"
        assert len(search.subjects_matching(own, "nuovi")) == done
        assert not search.subjects_matching(own, "rossi")


def test_only_what_can_be_found_is_indexed_anew() -> None:
    """What is kept of an erased person has no tokens and gets none; a row that does not open waits."""
    assert ROWS == 500
    company = a_company()
    subject, gone = somebody(company), a_person(company, family="Bruni")
    broken = a_person(company, family="Verdi")
    with security(company):
        SearchToken.objects.filter(subject=gone).delete()
        row = Contact.objects.get(subject=broken)
        good = bytes(row.sealed)
        Contact.objects.filter(pk=row.pk).update(sealed=good[:-1] + bytes([good[-1] ^ 1]))
    assert "1 left (1 do not open), 0 old keys retired" in rotated(code=1)
    assert tokens(company).keys() == {1, 2}
    with security(company):
        assert list(search.subjects_matching(company.controller.pk, "verdi")) == [broken]
        Contact.objects.filter(pk=row.pk).update(sealed=good)
    assert "1 rows indexed anew, 0 left (0 do not open), 1 old keys retired" in rotated()
    assert tokens(company).keys() == {2}
    with security(company):
        assert not SearchToken.objects.filter(subject=gone).exists()
        assert list(search.subjects_matching(company.controller.pk, "verdi")) == [broken]
    everything_finds(company, subject)


def test_an_import_finds_its_records_after_the_index_key_is_gone(tmp_path: Path) -> None:
    company = a_company()
    own, source = company.controller.pk, verified(company)
    index = Index(keystore.controller_key(own, "index", create=True))
    key = Origins(own, source.pk).key("contact", "00042")
    assert key == index.token(f"origin|{source.pk.hex}|contact", "00042"), "as version 0.1.0"
    run(company, a_file(tmp_path, CUSTOMERS), source)
    unused = verified(company, "Altro")
    without_id = index.token(f"origin|{unused.pk.hex}|order|row", "a\x1fb")
    rotated()
    rotated("--after-days", "0")
    assert alive(company) == [2, 3]
    assert Origins(own, unused.pk).of_row("order", ["a", "b"]) == without_id
    _, _, again = run(company, a_file(tmp_path, CUSTOMERS), source)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)


def test_what_is_remembered_under_an_old_key_is_found_and_not_remembered_twice() -> None:
    company = a_company()
    own, said = company.controller.pk, {Lookup.EMAIL: ["anna@example.it"]}
    late = {Lookup.EMAIL: ["bruno@example.it"]}
    with security(company):
        assert suppression.remember(own, Reason.ERASED, said, at=NOW) == 1
    keystore.create_next_controller_key(own, suppression.KEY, above=1)
    with security(company) as access:
        assert Memory(own, said).reasons(said) == {Reason.ERASED}
        assert suppression.remember(own, Reason.ERASED, said, at=NOW) == 0
        assert suppression.remember(own, Reason.ERASED, late, at=NOW) == 1
        assert Memory(own, late).reasons(late) == {Reason.ERASED}
        assert suppression.forget(access, said, why="wished") == 1
        assert Memory(own, said).reasons(said) == set()
