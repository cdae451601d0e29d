"""The tables that retention and erasure work on, in the order in which rows can go.

Derived from the data map and the foreign keys: a row goes before the rows it refers to, and
evidence, on which decisions about a person rest, goes last. The row of the data subject
itself is not among them: it stays as a random identifier and the word `erased`, so that
nothing can be added to somebody who is gone. Search tokens go with their row, disclosures with
what was disclosed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import TopologicalSorter
from uuid import UUID

from django.db import connection, models

from governance.policy.vocabulary import Anchor, RecordClass, Scope
from registry.datamap import Holding, data_map
from registry.gate.anchors import FROM_EVIDENCE, SUBJECT_ANCHORS
from registry.models import (
    ConsentEvent,
    ConsentStanding,
    DataSubject,
    Disclosure,
    Objection,
    QualifyingEvent,
    Restriction,
    SearchToken,
    SubjectRow,
)

# Disclosures go when what was disclosed goes, by way of a notification (retention.recipients).
WITH_THEIR_ROW = (DataSubject, SearchToken, Disclosure)
EVIDENCE = (ConsentEvent, ConsentStanding, Objection, QualifyingEvent, Restriction)
SUBJECT_WIDE = frozenset(SUBJECT_ANCHORS) | FROM_EVIDENCE


@dataclass(frozen=True)
class Table:
    """One table about people, as the engine reads it.

    Attributes
    ----------
    subject : attribute with the subject's id
    scope_column : attribute with the key scope of a row; "" where the class alone says it
    anchors : attribute of each start event that is the row's own, or, as `case__solved_at`, of the
        row that it belongs to
    links : attributes that refer to rows of other tables of this kind
    is_evidence : decisions about the person rest on its rows
    """

    holding: Holding
    model: type[models.Model]
    record_class: RecordClass
    subject: str
    scope_column: str
    anchors: tuple[tuple[Anchor, str], ...]
    links: tuple[str, ...]
    is_evidence: bool

    @property
    def name(self) -> str:
        """The name of the database table."""
        return self.model._meta.db_table

    @property
    def scope(self) -> Scope:
        """The key scope its class is sealed under."""
        return self.holding.scope

    @cached_property
    def sealed(self) -> frozenset[str]:
        """The categories that are sealed in its rows."""
        return frozenset(d.category for d in self.holding.personal().values() if not d.clear)

    @property
    def parts(self) -> frozenset[str]:
        """The categories that are sealed in its rows, each by itself.

        Evidence is whole or nothing, and so is what one category alone is sealed in.
        """
        if not self.scope_column or self.is_evidence:
            return frozenset()
        return self.sealed if len(self.sealed) > 1 else frozenset()

    @property
    def has_archive(self) -> bool:
        """Whether its rows can be sealed under the archive's key, and go from those in use.

        Evidence is asked by every decision, and what a duty of its own keeps has keys of its own.
        """
        return bool(self.scope_column) and not self.is_evidence and self.scope is Scope.ORDINARY

    @property
    def closed_on(self) -> str:
        """The attribute that says when a request file was closed; "" where there is none."""
        if self.record_class is not RecordClass.REQUEST_FILE:
            return ""
        return dict(self.anchors).get(Anchor.REQUEST_CLOSED, "")


@cache
def in_order() -> tuple[Table, ...]:
    """Return the tables about people, each before those its rows refer to, evidence last.

    Raises
    ------
    graphlib.CycleError
        tables refer to each other in a circle; no order of deletion exists
    """
    holdings = {
        h.model_class: h for h in data_map().about_people() if h.model_class not in WITH_THEIR_ROW
    }
    sorter: TopologicalSorter[type[models.Model]] = TopologicalSorter()
    others = [model for model in holdings if model not in EVIDENCE]
    # The day of a withdrawal is read from the standing, and counts for the entries behind it.
    sorter.add(ConsentStanding, ConsentEvent)
    for model in holdings:
        sorter.add(model, *(others if model in EVIDENCE else ()))
        for target in _links(model, holdings).values():
            if target is not model:
                sorter.add(target, model)
    return tuple(_table(holdings[model], holdings) for model in sorter.static_order())


@cache
def by_name() -> dict[str, Table]:
    """Return the tables by their database name."""
    return {table.name: table for table in in_order()}


def holding(subjects: Collection[UUID]) -> tuple[Table, ...]:
    """Return the tables that hold rows of any of these people, in order; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_having("= ANY((SELECT people FROM asked)::uuid[])"), [list(subjects)])
        found = {name for (name,) in cursor.fetchall()}
    return tuple(table for table in in_order() if table.name in found)


def showing_others(subject: UUID) -> frozenset[str]:
    """Return the tables in which rows of somebody else than one person are seen."""
    with connection.cursor() as cursor:
        cursor.execute(_having("<> ALL((SELECT people FROM asked)::uuid[])"), [[subject]])
        return frozenset(name for (name,) in cursor.fetchall())


@cache
def _having(condition: str) -> str:
    """Return the statement that names the tables with rows whose person meets a condition."""
    quoted = connection.ops.quote_name
    searched = [(t.name, t.subject) for t in in_order()]
    searched.append((SearchToken._meta.db_table, "subject_id"))
    parts = (
        f"SELECT '{name}' WHERE EXISTS"  # noqa: S608 - names of ours
        f" (SELECT FROM {quoted(name)} WHERE {quoted(column)} {condition})"
        for name, column in searched
    )
    return "WITH asked AS (SELECT %s::uuid[] AS people) " + " UNION ALL ".join(parts)


def _links(
    model: type[models.Model], holdings: dict[type[models.Model], Holding]
) -> dict[str, type[models.Model]]:
    found = {}
    for field in model._meta.concrete_fields:
        target = field.related_model
        if isinstance(target, type) and target in holdings:
            found[field.attname] = target
    return found


def _table(holding: Holding, holdings: dict[type[models.Model], Holding]) -> Table:
    model = holding.model_class
    if holding.record_class is None:
        msg = f"{holding.model} has a subject and no record class"
        raise TypeError(msg)
    is_row = issubclass(model, SubjectRow)
    own = {
        anchor: column for anchor, column in holding.anchors.items() if anchor not in SUBJECT_WIDE
    }
    if is_row:
        own.setdefault(Anchor.COLLECTED, "collected_at")
    return Table(
        holding=holding,
        model=model,
        record_class=holding.record_class,
        subject=model._meta.get_field(holding.subject).attname,  # type: ignore[union-attr]  # a column
        scope_column="scope" if is_row else "",
        anchors=tuple(own.items()),
        links=tuple(_links(model, holdings)),
        is_evidence=model in EVIDENCE,
    )
