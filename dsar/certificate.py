"""The certificate of an erasure: per record class and field erased, kept or not held.

It holds counts, names of fields, grounds and dates, and no value of anybody, so that it can be
kept after the person is gone. What stays is told with ground, law and last day; so are the keys
that survive, and what backups may still hold.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from audit import log, proofs
from dsar import labels
from dsar.models import Erasure, SubjectRequest
from registry.datamap import data_map
from retention.plans import ERASED, KEPT, ErasurePlan, Verification

VERSION = 1


@dataclass(frozen=True, slots=True)
class Told:
    """What a round has to tell.

    Attributes
    ----------
    plan : what it erased, and what its plans said was kept
    held : for each holding of it, in its order, the fields that had a value
    steps : when each step of the last pass was done
    addresses : how many went into the memory of deletions
    """

    plan: ErasurePlan
    held: list[list[str]]
    steps: dict[str, str]
    addresses: int


def issue(
    erasure: Erasure,
    request: SubjectRequest,
    *,
    told: Told,
    after: ErasurePlan,
    found: Verification,
    receipt: log.Receipt,
) -> dict[str, Any]:
    """Return the certificate of an erasure that was carried out and verified.

    Arguments
    ---------
    told : what went in this round, and which fields had a value
    after : the plan as it stands at the end; says what is kept, the closed file included
    receipt : of the entry in the audit log that says that the person was erased
    """
    return {
        "version": VERSION,
        "erasure": str(erasure.pk),
        "reference": request.reference,
        "controller": erasure.controller.name,
        "received_on": request.received_on.isoformat(),
        "planned_at": erasure.planned_at.isoformat(),
        "approved_at": erasure.approved_at.isoformat() if erasure.approved_at else None,
        "approved_by": "dpo",
        "certified_at": erasure.certified_at.isoformat() if erasure.certified_at else None,
        "attempts": erasure.fence,
        "round": erasure.round,
        "plan_hash": erasure.plan_hash,
        "records": [*_erased(told), *_kept(after, told)],
        "not_held": _not_held(told.plan, after),
        "steps": told.steps,
        "memory": {"addresses": told.addresses},
        "scopes": _scopes(after, found),
        "verification": {
            "result": found.result,
            "found": dict(sorted(found.found.items())),
            "surplus": dict(sorted(found.surplus.items())),
        },
        "receipt": str(receipt),
    }


def _erased(told: Told) -> list[dict[str, Any]]:
    return [
        {
            "title_it": holding.title_it,
            "title_en": holding.title_en,
            "record_class": holding.record_class,
            "scope": holding.scope,
            "result": ERASED,
            "count": holding.count,
            "fields": _fields(holding.fields, names, ERASED),
        }
        for holding, names in zip(told.plan.holdings, told.held, strict=True)
        if holding.decision == ERASED
    ]


def _kept(after: ErasurePlan, told: Told) -> list[dict[str, Any]]:
    had: dict[str, set[str]] = {}
    for holding, names in zip(told.plan.holdings, told.held, strict=True):
        had.setdefault(holding.table, set()).update(names)
    return [
        {
            "title_it": holding.title_it,
            "title_en": holding.title_en,
            "record_class": holding.record_class,
            "scope": holding.scope,
            "result": KEPT,
            "count": holding.count,
            "ground": holding.ground,
            "law": holding.law,
            "until": holding.until.isoformat() if holding.until else None,
            "fields": _fields(holding.fields, had.get(holding.table, set()), KEPT),
        }
        for holding in after.holdings
        if holding.decision == KEPT
    ]


def _fields(
    declared: tuple[tuple[str, str], ...], had: list[str] | set[str], result: str
) -> list[dict[str, str]]:
    return [
        {"name": name, "category": category, "result": result if name in had else "not_held"}
        for name, category in declared
    ]


def _not_held(shown: ErasurePlan, after: ErasurePlan) -> list[dict[str, str]]:
    """Return the groups of records of which there was no row at all."""
    there = {holding.table for plan in (shown, after) for holding in plan.holdings}
    return [
        {"title_it": holding.title_it, "title_en": holding.title_en}
        for holding in data_map().answered()
        if holding.table not in there
    ]


def _scopes(after: ErasurePlan, found: Verification) -> list[dict[str, str | None]]:
    """Return the keys that survive, and until when rows are kept under each."""
    lines = []
    for scope in sorted(found.scopes):
        mine = [h for h in after.holdings if h.scope == scope and h.decision == KEPT]
        ends = [h.until for h in mine if h.until]
        until = max(ends) if ends and len(ends) == len(mine) else None
        lines.append({"scope": scope, "until": until.isoformat() if until else None})
    return lines


def proof(issued: dict[str, Any], *, using: str = "default") -> str:
    """Return the proof that the entry of an erasure is in the log; "" while it is not signed.

    Asked inside an open access, or with the auditor's connection.
    """
    entry_id, _dot, leaf = issued.get("receipt", "").partition(".")
    if not entry_id:
        return ""
    try:
        return proofs.proof_of(UUID(entry_id), leaf=bytes.fromhex(leaf), using=using)
    except proofs.NotYetProvableError:
        return ""


def page(
    issued: dict[str, Any], *, language: str, proof: str = "", gone_at: datetime | None = None
) -> str:
    """Return a certificate as a page to read, in Italian or English, with the proof given.

    Arguments
    ---------
    gone_at : when the keys left the tables of the keystore; None while traces may be in them
    """
    with translation.override(language):
        title = "title_it" if language.startswith("it") else "title_en"
        records = [
            {
                **record,
                "title": record[title],
                "law_line": _law(record),
                "until_on": parse_date(record["until"]) if record.get("until") else None,
                "names": _names(record, {ERASED, KEPT}),
                "empty": _names(record, {"not_held"}),
            }
            for record in issued["records"]
        ]
        context = {
            "c": issued,
            "proof": proof,
            "gone_at": gone_at,
            "certified_at": parse_datetime(issued["certified_at"]),
            "received_on": parse_date(issued["received_on"]),
            "erased": [record for record in records if record["result"] == ERASED],
            "kept": [record for record in records if record["result"] == KEPT],
            "not_held": [entry[title] for entry in issued["not_held"]],
            "scopes": [
                (_scope(s["scope"]), parse_date(s["until"]) if s["until"] else None)
                for s in issued["scopes"]
            ],
        }
        return render_to_string("dsar/certificate.html", context)


def _law(record: dict[str, Any]) -> str:
    """Return ground and law in one line: Art. 17(3)(b), art. 2220 c.c."""
    ground = f"Art. {record['ground']}" if record.get("ground") else ""
    return ", ".join(part for part in (ground, record.get("law", "")) if part)


def _names(record: dict[str, Any], results: set[str]) -> list[str]:
    names = [f["name"] for f in record["fields"] if f["result"] in results]
    return [labels.word(labels.FIELDS, name) for name in names]


def _scope(scope: str) -> str:
    return {
        "ordinary": _("ordinary data"),
        "fiscal": _("orders and invoices"),
        "request": _("files of requests"),
        "kept": _("what is kept after an erasure"),
        "audit": _("the name in the log of accesses"),
    }[scope]
