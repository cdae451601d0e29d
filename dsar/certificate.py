"""The certificate of an erasure: per record class and field erased, kept or not held.

It holds counts, names of fields, grounds and dates, and no value of anybody, so that it can be
kept after the person is gone. What stays is told with ground, law and last day; so are the keys
that survive, and what backups may still hold. Follows docs/spec/erasure.md, section 8: the
entry of the log that the person was erased names the digest of what is said here, so its proof
is the signature of the certificate.

Version 1, made before, has its receipt in it and is not named by its entry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from audit import proofs
from audit.verifier.certificate import digest
from registry.datamap import data_map
from retention.plans import ERASED, KEPT, ErasurePlan, HoldingPlan, Verification

VERSION = 2
COPY_DAYS = 7  # how long a copy of the keystore lives (field-encryption.md, section 5)
PHYSICAL_WITHIN = timedelta(days=1 + COPY_DAYS)
LIMITS = ("outside", "clear_columns", "log", "limited_by_law")
"""What no erasure by us reaches; `labels.LIMITS` says it in words (erasure.md, section 13)."""


@dataclass(frozen=True, kw_only=True)
class Backups:
    """What copies of the databases still hold.

    Attributes
    ----------
    copy_days : how long copies of the keystore live
    opens_until : last day on which a backup opens rows swept or staged earlier; None: none does
    holds_kept : whether a backup holds what is kept; None where nothing was sealed anew
    """

    copy_days: int = COPY_DAYS
    opens_until: date | None = None
    holds_kept: bool | None = None


@dataclass(frozen=True, kw_only=True)
class CertificateFacts:
    """All that a certificate is made of.

    Attributes
    ----------
    approved_by : roles, in the order of approval
    shown, held : the plan that was approved, and for each of its holdings which fields had a value
    after : the plan as it stands at the end; says what is kept, the closed file included
    found : what the search of every table found
    addresses, remembered_until : how many went into the memory of deletions, and its last day;
        None where it ends at the person's wish alone
    logical_at : when the last of the keys was destroyed; None where none was
    stores, recipients : how many things went from each store, and notices to each recipient
    commitment : as `commitment.made` returned it in round 1
    former : digest of the certificate of the round before
    untold : rows kept under a hold of which the person must not be told yet
        (art. 2-undecies D.Lgs. 196/2003)
    """

    erasure: UUID
    reference: str
    controller: str
    round: int = 1
    received_on: date
    planned_at: datetime
    approved_at: datetime | None
    approved_by: tuple[str, ...]
    certified_at: datetime
    plan_hash: str
    shown: ErasurePlan
    held: Sequence[Sequence[str]]
    after: ErasurePlan
    found: Verification
    addresses: int
    logical_at: datetime | None
    stores: Mapping[str, int]
    recipients: Mapping[str, int]
    backups: Backups = Backups()
    commitment: Mapping[str, Any] | None = None
    former: str = ""
    remembered_until: date | None = None
    untold: frozenset[UUID] = frozenset()


def body(facts: CertificateFacts) -> dict[str, Any]:
    """Return what the certificate says, which JSON keeps as it is: no floats, ASCII names."""
    told = _told(facts)
    gone_by = facts.logical_at + PHYSICAL_WITHIN if facts.logical_at else None
    return {
        "version": VERSION,
        "erasure": str(facts.erasure),
        "round": facts.round,
        "reference": facts.reference,
        "controller": facts.controller,
        "received_on": facts.received_on.isoformat(),
        "planned_at": _moment(facts.planned_at),
        "approved_at": _moment(facts.approved_at),
        "approved_by": list(facts.approved_by),
        "certified_at": _moment(facts.certified_at),
        "logical_at": _moment(facts.logical_at),
        "physical_by": gone_by.astimezone(UTC).date().isoformat() if gone_by else None,
        "plan_hash": facts.plan_hash,
        "records": [*_erased(facts), *_kept(facts, told)],
        "not_held": _not_held(facts),
        "memory": {"addresses": facts.addresses, "until": _day(facts.remembered_until)},
        "scopes": _scopes(facts, told),
        "stores": _counted(facts.stores, "store"),
        "recipients": _counted(facts.recipients, "name"),
        "backups": {
            "copy_days": facts.backups.copy_days,
            "opens_until": _day(facts.backups.opens_until),
            "holds_kept": facts.backups.holds_kept,
        },
        "limits": list(LIMITS),
        "verification": _verification(facts),
        "commitment": dict(facts.commitment) if facts.commitment else None,
        "former": facts.former or None,
    }


def reason(said: dict[str, Any]) -> str:
    """Return what the entry `subject.erased` gives as its reason: it names the certificate."""
    return f"certificate.{digest(said)}"


def _told(facts: CertificateFacts) -> ErasurePlan:
    """Return the plan at the end without the rows of which the person must not be told."""
    return replace(
        facts.after,
        holdings=tuple(
            replace(holding, rows=rows, count=holding.count - (len(holding.rows) - len(rows)))
            for holding in facts.after.holdings
            if (rows := tuple(row for row in holding.rows if row not in facts.untold))
            or not holding.rows
        ),
    )


def _erased(facts: CertificateFacts) -> list[dict[str, Any]]:
    return [
        _record(holding, ERASED, names)
        for holding, names in zip(facts.shown.holdings, facts.held, strict=True)
        if holding.decision == ERASED
    ]


def _kept(facts: CertificateFacts, told: ErasurePlan) -> list[dict[str, Any]]:
    had: dict[str, set[str]] = {}
    for holding, names in zip(facts.shown.holdings, facts.held, strict=True):
        had.setdefault(holding.table, set()).update(names)
    return [
        {
            **_record(holding, KEPT, had.get(holding.table, set())),
            "ground": holding.ground,
            "law": holding.law,
            "until": _day(holding.until),
        }
        for holding in told.holdings
        if holding.decision == KEPT
    ]


def _record(holding: HoldingPlan, result: str, had: Sequence[str] | set[str]) -> dict[str, Any]:
    return {
        "title_it": holding.title_it,
        "title_en": holding.title_en,
        "record_class": holding.record_class,
        "scope": holding.scope,
        "result": result,
        "count": holding.count,
        "fields": [
            {"name": name, "category": category, "result": result if name in had else "not_held"}
            for name, category in holding.fields
        ],
    }


def _not_held(facts: CertificateFacts) -> list[dict[str, str]]:
    """Return the groups of records of which there was no row at all."""
    there = {holding.table for plan in (facts.shown, facts.after) for holding in plan.holdings}
    return [
        {"title_it": holding.title_it, "title_en": holding.title_en}
        for holding in data_map().answered()
        if holding.table not in there
    ]


def _scopes(facts: CertificateFacts, told: ErasurePlan) -> list[dict[str, str | None]]:
    """Return the keys that survive, and until when rows are kept under each."""
    lines = []
    untold = facts.after.kept_scopes() - told.kept_scopes()
    for scope in sorted(facts.found.scopes - untold):
        mine = [h for h in told.holdings if h.scope == scope and h.decision == KEPT]
        ends = [h.until for h in mine if h.until]
        until = max(ends) if ends and len(ends) == len(mine) else None
        lines.append({"scope": scope, "until": _day(until)})
    return lines


def _verification(facts: CertificateFacts) -> dict[str, Any]:
    found = dict(facts.found.found)
    for holding in facts.after.holdings:
        if hidden := sum(row in facts.untold for row in holding.rows):
            found[holding.table] -= hidden
    return {
        "result": facts.found.result,
        "found": {table: number for table, number in sorted(found.items()) if number},
        "surplus": dict(sorted(facts.found.surplus.items())),
    }


def _counted(numbers: Mapping[str, int], named: str) -> list[dict[str, Any]]:
    """Return pairs in order: a name of somebody is no key of JSON, whose order is of ASCII."""
    return [{named: name, "number": number} for name, number in sorted(numbers.items())]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


# What was issued


@dataclass(frozen=True)
class Certificate:
    """A certificate of any version, with the receipt of the entry of its erasure."""

    body: dict[str, Any]
    receipt: str

    @classmethod
    def of_stored(cls, stored: dict[str, Any], receipt: str) -> Self:
        """Return a certificate that is stored; version 1 says its receipt in itself too."""
        said = {name: value for name, value in stored.items() if name != "receipt"}
        return cls(said, receipt)

    @property
    def reason(self) -> str:
        """What an entry about it says."""
        return reason(self.body)


def proof(receipt: str, *, using: str = "default") -> str:
    """Return the proof that an entry is in the log; "" while it is not signed.

    Asked inside an open access, or with the auditor's connection.

    Raises
    ------
    NoSuchEntryError
        there is no entry with this receipt
    """
    if not receipt:
        return ""
    try:
        entry_id, leaf = _parts(receipt)
        return proofs.proof_of(entry_id, leaf=leaf, using=using)
    except proofs.NotYetProvableError:
        return ""


def _parts(receipt: str) -> tuple[UUID, bytes]:
    entry_id, _dot, leaf = receipt.partition(".")
    return UUID(entry_id), bytes.fromhex(leaf)
