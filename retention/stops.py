"""What holds and restrictions stop in the keystore follows what the log says of them.

A stop is placed with its hold (`registry.stopping`). It moves when what the hold names was sealed
anew, and goes when the hold was lifted: by an entry of the log under a witnessed checkpoint, and by
nothing else (docs/spec/erasure.md, section 5).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID

from django.db.models import Q

from audit import log, proofs
from audit.actions import Action
from audit.proofs import NotYetProvableError
from governance.crypto import destruction
from governance.crypto.destruction import Stop
from governance.policy.vocabulary import WITHOUT_A_DUTY, RecordClass, Scope, scope_of
from registry import stopping
from registry.gate.access import Access
from registry.models import Restriction, StopEntry
from retention import resealing
from retention.models import LegalHold
from retention.people import lock

ABANDONED = timedelta(hours=1)


def scopes_of(record_classes: Iterable[str]) -> frozenset[str]:
    """Return the scopes whose keys a hold needs; no class named means all.

    What is under `ordinary` goes over to `kept` or to the archive, so that all are needed.
    """
    scopes = {scope_of(RecordClass(name)) for name in record_classes or RecordClass}
    return frozenset(scopes | (WITHOUT_A_DUTY if Scope.ORDINARY in scopes else set()))


def settle(access: Access, subject: UUID) -> None:
    """Show the keystore what the log says of the holds of a person, so that it agrees with us.

    To be asked after the rows are gone, before keys are ordered. Where what a standing hold names
    was sealed anew, this is recorded first.

    Raises
    ------
    NotYetProvableError
        something was said that is not under a witnessed checkpoint yet
    """
    stops = destruction.stops(access.controller, [subject])
    if not stops:
        return
    lock([subject])
    said = StopEntry.objects.in_bulk({stop.reference for stop in stops})
    movable = _movable(access, subject, stops)
    for hold in movable - said.keys():
        said[hold] = _resealed(access, hold, subject)
    for reference, entry in said.items():
        if entry.is_lift or reference in movable:
            _show(access, entry)


def tend(access: Access) -> None:
    """Bring the stops of a controller in line with its holds and restrictions.

    What stands without a stop gets one, as after an upgrade; what was lifted is released as soon
    as that can be proved; a stop an hour old that nothing stands for is said to be lifted.
    """
    stops = defaultdict[UUID, list[Stop]](list)
    for stop in destruction.stops(access.controller):
        stops[stop.reference].append(stop)
    standing = _standing(access)
    for reference in standing.keys() - stops.keys():
        subject, scopes = standing[reference]
        stopping.stop(access, reference, subject, scopes)
    said = {entry.reference: entry for entry in StopEntry.objects.filter(is_lift=True)}
    for entry in said.values():
        try:
            _show(access, entry)
        except NotYetProvableError:
            continue
    for reference in stops.keys() - standing.keys() - said.keys():
        if max(stop.placed_at for stop in stops[reference]) <= access.now - ABANDONED:
            _never_placed(access, reference)


def _standing(access: Access) -> dict[UUID, tuple[UUID, frozenset[str]]]:
    """Return holds and restrictions that stand: of whom, and which scopes they need."""
    stands = Q(lifted_at__isnull=True) | Q(lifted_at__gt=access.now)
    found = {
        pk: (subject, frozenset[str](Scope))
        for pk, subject in Restriction.objects.filter(stands).values_list("pk", "subject_id")
    }
    holds = LegalHold.objects.filter(stands).values_list("pk", "subject_id", "record_classes")
    return found | {pk: (subject, scopes_of(classes)) for pk, subject, classes in holds}


def _movable(access: Access, subject: UUID, stops: Collection[Stop]) -> set[UUID]:
    """Return standing holds that stop a key under which no row is any more.

    None while a row is under an older key: the keystore moves all stops of a hold at once.
    """
    used = resealing.rows_by_scope_and_version([subject])[subject]
    used = Counter({key: count for key, count in used.items() if key[1]})
    newest = {
        scope: line.version
        for scope, line in resealing.newest_lines(access.controller, subject).items()
    }
    in_use = {scope for scope, _version in used}
    goes_over = {Scope.ORDINARY, Scope.KEPT} <= newest.keys() and Scope.KEPT in in_use
    if any(newest.get(scope) != version for scope, version in used):
        return set()
    if Scope.ORDINARY in in_use:
        return set()
    stale = {
        stop.reference
        for stop in stops
        if (stop.scope == Scope.ORDINARY and goes_over) or stop.version < newest.get(stop.scope, 0)
    }
    holds = LegalHold.objects.filter(pk__in=stale)
    return set(holds.exclude(lifted_at__lte=access.now).values_list("pk", flat=True))


def _resealed(access: Access, hold: UUID, subject: UUID) -> StopEntry:
    event = log.Event(
        action=Action.HOLD_RESEALED,
        purpose="duty:erasing",
        subjects=(subject,),
        object_type="legal_hold",
        object_id=hold,
    )
    receipt = log.record(access.actor, event, now=access.now)
    return stopping.note(access, hold, receipt.id, is_lift=False)


def _never_placed(access: Access, reference: UUID) -> None:
    event = log.Event(
        action=Action.HOLD_LIFTED,
        purpose="duty:erasing",
        object_type="legal_hold",
        object_id=reference,
        reason="never_placed",
    )
    receipt = log.record(access.actor, event, now=access.now)
    stopping.note(access, reference, receipt.id, is_lift=True)


def _show(access: Access, said: StopEntry) -> None:
    size, (evidence,) = proofs.evidence_of([said.entry], using="default")
    show = destruction.release if said.is_lift else destruction.move
    show(said.reference, access.controller, evidence, size=size)
    said.delete()
