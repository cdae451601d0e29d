"""Sending notices to recipients: at least once sent, once in effect.

Follows docs/spec/erasure.md, section 11. A notice is taken and settled in transactions of their
own and sent between them, so that no lock waits for somebody else's server. Whoever dies in
between leaves a lease, after which the same notice is sent again under the same id.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from audit import log
from audit.actions import Action, Outcome
from governance import egress
from governance.policy import actors
from retention import recipients, webhooks
from retention.models import Notification

LEASE = timedelta(minutes=2)  # an attempt takes 30 s at most, besides the resolver
TRIED_FOR = timedelta(days=7)
DELAYS = tuple(
    timedelta(seconds=s)
    for s in (5, 300, 1800, *(hours * 3600 for hours in (2, 5, 10, 14, 20, 24)))
)
JITTER = 0.2
GONE = 410


@dataclass(frozen=True)
class Taken:
    """A notice on its way; `attempt` is the fence."""

    id: UUID
    attempt: int
    url: str
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What came of an attempt: a word, whether the recipient took it, whether to try again."""

    word: str
    is_taken: bool = False
    is_final: bool = False


def due(*, now: datetime, limit: int = 200) -> list[UUID]:
    """Return the ids of notices whose next attempt has come, the longest due first."""
    rows = Notification.objects.filter(next_at__lte=now).order_by("next_at")
    return list(rows.values_list("pk", flat=True)[:limit])


def deliver(
    notice_id: UUID,
    *,
    now: datetime,
    jitter: float,
    allowed: Sequence[egress.Network],
    resolve: egress.Resolve = egress.resolved,
) -> str:
    """Make one attempt and return the state after it; "" where it is not ours to make.

    Arguments
    ---------
    jitter : from -1 to 1, how far the next attempt moves within its fifth
    allowed : networks inside that may be reached
    """
    taken = take(notice_id, now=now)
    if taken is None:
        return ""
    answer = send(taken, allowed=allowed, resolve=resolve)
    return settle(taken, answer, now=now, jitter=jitter)


@transaction.atomic
def take(notice_id: UUID, *, now: datetime) -> Taken | None:
    """Take a notice that is due, for as long as the lease is."""
    rows = Notification.objects.select_for_update(skip_locked=True, of=("self",))
    notice = (
        rows.select_related("recipient")
        .filter(pk=notice_id, state="queued", next_at__lte=now)
        .first()
    )
    if notice is None:
        return None
    notice.attempts += 1
    notice.next_at = now + LEASE
    notice.save(update_fields=["attempts", "next_at"])
    body = webhooks.body(
        event=recipients.event_of(notice), known_as=recipients.known_as(notice),
        categories=notice.categories, job=notice.job,
        created_at=notice.created_at,
    )  # fmt: skip
    return Taken(
        id=notice.pk, attempt=notice.attempts, url=notice.recipient.endpoint, body=body,
        headers=webhooks.headers(notice.controller_id, notice.pk, body, now=now),
    )  # fmt: skip


def send(taken: Taken, *, allowed: Sequence[egress.Network], resolve: egress.Resolve) -> Answer:
    """Send a notice; touches no database."""
    if not taken.url:
        return Answer("no_endpoint", is_final=True)  # it was taken out of the register since
    try:
        status = egress.post(taken.url, taken.body, taken.headers, allowed=allowed, resolve=resolve)
    except egress.EgressRefusedError as refused:
        return Answer(refused.reason, is_final=refused.reason != "no_such_host")
    except egress.EgressFailedError as failed:
        return Answer(failed.reason)
    is_redirect = 300 <= status < 400  # noqa: PLR2004 - RFC 9110, 15.4
    return Answer(
        f"http_{status}",
        is_taken=200 <= status < 300,  # noqa: PLR2004 - RFC 9110, 15.3
        is_final=status == GONE or is_redirect,
    )


@transaction.atomic
def settle(taken: Taken, answer: Answer, *, now: datetime, jitter: float) -> str:
    """Note what came of an attempt; a worker whose lease was taken notes nothing."""
    notice = Notification.objects.select_for_update().get(pk=taken.id)
    if notice.state != "queued" or notice.attempts != taken.attempt:
        return ""
    notice.status = answer.word
    if answer.is_taken:
        notice.state, notice.next_at, notice.settled_at = "acknowledged", None, now
        notice.blob = b""
    elif answer.is_final or now - notice.created_at >= TRIED_FOR:
        notice.state, notice.next_at = "manual", None
    else:
        notice.next_at = now + pause(notice.attempts, jitter=jitter)
    notice.save(update_fields=["status", "state", "next_at", "settled_at", "blob"])
    _record(notice, answer, now)
    return notice.state


def pause(attempt: int, *, jitter: float) -> timedelta:
    """Return how long to wait after an attempt that failed, the first being 1."""
    return DELAYS[min(attempt, len(DELAYS)) - 1] * (1 + JITTER * jitter)


def _record(notice: Notification, answer: Answer, now: datetime) -> None:
    action = {"acknowledged": Action.NOTICE_ACKNOWLEDGED, "manual": Action.NOTICE_MANUAL}
    event = log.Event(
        action=action.get(notice.state, Action.NOTICE_SENT),
        purpose=recipients.PURPOSE,
        outcome=Outcome.DONE if answer.is_taken else Outcome.FAILED,
        object_type="notice",
        object_id=notice.pk,
        reason=answer.word,
        counts={"attempt": notice.attempts},
    )
    log.record(actors.system(notice.controller_id), event, now=now)
