"""Rejected rows: none is lost, none is readable without the batch's key, which ends in 30 days.

Cells of columns that are refused (passwords, card codes, special categories) are not kept
at all, not even sealed; of a row about somebody who asked to be forgotten, nothing is.
"""

import csv
import os
from collections.abc import Iterable, Iterator
from typing import IO

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crm.imports.columns import Dropped
from crm.imports.columns import Mapping as ColumnMap
from crm.imports.outcomes import Rejection
from crm.imports.returning import SUPPRESSED
from crm.models import ImportBatch, RejectedRow
from governance.crypto import keystore
from registry.neutral import neutral

WITHHELD = frozenset({Dropped.SECRET, Dropped.SPECIAL})


def key_use(batch: ImportBatch) -> str:
    """Return the name of the batch's key in the keystore."""
    return f"import:{batch.pk.hex}"


def store(batch: ImportBatch, mapping: ColumnMap, rejected: Iterable[Rejection]) -> None:
    """Seal and keep rejected rows; the same line of a second run replaces nothing."""
    cipher = AESGCM(keystore.controller_key(batch.controller_id, key_use(batch), create=True))
    withheld = {c.index for c in mapping.columns if c.dropped_because in WITHHELD}
    rows = []
    for rejection in rejected:
        cells = [
            "" if index in withheld else cell for index, cell in enumerate(rejection.row.cells)
        ]
        if len(rejection.row.cells) != len(mapping.columns):
            cells = []  # a ragged row: which cell is the secret one cannot be told
        if rejection.code == SUPPRESSED:
            cells = []  # nothing of somebody who asked to be forgotten: its line says where
        nonce = os.urandom(12)
        blob = nonce + cipher.encrypt(nonce, orjson.dumps(cells), batch.pk.bytes)
        rows.append(
            RejectedRow(
                controller_id=batch.controller_id, batch=batch, line=rejection.row.line,
                code=rejection.code[:40], column=rejection.column[:120], blob=blob,
            )
        )  # fmt: skip
    RejectedRow.objects.bulk_create(rows, batch_size=2000, ignore_conflicts=True)


def rows_of(batch: ImportBatch) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield (line, code, column, cells) of the rejected rows while the batch's key lives."""
    cipher = AESGCM(keystore.controller_key(batch.controller_id, key_use(batch)))
    for row in RejectedRow.objects.filter(batch=batch).order_by("line"):
        blob = bytes(row.blob)
        cells = orjson.loads(cipher.decrypt(blob[:12], blob[12:], batch.pk.bytes))
        yield row.line, row.code, row.column, cells


def write_csv(batch: ImportBatch, header: Iterable[str], file: IO[str]) -> int:
    """Write the rejected rows with their reasons; return how many.

    A cell that a spreadsheet would run is written behind an apostrophe (ASVS 5.0 1.2.10).
    """
    writer = csv.writer(file)
    writer.writerow(["line", "reason", "column", *map(neutral, header)])
    count = 0
    for line, code, column, cells in rows_of(batch):
        writer.writerow([line, code, neutral(column), *map(neutral, cells)])
        count += 1
    return count
