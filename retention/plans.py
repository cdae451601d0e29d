"""The plan of an erasure, what came of a step, and what verification found: plain values.

A plan says for each row of a person whether it goes or stays, and if it stays, on which ground,
by which law and until when. It holds random identifiers and names of fields, never values.
Its hash names it: what was shown, approved and carried out is one plan or another.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self
from uuid import UUID

import rfc8785

VERSION = 1
ERASED, KEPT = "erased", "kept"
VERIFIED, PARTIAL, CANNOT_TELL = "verified", "partial", "cannot_tell"


@dataclass(frozen=True, slots=True)
class HoldingPlan:
    """Rows of one table that share one decision.

    Attributes
    ----------
    table : name of the database table
    title_it, title_en : what a person is told it is
    record_class, scope : retention class, and the key scope the rows are sealed under
    count : number of rows
    decision : `erased` or `kept`
    ground : for kept rows, the clause as in "17(3)(b)"; "" for erased ones
    law : what keeps them, as the register cites it
    until : last day of keeping; None while nobody can say (a hold, an open file)
    fields : personal fields with their category, in the order of the data map
    rows : ids
    is_derived : repeats other rows (not told apart to a person)
    dropped : of kept rows, categories whose sealed values no ground needs, and which go
    """

    table: str
    title_it: str
    title_en: str
    record_class: str
    scope: str
    count: int
    decision: str
    ground: str
    law: str
    until: date | None
    fields: tuple[tuple[str, str], ...]
    rows: tuple[UUID, ...]
    is_derived: bool = False
    dropped: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "table": self.table,
            "title_it": self.title_it,
            "title_en": self.title_en,
            "record_class": self.record_class,
            "scope": self.scope,
            "count": self.count,
            "decision": self.decision,
            "ground": self.ground,
            "law": self.law,
            "until": self.until.isoformat() if self.until else None,
            "fields": [list(pair) for pair in self.fields],
            "rows": [str(row) for row in self.rows],
            "is_derived": self.is_derived,
            "dropped": list(self.dropped),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """Return the value of a JSON form."""
        return cls(
            **{
                **said,
                "until": date.fromisoformat(said["until"]) if said["until"] else None,
                "fields": tuple((name, category) for name, category in said["fields"]),
                "rows": tuple(UUID(row) for row in said["rows"]),
                "dropped": tuple(said.get("dropped", ())),
            }
        )


@dataclass(frozen=True, slots=True)
class ErasurePlan:
    """What an erasure of one person will do, decided on one day.

    Attributes
    ----------
    holdings : in the order of erasing: a row goes before the rows it refers to
    """

    controller: UUID
    subject: UUID
    today: date
    holdings: tuple[HoldingPlan, ...]

    def tables(self) -> tuple[str, ...]:
        """Return the tables that lose rows, in the order in which to erase them."""
        return tuple(dict.fromkeys(h.table for h in self.holdings if h.decision == ERASED))

    def erased(self, table: str) -> frozenset[UUID]:
        """Return the ids of the rows of a table that go."""
        return self._ids(table, ERASED)

    def kept(self, table: str) -> frozenset[UUID]:
        """Return the ids of the rows of a table that stay."""
        return self._ids(table, KEPT)

    def kept_scopes(self) -> frozenset[str]:
        """Return the key scopes under which rows stay."""
        return frozenset(h.scope for h in self.holdings if h.decision == KEPT)

    def limited(self, rows: Collection[UUID]) -> "ErasurePlan":
        """Return the plan in which nothing else than `rows` goes; others are left to retention."""
        holdings: list[HoldingPlan] = []
        for holding in self.holdings:
            left = [row for row in holding.rows if row not in rows]
            if holding.decision == KEPT or not left:
                holdings.append(holding)
                continue
            going = tuple(row for row in holding.rows if row in rows)
            if going:
                holdings.append(replace(holding, rows=going, count=len(going)))
            holdings.append(replace(holding, rows=tuple(left), count=len(left), decision=KEPT))
        return replace(self, holdings=tuple(holdings))

    def _ids(self, table: str, decision: str) -> frozenset[UUID]:
        chosen = [h for h in self.holdings if h.table == table and h.decision == decision]
        return frozenset(row for holding in chosen for row in holding.rows)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, as it is stored."""
        return {
            "version": VERSION,
            "controller": str(self.controller),
            "subject": str(self.subject),
            "today": self.today.isoformat(),
            "holdings": [holding.to_json() for holding in self.holdings],
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """Return the plan of a JSON form.

        Raises
        ------
        ValueError
            the form is of a version that this program does not know
        """
        if said["version"] != VERSION:
            msg = "a plan of another version; make it anew"
            raise ValueError(msg)
        return cls(
            controller=UUID(said["controller"]),
            subject=UUID(said["subject"]),
            today=date.fromisoformat(said["today"]),
            holdings=tuple(HoldingPlan.from_json(holding) for holding in said["holdings"]),
        )

    def hash(self) -> str:
        """Return SHA-256 over the canonical JSON form (RFC 8785), 64 hex digits."""
        return hashlib.sha256(rfc8785.dumps(self.to_json())).hexdigest()


@dataclass(frozen=True, slots=True)
class Erased:
    """What erasing the rows of one table did.

    Attributes
    ----------
    planned : rows the plan names
    erased : rows deleted now; those of an earlier attempt are not counted again
    kept : planned rows that no longer qualify, because something now keeps them
    failed : class of error by id, for rows the database refused to delete
    """

    table: str
    planned: int
    erased: int
    kept: int = 0
    failed: Mapping[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Destroyed:
    """Which keys of a person were destroyed now, and which could not be.

    Attributes
    ----------
    scopes : destroyed by this call
    in_use : scopes that still have rows
    frozen : scopes without rows whose keys a hold or a restriction protects
    """

    scopes: frozenset[str] = frozenset()
    in_use: frozenset[str] = frozenset()
    frozen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verification:
    """What a search of every table for a person found after an erasure.

    Attributes
    ----------
    result : `verified`, `partial` (something is left that should be gone, or lost that should
        be there) or `cannot_tell` (not every table could be proved visible)
    found : number of rows of the person, by table; tables without are left out
    surplus : of these, rows that nothing keeps
    unproved : tables whose visibility could not be proved
    scopes : key scopes that survive, as the keystore says
    """

    result: str
    found: Mapping[str, int]
    surplus: Mapping[str, int]
    unproved: tuple[str, ...]
    scopes: frozenset[str]
