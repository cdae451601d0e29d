"""Destroying the keys of people who have lost their rows: always after, never before.

The deletion of rows is committed first; then, in a transaction of its own, the people are
locked, their rows counted again, and the keys of scopes without rows destroyed. A crash
between the two leaves rows deleted and keys alive, which the next attempt finishes; the other
order could leave rows that nobody can read any more.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Count, Q

from audit import log
from audit.actions import Action
from governance.crypto import keystore
from governance.policy.vocabulary import RecordClass, Scope, SubjectStatus, scope_of
from registry.gate.access import Access
from registry.models import DataSubject, Restriction
from retention import tables
from retention.models import LegalHold
from retention.people import lock
from retention.plans import Destroyed

WITH_THE_LAST = frozenset({Scope.REQUEST, Scope.AUDIT})
"""Scopes that live as long as any row does: while something is kept about a person, their
questions about it can be filed, and the log can say who looked at it."""


def rows_by_scope(subjects: Collection[UUID]) -> dict[UUID, Counter[str]]:
    """Return how many rows of each person are sealed under each scope."""
    found: dict[UUID, Counter[str]] = defaultdict(Counter)
    for table in tables.in_order():
        rows = table.model._base_manager.filter(**{f"{table.subject}__in": list(subjects)})
        columns = [table.subject, *([table.scope_column] if table.scope_column else [])]
        for subject, *scope, number in (
            rows.order_by().values_list(*columns).annotate(number=Count("pk"))
        ):
            found[subject][scope[0] if scope else table.scope.value] += number
    return found


def destroy_unused(
    access: Access, subjects: Iterable[UUID], *, purpose: str
) -> dict[UUID, Destroyed]:
    """Destroy the keys of scopes without rows, and mark the people as erased.

    Meant for people who lost their ordinary data: somebody active without an invoice still
    needs the fiscal key for the next one. Whoever has a frozen key stays `erasing`, and the
    next sweep asks again. Repeating it is harmless.

    Arguments
    ---------
    purpose : of the entry in the log: `duty:erasing` or `duty:retention`
    """
    locked = lock(subjects)
    counts = rows_by_scope(locked)
    frozen = frozen_scopes(access, locked)
    results, closed = {}, {}
    for subject in locked:
        in_use = frozenset(counts[subject])
        unused = frozenset(scope.value for scope in Scope) - in_use
        if in_use:
            unused -= WITH_THE_LAST
        alive = unused & keystore.surviving_scopes(access.controller, subject)
        protected = alive & frozen[subject]
        if protected:
            protected |= alive & WITH_THE_LAST
        results[subject] = Destroyed(alive - protected, in_use, protected)
        closed[subject] = unused - (protected | WITH_THE_LAST if protected else protected)
    # Scopes that never had a key are closed too, so that none is made for somebody gone.
    open_still = {
        subject: scopes - keystore.closed_scopes(access.controller, subject)
        for subject, scopes in closed.items()
    }
    if rows := sum(map(len, open_still.values())):
        receipt = _record(access, results, purpose, rows=rows)
        for subject, scopes in open_still.items():
            keystore.destroy_subject_keys(
                access.controller,
                subject,
                scopes=[Scope(s) for s in scopes],
                ordered_by=receipt.id,
                now=access.now,
            )
    _mark(results)
    return results


def frozen_scopes(access: Access, subjects: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Return the scopes whose keys a hold names, or all of them under a restriction."""
    standing = Q(lifted_at__isnull=True) | Q(lifted_at__gt=access.now)
    frozen: dict[UUID, frozenset[str]] = defaultdict(frozenset)
    restricted = Restriction.objects.filter(standing, subject__in=list(subjects))
    for subject in restricted.values_list("subject_id", flat=True):
        frozen[subject] = frozenset(Scope)
    holds = LegalHold.objects.filter(standing, subject__in=list(subjects))
    for subject, classes in holds.values_list("subject_id", "record_classes"):
        frozen[subject] |= frozenset(scope_of(RecordClass(name)) for name in classes or RecordClass)
    return frozen


def _record(
    access: Access, results: dict[UUID, Destroyed], purpose: str, *, rows: int
) -> log.Receipt:
    """Write the entry first, while the log can still name the people.

    Arguments
    ---------
    rows : how many rows of the keystore it closes; more under its name would be unexplained
    """
    affected = {subject: r.scopes for subject, r in results.items() if r.scopes}
    event = log.Event(
        action=Action.KEY_DESTROYED,
        purpose=purpose,
        subjects=tuple(affected),
        object_type="reference" if access.reference else "",
        object_id=access.reference,
        counts=Counter(scope for scopes in affected.values() for scope in scopes)
        | Counter(rows=rows),
    )
    return log.record(access.actor, event, now=access.now)


def _mark(results: dict[UUID, Destroyed]) -> None:
    done = {subject: result for subject, result in results.items() if not result.frozen}
    DataSubject.objects.filter(pk__in=list(done)).update(status=SubjectStatus.ERASED)
    emptied = [subject for subject, result in done.items() if not result.in_use]
    # With no row left there is nothing these dates could be needed for.
    DataSubject.objects.filter(pk__in=emptied).update(last_contact_on=None, last_order_on=None)
