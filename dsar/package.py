"""The copy of Art. 15(3): one zip with a letter, a page to read, sheets, and data for machines.

    README.txt       what is here, and how the sheets are written
    letter.html/.txt the answer of Art. 15(1) and (2)
    index.html       everything, readable; no script, nothing loaded from anywhere
    letter.pdf, index.pdf  the same two pages as PDF/UA; of the copy up to `MOST_IN_PDF` records
    data.json        everything, structured, with categories, sources and ends of keeping
    schema.json      what data.json is made of (JSON Schema)
    csv/             one sheet for each group of records, who looked, and what is hidden

What is about other people is hidden before anything is packed (`dsar.redaction`), so that every
form says the same.

A copy of data must die with the data: its bytes are sealed twice, inside under the ordinary
key of the person, which an erasure destroys, so that no backup can bring a copy back.
"""

import io
import json
import os
import re
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import get_language

from dsar import labels, letter, readable_pdf, values
from dsar.activities import NO_END, Concerns, End
from dsar.gathering import Cell, Gathered, Group, Value
from dsar.letter import Letter
from dsar.redaction.copy import Redacted
from dsar.sheets import sheet
from dsar.viewers import Look
from dsar.withholding import Withheld
from governance.crypto.errors import KeyDestroyedError
from governance.policy.categories import TERMS, Category
from governance.policy.vocabulary import Scope
from registry.gate.access import Access

FORMAT = "custode-access/1"
LAW = "15(4)"  # why something is hidden
NONCE = 12
SCHEMA = Path(__file__).parent / "schemas" / "access-1.json"
SCHEMA_OF_WITHHELD: dict[str, Any] = json.loads(SCHEMA.read_bytes())["properties"]["withheld"]
# A tagged PDF of more takes too much memory to be made while somebody waits.
MOST_IN_PDF = 1000
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?")


def pack(
    *,
    written: Letter,
    gathered: Gathered,
    concerns: list[Concerns],
    ends: dict[UUID, End],
    looks: list[Look],
    now: datetime,
) -> bytes:
    """Return the zip, in the language that is active."""
    seen = [_look(look, concerns) for look in looks]
    data = {
        "format": FORMAT,
        "generated_at": now.isoformat(),
        "language": get_language(),
        "letter": _letter(written),
        "groups": [_group(group, ends) for group in gathered.groups],
        "withheld": [left_out(one) for one in written.withheld],
        "who_looked": seen,
        "hidden": hidden_data(written.redacted, law=LAW),
    }
    has_pdf = sum(len(group.rows) for group in gathered.groups) <= MOST_IN_PDF
    page = {"letter": written, "groups": [_shown(group, ends) for group in gathered.groups],
            "looks": seen}  # fmt: skip
    answer, index = letter.render(written, "letter.html"), render_to_string("dsar/index.html", page)
    about = {"letter": written, "has_pdf": has_pdf}
    files = {
        "README.txt": render_to_string("dsar/readme.txt", about).encode(),
        "letter.html": answer.encode(),
        "letter.pdf": readable_pdf.pdf(answer),
        "letter.txt": letter.render(written, "letter.txt").encode(),
        "index.html": index.encode(),
        **({"index.pdf": readable_pdf.pdf(index)} if has_pdf else {}),
        "schema.json": SCHEMA.read_bytes(),
        "data.json": json.dumps(data, ensure_ascii=False, indent=2).encode(),
        "csv/who_looked.csv": sheet(list(_LOOK), [[look[k] for k in _LOOK] for look in seen]),
        "csv/hidden.csv": hidden_sheet(written.redacted, law=LAW),
        **{f"csv/{group.record}.csv": _sheet(group, ends) for group in gathered.groups},
    }
    return zipped(files, now)


def zipped(files: dict[str, bytes], now: datetime) -> bytes:
    """Return a zip of files that only its owner may read."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, date_time=now.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, content)
    return out.getvalue()


_LOOK = ("at", "role", "purpose", "action", "operation", "outcome")


def _look(look: Look, concerns: list[Concerns]) -> dict[str, str]:
    texts = {c.version.activity.purpose.key: c.purpose_text for c in concerns}
    said = texts.get(look.purpose) or labels.word(labels.DUTIES, look.purpose)
    return {
        "at": look.at.isoformat(timespec="seconds"),
        "role": labels.word(labels.ROLES, look.role),
        "purpose": said,
        "action": look.action,
        "operation": look.operation,
        "outcome": look.outcome,
    }


_HIDDEN = ("record", "field", "kind", "count", "law")


def hidden_in(cell: Cell) -> dict[str, int]:
    """Return how many marks a value has that stand for something hidden, where it has some."""
    return {"hidden": cell.hidden} if cell.hidden else {}


def hidden_data(redacted: Redacted, *, law: str) -> list[dict[str, Any]]:
    """Return the redaction log as data."""
    return [
        {"record": line.record, "field": line.field, "kind": line.kind, "count": line.count,
         "law": law}
        for line in redacted.log
    ]  # fmt: skip


def hidden_sheet(redacted: Redacted, *, law: str) -> bytes:
    """Return the redaction log as a sheet."""
    lines = [[line[name] for name in _HIDDEN] for line in hidden_data(redacted, law=law)]
    return sheet(list(_HIDDEN), lines)


def _group(group: Group, ends: dict[UUID, End]) -> dict[str, Any]:
    return {
        "record": group.record,
        "title": group.title,
        "record_class": group.record_class,
        "rows": [
            {
                "id": str(row.id),
                "source": row.source or None,
                "collected_at": row.collected_at.isoformat() if row.collected_at else None,
                "kept_until": _until(ends.get(row.id, NO_END)) or None,
                "kept_because": ends.get(row.id, NO_END).reference or None,
                "fields": {
                    cell.name: {"value": cell.value, "category": cell.category,
                                "dpv": _dpv(cell.category), **hidden_in(cell)}
                    for cell in row.cells
                },
            }
            for row in group.rows
        ],
    }  # fmt: skip


def left_out(one: Withheld) -> dict[str, Any]:
    """Return what is left out as data, as `SCHEMA_OF_WITHHELD` says."""
    return {
        "record": one.record,
        "field": one.field or None,
        "title": one.title,
        "count": one.count,
        "ground": one.ground,
        "ground_text": one.ground_text,
        "reasons": one.reasons,
    }


def _shown(group: Group, ends: dict[UUID, End]) -> dict[str, Any]:
    """Return a group as the readable page shows it: labels instead of names."""
    return {
        "title": group.title,
        "rows": [
            {"source": row.source, "end": ends.get(row.id, NO_END),
             "collected_at": row.collected_at,
             "cells": [(_label(cell.name), _told(cell)) for cell in row.cells]}
            for row in group.rows
        ],
    }  # fmt: skip


def _sheet(group: Group, ends: dict[UUID, End]) -> bytes:
    names = list(dict.fromkeys(cell.name for row in group.rows for cell in row.cells))
    titles = ["id", "source", "collected_at", "kept_until", *names]
    lines: list[Sequence[object]] = []
    for row in group.rows:
        held = {cell.name: cell.value for cell in row.cells}
        collected = row.collected_at.isoformat() if row.collected_at else ""
        lines.append(
            [str(row.id), row.source, collected, _until(ends.get(row.id, NO_END))]
            + [held.get(name) for name in names]
        )
    return sheet(titles, lines)


def _letter(written: Letter) -> dict[str, Any]:
    """Return what the letter says as data (Art. 15(1) and (2))."""

    def line(purpose: letter.PurposeLine) -> dict[str, Any]:
        return {"purpose": purpose.text, "basis": purpose.basis, "law": purpose.reference,
                "categories": purpose.categories, "not_used_because": purpose.why_not or None,
                "profiling": purpose.is_profiling}  # fmt: skip

    return {
        "controller": {
            "name": written.controller.name,
            "address": written.controller.address,
            "email": written.controller.email,
            "dpo": written.controller.dpo_contact,
        },
        "request": {"reference": written.request.reference,
                    "received_on": written.request.received_on.isoformat()},
        "confirmed": written.confirms,
        "purposes": [line(purpose) for purpose in (*written.used, *written.not_used)],
        "recipients": [
            {"name": r.name, "category": r.category, "country": r.country,
             "safeguard": r.safeguard or None, "times": r.times,
             "last_on": r.last_on.isoformat() if r.last_on else None}
            for r in written.recipients
        ],
        "transfers": written.transfers,
        "retention": [
            {"records": g.title, "count": g.count, "categories": g.categories,
             "first_end": g.first_until.isoformat() if g.first_until else None,
             "last_end": g.last_until.isoformat() if g.last_until else None,
             "law": g.references}
            for g in written.groups
        ],
        "sources": written.sources,
        "profiling": written.profiling,
        "automated_decisions": [
            {"purpose": d.purpose, "logic": d.logic, "significance": d.significance}
            for d in written.decisions
        ],
        "remembered": [
            {"address": m.address, "reason": m.reason, "since": m.since.isoformat()}
            for m in written.remembered
        ],
        "waiting_for_erasure": written.waiting,
    }  # fmt: skip


def _until(end: End) -> str:
    return end.until.isoformat() if end.until else ""


def _dpv(category: Category | None) -> str | None:
    return TERMS[category].dpv if category else None


def _told(cell: Cell) -> Value:
    """Return a value as people read it: a code in words, a day as it is written."""
    if not isinstance(cell.value, str):
        return cell.value
    return _readable(values.word(cell.name, cell.value))


def _readable(value: Value) -> Value:
    """Return a day or a moment as people write it; everything else as it is held."""
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        return value
    try:
        moment, day = parse_datetime(value), parse_date(value[:10])
    except ValueError:  # somebody wrote 2026-02-31
        return value
    if len(value) > len("2026-02-28") and moment is not None:
        return date_format(timezone.localtime(moment), "j F Y, H:i")
    return date_format(day, "j F Y") if day is not None else value


def _label(name: str) -> str:
    return labels.word(labels.FIELDS, name)


# Sealing the copy


def sealed_copy(access: Access, subject: UUID, package: UUID, content: bytes) -> str:
    """Return the text to store for a copy: sealed under the ordinary key if it still exists."""
    try:
        return _sealed(access, subject, package, content, scope=Scope.ORDINARY)
    except KeyDestroyedError:
        # Erased: what is left, and therefore the copy of it, lives under the request file.
        return _sealed(access, subject, package, content, scope=Scope.REQUEST)


def resealed_copy(access: Access, subject: UUID, package: UUID, stored: str, *, scope: str) -> str:
    """Return a stored copy sealed anew under the newest key, in `scope` if it is the ordinary one.

    A copy that does not open is returned as it is: nobody can open it any more.
    """
    under, _slash, version = stored.partition(":")[0].partition("/")
    target = scope if under == Scope.ORDINARY else under
    try:
        if (target, int(version or 1)) == (under, access.newest(subject, target)):
            return stored
        content = opened_copy(access, subject, package, stored)
    except (KeyDestroyedError, InvalidTag):
        return stored
    return _sealed(access, subject, package, content, scope=target)


def _sealed(access: Access, subject: UUID, package: UUID, content: bytes, *, scope: str) -> str:
    version, category = access.newest(subject, scope), Category.RIGHTS_REQUESTS
    cipher = access.cipher(access.controller, subject, scope, category, version)
    nonce = os.urandom(NONCE)
    box = nonce + cipher.encrypt(nonce, content, _bound(package))
    return f"{scope}/{version}:{b64encode(box).decode()}"


def opened_copy(access: Access, subject: UUID, package: UUID, stored: str) -> bytes:
    """Return the bytes of a stored copy.

    Raises
    ------
    KeyDestroyedError
        the person was erased after the copy was made
    """
    under, _colon, text = stored.partition(":")
    scope, _slash, version = under.partition("/")  # copies of old say no version: the first
    category = Category.RIGHTS_REQUESTS
    cipher = access.cipher(access.controller, subject, scope, category, int(version or 1))
    box = b64decode(text)
    return cipher.decrypt(box[:NONCE], box[NONCE:], _bound(package))


def _bound(package: UUID) -> bytes:
    return f"custode/package/v1|{package.hex}".encode()
