"""Every sealed value of the main database, tried with every key that the keystore still holds.

As somebody tries who has both, and asks neither which key belongs to which row nor for a tag: the
text of AES-GCM is that of AES-CTR, so a place that does not fit or a commitment that is another
hides nothing.
"""

import io
import json
import re
import zipfile
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from psycopg import sql

from audit.verifier import evidence
from audit.verifier.verdict import CannotTellError, TamperedError
from governance.crypto import keystore
from governance.crypto.column import FIRST_BLOB, Column
from governance.crypto.envelope import NONCE, TAG
from governance.crypto.epochs import ALIAS
from governance.crypto.errors import UnsealError
from governance.crypto.models import ControllerKey, SubjectKey
from governance.policy.categories import Category
from governance.policy.vocabulary import Scope

Row = tuple[str, str]
FIRST_BLOCK = (2).to_bytes(4)  # the counter of GCM at the first block of the text
COPY = re.compile(rb'"[a-z]+/\d+:([A-Za-z0-9+/=]+)"')  # a copy that was handed over, sealed again
COLUMNS = """
SELECT n.nspname, c.relname, array_agg(a.attname::text),
    (SELECT min(k.attname::text) FROM pg_index AS i JOIN pg_attribute AS k
     ON k.attrelid = c.oid AND k.attnum = ANY(i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.atttypid = 'bytea'::regtype AND a.attnum > 0
WHERE n.nspname IN ('public', 'custode', 'audit') AND c.relkind = 'r' AND NOT a.attisdropped
GROUP BY n.nspname, c.oid, c.relname
"""


def living_keys() -> set[bytes]:
    """Every key that opens anything: of all people, scopes, versions, categories and uses."""
    found = set[bytes]()
    people: dict[UUID, set[UUID]] = defaultdict(set)
    for controller, subject in SubjectKey.objects.using(ALIAS).values_list(
        "controller_id", "subject_id"
    ):
        people[controller].add(subject)
    for controller, subjects in people.items():
        held = keystore.opened(controller, subjects, scopes=list(Scope), categories=list(Category))
        found |= {key for each in held.values() for key in each.by_category.values()}
    for controller, use in ControllerKey.objects.using(ALIAS).values_list("controller_id", "use"):
        found |= set(keystore.controller_keys(controller, use).values())
    return found


def values(superuser: psycopg.Connection[Any]) -> Iterator[tuple[Row, bytes]]:
    """Everything of the main database that could be a nonce, a text and a tag, and its row."""
    for schema, table, columns, key in superuser.execute(COLUMNS).fetchall():
        for column in columns:
            query = sql.SQL("SELECT t.{}::text, t.{} FROM {} AS t").format(
                sql.Identifier(key or column), sql.Identifier(column), sql.Identifier(schema, table)
            )
            for row, stored in superuser.execute(query).fetchall():
                yield from (((table, row), blob) for blob in _blobs(bytes(stored or b"")))


def _blobs(stored: bytes) -> set[bytes]:
    try:
        found = list(Column.parse(stored).frames.values())
    except UnsealError:
        found = [stored]
    return {blob for one in found for blob in (one, one.removeprefix(FIRST_BLOB))}


def commitments(superuser: psycopg.Connection[Any]) -> set[bytes]:
    """What contacts commit to: one for each key they are sealed under."""
    stored = superuser.execute("SELECT sealed FROM crm_contact WHERE sealed <> ''").fetchall()
    return {Column.parse(sealed).commitment for (sealed,) in stored}


def opened(blob: bytes, tried: set[bytes]) -> Iterator[bytes]:
    """What each key makes of a blob, and of the copies and files inside of it."""
    if len(blob) <= NONCE + TAG:
        return
    for key in tried:
        cipher = Cipher(AES(key), CTR(blob[:NONCE] + FIRST_BLOCK)).decryptor()
        plain = cipher.update(blob[NONCE:-TAG])
        yield plain
        for copy in COPY.findall(plain):
            yield from opened(b64decode(copy), tried)
        if plain.startswith(b"PK"):
            yield from _unpacked(plain)


def _unpacked(plain: bytes) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(plain)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    except zipfile.BadZipFile:
        return


def hits(superuser: psycopg.Connection[Any], *marks: str) -> dict[str, set[Row]]:
    """In which rows each of the marks can be opened, whoever they belong to."""
    found: dict[str, set[Row]] = {mark: set() for mark in marks}
    for row, plain in _plain_texts(superuser):
        for mark in marks:
            if mark.lower().encode() in plain.lower():
                found[mark].add(row)
    return found


def _plain_texts(superuser: psycopg.Connection[Any]) -> Iterator[tuple[Row, bytes]]:
    tried = living_keys()
    for row, blob in values(superuser):
        yield from ((row, plain) for plain in opened(blob, tried))
    yield from _evidence(superuser)


def _evidence(superuser: psycopg.Connection[Any]) -> Iterator[tuple[Row, bytes]]:
    """What the log holds sealed for people, tried with the key of everybody who has one."""
    people = SubjectKey.objects.using(ALIAS).filter(scope=Scope.AUDIT, destroyed_at__isnull=True)
    for controller, subject in people.values_list("controller_id", "subject_id"):
        (key,) = keystore.evidence_keys(controller, [subject]).values()
        for name, entry in superuser.execute("SELECT id::text, entry FROM audit.entry").fetchall():
            try:
                yield (
                    ("entry", name),
                    evidence.unseal(key, json.loads(bytes(entry).split(b"\n")[0])),
                )
            except (TamperedError, CannotTellError):
                continue
