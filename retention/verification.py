"""Verifying an erasure: what is left must be what the plan keeps, and absence must be proved.

An empty answer proves nothing by itself: under row-level security a wrong setting hides rows
without a word. So each table must show, in the same transaction, a row of another person of
this controller, or, where it has none, the catalogue must say that the only thing between us
and its rows is the gate's policy, which is open. Otherwise the answer is `cannot_tell`.
"""

from collections import Counter
from uuid import UUID

from django.db import connection
from django.db.models import Model

from governance.crypto import keystore
from governance.policy.vocabulary import Scope
from registry import isolation, narrowing, vouching
from registry.datamap import data_map
from registry.gate.access import Access
from registry.models import SearchToken
from retention import tables
from retention.keys import WITH_THE_LAST, frozen_scopes
from retention.plans import (
    CANNOT_TELL,
    ERASED,
    PARTIAL,
    VERIFIED,
    ErasurePlan,
    Verification,
)
from retention.resealing import newest_lines, rows_by_scope_and_version

TOKENS = SearchToken._meta.db_table


def verify_plan(access: Access, plan: ErasurePlan, fresh: ErasurePlan) -> Verification:
    """Compare what is there with what a plan keeps.

    Arguments
    ---------
    fresh : the plan as it would be made now; it knows rows that came after, such as the
        file of the request itself
    """
    found = Counter[str]()
    surplus = Counter[str]()
    for holding in fresh.holdings:
        found[holding.table] += holding.count
        gone = plan.erased(holding.table)
        left = set(holding.rows) if holding.decision == ERASED else set(holding.rows) & gone
        surplus[holding.table] += len(left)
    kept = {row for holding in fresh.holdings for row in holding.rows}
    for token_row in SearchToken.objects.filter(subject=plan.subject).values_list("row", flat=True):
        found[TOKENS] += 1
        surplus[TOKENS] += token_row not in kept
    unproved = _unproved(plan.subject) if _controller_is_open(access) else tuple(_searched())
    scopes = frozenset(keystore.surviving_scopes(access.controller, plan.subject))
    return Verification(
        result=_result(bool(unproved), bool(+surplus) or not _right_scopes(access, fresh, scopes)),
        found=dict(+found),
        surplus=dict(+surplus),
        unproved=unproved,
        scopes=scopes,
    )


def _result(is_blind: bool, is_partial: bool) -> str:
    if is_blind:
        return CANNOT_TELL
    return PARTIAL if is_partial else VERIFIED


def _right_scopes(access: Access, fresh: ErasurePlan, scopes: frozenset[str]) -> bool:
    """Say whether exactly the keys of kept rows, of what serves them, and frozen ones survive.

    Of each scope, all versions under which rows are sealed, and of old ones no other.
    """
    kept = fresh.kept_scopes()
    used = rows_by_scope_and_version([fresh.subject])[fresh.subject]
    lines = keystore.living_lines(access.controller, [fresh.subject])
    newest = newest_lines(access.controller, fresh.subject)
    if {(s, v) for s, v in +used if v} - {(line.scope, line.version) for line in lines}:
        return False
    if any(line != newest[line.scope] and not used[line.scope, line.version] for line in lines):
        return False
    sealed = frozenset(s for s, v in +used if v)
    needed = sealed | {Scope.AUDIT} if kept else sealed
    allowed = kept | WITH_THE_LAST if kept else kept
    if frozen := frozen_scopes(access, [fresh.subject])[fresh.subject]:
        allowed |= frozen | WITH_THE_LAST
    return needed <= scopes <= allowed


def _searched() -> dict[str, type[Model]]:
    """Return the model of every table that is searched."""
    found: dict[str, type[Model]] = {table.name: table.model for table in tables.in_order()}
    return found | {TOKENS: SearchToken}


def _unproved(subject: UUID) -> tuple[str, ...]:
    """Return the tables in which absence proves nothing."""
    isolated = isolation.isolated_tables()
    policies = _policies()
    visible = tables.showing_others(subject)
    unproved = []
    for name, model in _searched().items():
        if policies[name] > 1:
            unproved.append(name)  # another policy might hide this one person
        elif name in visible:
            continue
        elif name not in isolated and (policies[name] or data_map()[model].isolated):
            unproved.append(name)
    return tuple(unproved)


def _policies() -> Counter[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, count(*) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
            " GROUP BY c.relname"
        )
        # `unlocked`, as it should be, raises or lets all rows pass: it hides nobody.
        found = Counter(dict(cursor.fetchall())) - Counter(vouching.locked_tables())
    return found - narrowing.policies_that_hide_nobody()


def _controller_is_open(access: Access) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('custode.controller', true)")
        return bool(cursor.fetchone()[0] == str(access.controller))
