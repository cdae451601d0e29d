"""Purpose limitation is cryptographic: an access holds the keys of its categories and no others."""

import gc
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from crm.models import Contact
from governance.crypto import keystore, root
from governance.crypto.column import Column
from governance.crypto.envelope import derive
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, Duty, Operation, Role, Scope
from registry.gate import access as access_module
from registry.gate import opening as gate
from registry.gate.disclosing import To
from tests.builders import NOW, Company, a_consent, a_person

pytestmark = pytest.mark.django_db

# A process that has some keys and sealed rows, and no root key, keystore or database.
STRANGER = """
import json, os, sys
from uuid import UUID
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from governance.crypto.column import Column
from governance.crypto.envelope import Place
from governance.crypto.errors import UnsealError

said = json.loads(sys.stdin.readline())
keys = [AESGCM(bytes.fromhex(key)) for key in said["keys"]]
place = {n: UUID(v) if n in ("controller", "row", "subject") else v for n, v in said["place"].items()}
column, opened = Column.parse(bytes.fromhex(said["sealed"])), []
for category in column.frames:
    for key in keys:
        try:
            column.open(key, Place(category=category, **place), commitment=column.commitment)
            opened.append(category)
        except UnsealError:
            pass
print(json.dumps(opened), flush=True)
sys.stdin.readline()
"""


def category_key(subject_key: bytes, category: str) -> bytes:
    return derive(subject_key, f"custode/field/v1|{category}")


def reachable(*roots: object) -> set[bytes]:
    """All bytes that can be reached from some objects, however deep."""
    seen, found, waiting = set[int](), set[bytes](), list[object](roots)
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | type(sys)):
            continue
        seen.add(id(one))
        if isinstance(one, bytes):
            found.add(one)
        waiting += gc.get_referents(one)
    return found


def a_reader(company: Company, subject: UUID) -> Any:
    a_consent(company, subject, at=NOW - timedelta(days=1))
    return gate.open(
        company.actor(Role.MARKETING), "newsletter", Operation.SEND,
        subjects=subject, channel=Channel.EMAIL, recipient=To.THE_PERSON, now=NOW,
    )  # fmt: skip


def test_an_access_holds_the_keys_of_its_categories_alone(company: Company) -> None:
    anna = a_person(company)
    keys = keystore.subject_keys(company.controller.pk, [anna], scopes=[Scope.ORDINARY])
    (whole,) = keys.values()
    with a_reader(company, anna) as access:
        (row,) = access.rows(Contact)
        assert row.given_name == "Anna"
        held = reachable(access, row)
        granted = set(access.categories)
    assert category_key(whole, Category.NAME) in held, "the search finds what is there"
    assert Category.NAME in granted < set(Category)
    assert whole not in held
    assert not held & {category_key(whole, category) for category in set(Category) - granted}


def test_the_keys_of_an_access_open_nothing_else(company: Company, tmp_path: Path) -> None:
    """Given to a process that has nothing but them; and its whole memory is searched."""
    anna = a_person(company, orders=[NOW.date()])
    keys = keystore.subject_keys(company.controller.pk, [anna], scopes=[Scope.ORDINARY])
    (whole,) = keys.values()
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=anna, now=NOW,
    ) as access:  # fmt: skip
        (row,) = access.rows(Contact)
        row.language, row.fiscal_code = "it", "BNCNNA80A41F205X"
        row.save()
    with a_reader(company, anna) as access:
        (row,) = access.rows(Contact)
        granted = set(access.categories)
        place = {
            "controller": str(row.controller_id), "table": row._meta.db_table, "row": str(row.pk),
            "subject": str(row.subject_id), "scope": row.scope,
        }  # fmt: skip
        held = access._keys[anna, Scope.ORDINARY, 1].by_category
        said = {
            "keys": [key.hex() for key in held.values()],
            "sealed": bytes(row.sealed).hex(), "place": place,
        }  # fmt: skip
    present = Column.parse(row.sealed).frames
    assert set(present) - granted, "the row has something that is not granted"
    process = subprocess.Popen(
        [sys.executable, "-c", STRANGER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(said) + "\n")
        process.stdin.flush()
        assert set(json.loads(process.stdout.readline())) == set(present) & granted
        memory = list(memory_of(process.pid))
    finally:
        process.communicate("\n")
    others = {category_key(whole, category) for category in set(Category) - granted}
    assert is_in(memory, category_key(whole, Category.NAME)), "the search finds what is there"
    for key in {whole, root.load().reveal(), *others}:
        assert not is_in(memory, key)


def memory_of(pid: int) -> Iterable[bytes]:
    """Return all that a process of ours has in memory, piece by piece."""
    pieces = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in pieces:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if match and "[v" not in line:
                start, end = (int(part, 16) for part in match.groups())
                memory.seek(start)
                yield memory.read(end - start)


def is_in(memory: Iterable[bytes], key: bytes) -> bool:
    return any(key in piece or key.hex().encode() in piece for piece in memory)


def test_an_access_that_reads_very_much_lets_go_of_what_it_read(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_module, "MOST_CIPHERS", 2)
    people = [a_person(company, given=f"P{n}", email=f"p{n}@example.it") for n in range(6)]
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=people, reference=people[0], now=NOW
    ) as access:
        held, names = [], []
        for row in access.rows(Contact).order_by("id").iterator(chunk_size=1):
            names.append(row.given_name)
            held.append(len(access._ciphers))
        assert names == [f"P{n}" for n in range(6)]
        assert max(held) == 3
        assert row.family_name == "Bianchi", "what is still in hand opens"
