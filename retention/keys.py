"""Destroying the keys of people who have lost their rows: ordered, recorded, signed, then done.

The deletion of rows is committed first; then, in a transaction of its own, the people are
locked, their rows counted again, and an *order* appended to the log for the keys of scopes
without rows. Once the order and its approval are under a signed checkpoint, the keys are
destroyed: evidence of what was ordered is outside our reach before what it may destroy is gone
(docs/spec/field-encryption.md, section 4). A crash before leaves rows deleted and keys alive, which
the next attempt finishes; the other order could leave rows that nobody can read any more.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Q

from audit import log, proofs
from audit.actions import Action
from audit.ledger import Written
from governance.crypto import destruction, keystore
from governance.crypto.destruction import Evidence, Refusal
from governance.crypto.errors import OrderRefusedError
from governance.crypto.orders import Line, Order
from governance.policy.vocabulary import Scope, SubjectStatus
from registry import relaying
from registry.gate.access import Access
from registry.models import DataSubject, Restriction
from retention import recipients, stops
from retention.errors import OrderVoidError
from retention.models import KeyOrder, LegalHold
from retention.people import lock
from retention.plans import Destroyed
from retention.resealing import rows_by_scope_and_version

ORDER_LIVES = timedelta(hours=24)
WITH_THE_LAST = frozenset({Scope.REQUEST, Scope.AUDIT})
"""Scopes that live as long as any row does: while something is kept about a person, their
questions about it can be filed, and the log can say who looked at it."""


NO_VERSION = 256  # above the last
VOID = frozenset({Refusal.AGE, Refusal.STOPPED})  # another order may do, in another pass


@dataclass(frozen=True, slots=True)
class Proof:
    """That entries are in the log: each with its path, and the size of the tree they lead to."""

    size: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class _Due:
    """What may be destroyed now: per person as it stands, and line by line."""

    people: dict[UUID, Destroyed]
    lines: dict[Line, bool]  # whether there is a key


def order(
    access: Access, subjects: Iterable[UUID], *, job: UUID, object_type: str, purpose: str
) -> tuple[KeyOrder | None, dict[UUID, Destroyed]]:
    """Order the destruction of the keys of scopes without rows; destroy nothing.

    Meant for people who lost their ordinary data: somebody active without an invoice still
    needs the fiscal key for the next one. Scopes that never had a key are closed too, so that
    none is made for somebody gone. Whoever has nothing left to be destroyed is marked as erased;
    whoever has a frozen key stays `erasing`, and the next sweep asks again.

    Arguments
    ---------
    job : the erasure or the run, which somebody approved
    purpose : of the entry in the log: `duty:erasing` or `duty:retention`

    Returns
    -------
    The order, None where nothing is left to be ordered, and how each person stands.
    """
    locked = lock(subjects)
    due = _due(access, locked)
    ordering = {line.subject for line in due.lines}
    _mark({s: result for s, result in due.people.items() if s not in ordering})
    if not due.lines:
        return None, due.people
    made = Order.of(access.controller, job, due.lines)
    receipt = _record(access, made, due, object_type=object_type, purpose=purpose)
    lines = [
        [str(line.subject), line.scope, line.version, due.lines[line]] for line in made.sorted()
    ]
    return KeyOrder.objects.create(
        id=receipt.id, controller_id=access.controller, job=job, lines=lines, salt=made.salt,
        ordered_at=access.now,
    ), due.people  # fmt: skip


def proof_of(given: KeyOrder, approvals: Sequence[UUID]) -> Proof:
    """Return what shows the keystore that an order and the approvals of its job are in the log.

    Asked inside an open access. The order comes first.

    Raises
    ------
    audit.proofs.NotYetProvableError
    """
    size, evidence = proofs.evidence_of([given.pk, *approvals], using="default")
    return Proof(size, tuple(evidence))


def carry_out(access: Access, given: KeyOrder, proof: Proof) -> dict[UUID, Destroyed]:
    """Destroy what was ordered, mark the people as erased, and end the order.

    The keystore is another database: killed between the two, the keys are gone and the order
    stands, and carrying it out again changes nothing but the marks.

    Raises
    ------
    OrderVoidError
        a hold, a restriction or a row keeps one of the keys now, the order is a day old, or an
        approval came after it, which the keystore does not accept
    OrderRefusedError
        two have to approve so many people, or the log does not show what it should
    """
    living = given.living()
    due = _due(access, lock(living))
    there = keystore.versions(access.controller, living)
    kept = [
        line
        for line in given.order().lines - due.lines.keys()
        if there.get((line.subject, line.scope), {}).get(line.version)
    ]
    ordered, *approvals = proof.evidence
    is_early = any(approval.index > ordered.index for approval in approvals)
    if kept or is_early or given.ordered_at + ORDER_LIVES < access.now:
        raise OrderVoidError
    try:
        receipt = destruction.destroy(given.order(), proof.evidence, size=proof.size)
    except OrderRefusedError as error:
        if error.because in VOID:
            raise OrderVoidError from error
        raise
    # Before it is marked: what has to be repeated after a restore outlives both databases.
    relaying.keep(Written(receipt.seq, access.controller, "erased", None, receipt.line))
    _mark(due.people)
    given.delete()
    return {
        subject: Destroyed(living[subject], result.in_use, result.frozen)
        for subject, result in due.people.items()
    }


def frozen_scopes(access: Access, subjects: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Return the scopes whose keys a hold names, or all of them under a restriction."""
    standing = Q(lifted_at__isnull=True) | Q(lifted_at__gt=access.now)
    frozen: dict[UUID, frozenset[str]] = defaultdict(frozenset)
    restricted = Restriction.objects.filter(standing, subject__in=list(subjects))
    for subject in restricted.values_list("subject_id", flat=True):
        frozen[subject] = frozenset(Scope)
    holds = LegalHold.objects.filter(standing, subject__in=list(subjects))
    for subject, classes in holds.values_list("subject_id", "record_classes"):
        frozen[subject] |= stops.scopes_of(classes)
    return frozen


def _due(access: Access, locked: Collection[UUID]) -> _Due:
    """Decide, for people who are locked, which keys nothing needs any more."""
    counts = rows_by_scope_and_version(locked)
    frozen = frozen_scopes(access, locked)
    there = keystore.versions(access.controller, locked)
    stopped: dict[UUID, dict[str, int]] = defaultdict(dict)
    for stop in destruction.stops(access.controller, locked):
        lowest = stopped[stop.subject].get(stop.scope, stop.version)
        stopped[stop.subject][stop.scope] = min(lowest, stop.version)
    due = _Due({}, {})
    for subject in locked:
        known = {scope: there.get((subject, scope.value), {}) for scope in Scope}
        lines, due.people[subject] = _due_of(
            subject, known, counts[subject], frozen[subject], stopped[subject]
        )
        due.lines.update(lines)
    return due


def _due_of(
    subject: UUID,
    known: Mapping[Scope, Mapping[int, bool]],
    used: Counter[tuple[str, int]],
    frozen: frozenset[str],
    stopped: Mapping[str, int],
) -> tuple[dict[Line, bool], Destroyed]:
    """Decide about the keys of one person.

    Arguments
    ---------
    known : versions by scope, and whether they live
    used : number of rows by scope and version
    stopped : from which version on the keystore would refuse, by scope
    """
    in_use = frozenset(scope for scope, _version in used)
    alive = frozenset(scope.value for scope, versions in known.items() if any(versions.values()))
    stays = in_use | (WITH_THE_LAST if in_use else frozenset())
    if Scope.ORDINARY in in_use:
        stays |= {Scope.KEPT}  # what an erasure will keep of it goes over to this scope
    if Scope.KEPT in in_use:
        frozen -= {Scope.ORDINARY}  # what is held was sealed anew
    protected = (alive - stays) & (frozen | stopped.keys())
    keep = stays | protected | (WITH_THE_LAST if protected else frozenset())
    lines = {}
    for scope, versions in known.items():
        newest = max((v for v, lives in versions.items() if lives), default=0)
        limit = stopped.get(scope, NO_VERSION)
        for version, lives in versions.items():
            if (
                lives
                and version < limit
                and not used[scope, version]
                and not (scope in keep and version == newest)
            ):
                lines[Line(subject, scope.value, version)] = True
        if not versions and scope not in keep and limit == NO_VERSION:
            lines[Line(subject, scope.value, 1)] = False
    frozen_now = (keep & alive) - stays
    return lines, Destroyed((alive - keep), in_use, frozen_now)


def _record(
    access: Access, made: Order, due: _Due, *, object_type: str, purpose: str
) -> log.Receipt:
    """Write the order while the log can still name the people; it says a digest of the keys.

    More rows of the keystore closed under its name than it counts would be unexplained.
    """
    affected = {line.subject for line, lives in due.lines.items() if lives}
    event = log.Event(
        action=Action.KEY_DESTROYED,
        purpose=purpose,
        subjects=tuple(sorted(affected)),
        object_type=object_type,
        object_id=made.job,
        reason=made.reason(),
        counts=Counter(line.scope for line, lives in due.lines.items() if lives)
        | Counter(rows=len(made.lines)),
    )
    return log.record(access.actor, event, now=access.now)


def _mark(results: dict[UUID, Destroyed]) -> None:
    done = {subject: result for subject, result in results.items() if not result.frozen}
    DataSubject.objects.filter(pk__in=list(done)).update(status=SubjectStatus.ERASED)
    emptied = [subject for subject, result in done.items() if not result.in_use]
    recipients.forget(emptied)
    # With no row left there is nothing these dates could be needed for.
    DataSubject.objects.filter(pk__in=emptied).update(last_contact_on=None, last_order_on=None)
