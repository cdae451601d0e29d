"""What is kept of an erased person goes over to keys that nothing erased is sealed under.

Follows docs/spec/erasure.md, section 5. A row or frame that goes stays readable in the heap, the
server's log of changes and backups as long as its key lives. So before anything goes, rows that
stay are sealed anew: ordinary ones under the scope `kept`, those of a scope that loses a row or a
frame under its next version. The old keys then die with what is gone.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from django.db import connection

from governance.crypto import keystore
from governance.crypto.column import Column
from governance.crypto.errors import UnsealError
from governance.crypto.orders import Line
from governance.policy.vocabulary import DATA_SCOPES, Scope
from registry.gate.access import Access
from registry.models import SearchToken
from registry.sealed import SealedRow, reseal
from retention import people, tables
from retention.plans import ERASED, KEPT, ErasurePlan, HoldingPlan
from retention.tables import Table

VERSION_OF = "CASE get_byte(sealed, 0) WHEN 1 THEN 1 ELSE get_byte(sealed, 1) END"


def rows_by_scope_and_version(
    subjects: Collection[UUID],
) -> dict[UUID, Counter[tuple[str, int]]]:
    """Return how many rows of each person are sealed under each version of each scope's key.

    Rows that seal nothing need no key; they count under version 0 of their scope.
    """
    found: dict[UUID, Counter[tuple[str, int]]] = defaultdict(Counter)
    for table in tables.holding(subjects):
        for subject, scope, version, number in _counted(table, list(subjects)):
            found[subject][scope, version] += number
    return found


def _counted(table: Table, subjects: list[UUID]) -> list[tuple[UUID, str, int, int]]:
    name, column = connection.ops.quote_name(table.name), connection.ops.quote_name(table.subject)
    scope, version = "%s::text", "0"
    if table.scope_column:
        scope, version = "scope", f"CASE WHEN sealed = '' THEN 0 ELSE {VERSION_OF} END"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column}, {scope}, {version} AS version, count(*) FROM {name}"  # noqa: S608 - names of ours
            f" WHERE {column} = ANY(%s) GROUP BY 1, 2, 3",
            [*([] if table.scope_column else [table.scope.value]), subjects],
        )
        found: list[tuple[UUID, str, int, int]] = cursor.fetchall()
    return found


def reseal_kept(access: Access, plan: ErasurePlan) -> dict[str, int]:
    """Seal anew what a plan keeps; return how many rows, by the scope they were sealed under.

    In an access of the duty `answering`, the person frozen. New keys are committed first, apart
    from this transaction. Repeating it is harmless: what is sealed so already is passed over.
    Search tokens of rows that go over to `kept` and of frames left out are removed.

    Raises
    ------
    SubjectNotHeldError
    UnsealError
        a row that has to be kept does not open, and would be lost with its key
    """
    people.lock_one(plan.subject)
    access.members.add(plan.subject)
    holdings = [
        _Sealed.of(access, h) for h in plan.holdings if tables.by_name()[h.table].scope_column
    ]
    losing = {one.plan.scope for one in holdings if one.loses} - {Scope.ORDINARY}
    _make_keys(access, plan, holdings, losing)
    done = Counter[str]()
    for one in holdings:
        if one.plan.decision == KEPT:
            done[one.plan.scope] += _reseal(access, one, is_losing=one.plan.scope in losing)
    return dict(+done)


def superseded(access: Access, plan: ErasurePlan) -> set[Line]:
    """Return the keys that nothing of a person is sealed under any more, so that they can die.

    To be asked with the person locked, after the rows of the plan are gone. While any row stays,
    the newest key for request files stays, so that questions about it can be filed; the name in
    the log is not among the answers.
    """
    used = rows_by_scope_and_version([plan.subject])[plan.subject]
    lines = keystore.living_lines(access.controller, [plan.subject])
    spared = newest_lines(access.controller, plan.subject).get(Scope.REQUEST)
    return {
        line
        for line in lines
        if line.scope in DATA_SCOPES
        and not used[line.scope, line.version]
        and not (used.total() and line == spared)
    }


@dataclass(frozen=True)
class _Sealed:
    """Rows of a plan that are still in their scope, and the versions they are sealed under.

    Attributes
    ----------
    tainted : versions under which lies what goes
    """

    plan: HoldingPlan
    rows: list[Any]
    tainted: frozenset[int]

    @property
    def loses(self) -> bool:
        """Whether its scope loses a row or a frame."""
        return self.plan.decision == ERASED or bool(self.plan.dropped)

    @classmethod
    def of(cls, access: Access, plan: HoldingPlan) -> Self:
        """Read the rows of a holding."""
        model: Any = tables.by_name()[plan.table].model
        rows = list(access.rows(model).filter(pk__in=plan.rows, scope=plan.scope))
        columns = [Column.parse(row.sealed) for row in rows if row.sealed]
        return cls(
            plan,
            rows,
            frozenset(
                column.key_version
                for column in columns
                if plan.decision == ERASED or column.frames.keys() & set(plan.dropped)
            ),
        )


def _make_keys(
    access: Access, plan: ErasurePlan, holdings: Sequence[_Sealed], losing: Collection[str]
) -> None:
    """Make the keys to go over to: a next version only where the newest is that of what goes."""
    staying = {one.plan.scope for one in holdings if one.plan.decision == KEPT and one.rows}
    if Scope.ORDINARY in staying:
        keystore.create_subject_keys(access.controller, [plan.subject], scopes=[Scope.KEPT])
    if staying or plan.kept_scopes():
        staying.add(Scope.REQUEST)  # its key stays for questions about what is kept
    newest = newest_lines(access.controller, plan.subject)
    tainted = {(one.plan.scope, version) for one in holdings for version in one.tainted}
    wanted = [newest[scope] for scope in staying & set(losing) if scope in newest]
    keystore.create_next_keys(
        access.controller, [line for line in wanted if (line.scope, line.version) in tainted]
    )


def newest_lines(controller: UUID, subject: UUID) -> dict[str, Line]:
    """Return the newest living key of a person by scope."""
    return {line.scope: line for line in sorted(keystore.living_lines(controller, [subject]))}


def _reseal(access: Access, one: _Sealed, *, is_losing: bool) -> int:
    scope = Scope.KEPT if one.plan.scope == Scope.ORDINARY else None
    if not (scope or is_losing or _has_inner(one)):
        return 0
    found = reseal(
        access, one.rows, scope=scope, without=frozenset(one.plan.dropped), inner=Scope.KEPT
    )
    if found.unopened:
        raise UnsealError
    tokens = SearchToken.objects.filter(row__in=[row.pk for row in one.rows])
    if scope is None:
        declared = tables.by_name()[one.plan.table].holding.personal().values()
        kinds = {d.lookup for d in declared if d.lookup and d.category in one.plan.dropped}
        tokens = tokens.filter(kind__in=kinds)
    tokens.delete()
    return found.done


def _has_inner(one: _Sealed) -> bool:
    model: Any = tables.by_name()[one.plan.table].model
    return bool(model.reseal_inner is not SealedRow.reseal_inner)
