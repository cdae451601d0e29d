"""Telling connected systems that the state of a request has changed (OpenDSR 2.0, 8.5 to 8.7).

A callback is taken and settled in transactions of their own and sent between them, through the
guard of `governance.egress`. Whoever dies in between leaves a lease, after which the same state is
told again: at least once. Of states that come and go between two attempts the last is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.db.models import Case, CharField, F, Value, When

from audit import log
from audit.actions import Action, Outcome
from dsar import requests
from dsar.models import StatusCallback
from dsar.opendsr import handling, signing
from dsar.opendsr.handling import FINAL, Standing
from governance import egress
from governance.policy.actors import system
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate
from registry.gate.access import Access
from retention.delivery import DELAYS, GONE

LEASE = timedelta(minutes=2)
AT_ONCE = 100
MOST_ATTEMPTS = 14  # some seven days


@dataclass(frozen=True)
class Taken:
    """A callback on its way; `attempt` is the fence."""

    id: UUID
    attempt: int
    url: str
    status: str
    body: bytes = field(repr=False)


def tell_all(
    controller: UUID,
    *,
    now: datetime,
    allowed: Sequence[egress.Network],
    resolve: egress.Resolve = egress.resolved,
) -> int:
    """Make one attempt with every address that is owed a state; return how many were told."""
    told = 0
    for callback in _due(controller, now):
        taken = take(callback, controller=controller, now=now)
        if taken is not None:
            word = send(taken, allowed=allowed, resolve=resolve)
            told += settle(taken, word, controller=controller, now=now)
    return told


STATUS = Case(
    When(connected__cancelled_at__isnull=False, then=Value("cancelled")),
    *(
        When(connected__request__state=ours, then=Value(word))
        for ours, word in handling.STATUS.items()
    ),
    output_field=CharField(),
)
"""`handling.status_of`, in SQL."""


def _due(controller: UUID, now: datetime) -> list[UUID]:
    with gate.duty(system(controller), Duty.ANSWERING, reference=controller, now=now) as access:
        rows = access.rows(StatusCallback).annotate(status=STATUS).exclude(told=F("status"))
        due = rows.filter(not_before__lte=now).order_by("not_before")
        return list(due.values_list("pk", flat=True)[:AT_ONCE])


def _status(row: StatusCallback) -> str:
    return handling.status_of(row.connected, row.connected.request)


def take(callback: UUID, *, controller: UUID, now: datetime) -> Taken | None:
    """Take a callback that is due for as long as the lease is."""
    with gate.duty(system(controller), Duty.ANSWERING, reference=callback, now=now) as access:
        rows = access.rows(StatusCallback).select_for_update(skip_locked=True, of=("self",))
        row = (
            rows.select_related("connected__request__controller")
            .filter(pk=callback, not_before__lte=now)
            .first()
        )
        if row is None or _status(row) == row.told:
            return None
        row.attempts += 1
        row.not_before = now + LEASE
        row.save(update_fields=["attempts", "not_before"])
        request = row.connected.request
        standing = Standing(
            row.connected.number, _status(row), request.collected_at, handling.expected_at(request)
        )
        said = handling.told(request.controller.slug, standing, url=row.url)
        return Taken(row.pk, row.attempts, row.url, standing.status, orjson.dumps(said))


def send(taken: Taken, *, allowed: Sequence[egress.Network], resolve: egress.Resolve) -> str:
    """Tell an address; "" or a word of what went wrong. Touches no database."""
    headers = {"content-type": "application/json", **signing.headers(taken.body)}
    try:
        status = egress.post(taken.url, taken.body, headers, allowed=allowed, resolve=resolve)
    except (egress.EgressRefusedError, egress.EgressFailedError) as error:
        return error.reason
    return "" if 200 <= status < 300 else f"http_{status}"  # noqa: PLR2004 - RFC 9110, 15.3


def settle(taken: Taken, word: str, *, controller: UUID, now: datetime) -> bool:
    """Note what came of an attempt; return whether the address knows now."""
    with gate.duty(system(controller), Duty.ANSWERING, reference=taken.id, now=now) as access:
        row = access.rows(StatusCallback).select_for_update(of=("self",)).get(pk=taken.id)
        if row.attempts != taken.attempt:
            return False
        row.trouble = word[:40]
        if not word:
            row.told, row.attempts = taken.status, 0
            row.not_before = None if taken.status in FINAL else now
        elif word == f"http_{GONE}" or row.attempts >= MOST_ATTEMPTS:
            row.not_before = None
        else:
            row.not_before = now + DELAYS[min(row.attempts, len(DELAYS)) - 1]
        row.save(update_fields=["told", "attempts", "not_before", "trouble"])
        _record(access, row, word)
    return not word


def _record(access: Access, row: StatusCallback, word: str) -> None:
    event = log.Event(
        action=Action.NOTICE_SENT,
        purpose=requests.PURPOSE,
        subjects=(row.subject_id,),
        outcome=Outcome.FAILED if word else Outcome.DONE,
        object_type="callback",
        object_id=row.pk,
        reason=word or row.told,
    )
    log.record(access.actor, event, now=access.now)
