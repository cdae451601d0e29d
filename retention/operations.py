"""Preview, approval and carrying out of retention. Each verb is recorded in the audit log.

A preview destroys nothing; it is what a person approves. A run then applies the same decision,
for the day that was previewed, by the same rules: when the register has changed in between,
it stops and asks for a new preview. The row of the run is the job; whoever wakes it takes a
lease, and a worker that lost its lease commits nothing more.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from audit import log
from audit.actions import Action, Outcome
from governance.crypto.destruction import MAY_AGREE, Refusal, is_same_month
from governance.policy.actors import Actor
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from registry.models import ActivityVersion, Staff
from retention import anonymising, archiving, people, queries, rules, sweep
from retention.errors import (
    LeaseLostError,
    RegisterChangedError,
    RunApprovalError,
    RunTooEarlyError,
    SecondApprovalError,
)
from retention.forecast import Forecast, Foreseeing, days_ahead
from retention.models import RetentionRun
from retention.schedule import Tally, decide_person

PURPOSE = "duty:retention"
MAY_APPROVE = frozenset({Role.DPO, Role.LEGAL})
LEASE = timedelta(minutes=15)
MAX_ATTEMPTS = 5
UNDER_WAY = ("approved", "running", "waiting")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands after a call.

    Attributes
    ----------
    state : of the run
    is_taken : whether this call worked on it; another worker may hold the lease
    is_waiting : whether it goes on when the log is signed
    """

    state: str
    is_taken: bool
    is_waiting: bool = False

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in {"done", "failed"}


def preview(
    actor: Actor,
    *,
    today: date | None = None,
    now: datetime,
    draft: ActivityVersion | None = None,
) -> RetentionRun:
    """Count what is due, kept, held, without date and without rule; destroy nothing.

    Arguments
    ---------
    actor : the DPO, or the system for its controller
    today : the legal day to decide for; the day of `now` unless told
    draft : of an activity, to be tried in the place of what is in force; the run can be approved
        when the draft was, and says what is due by the rules of today too

    Raises
    ------
    GateRefusedError
        the actor may not perform this duty
    """
    day = today or timezone.localdate(now)
    with gate.duty(actor, Duty.RETENTION, now=now):
        book = rules.in_force(actor.controller, at=now)
        before: dict[str, Any] = {}
        if draft is not None:
            before = {"before": _look(book, day, now=now)[1].to_json()}
            book = rules.with_draft(draft, at=now)
        tally, forecast = _look(book, day, now=now)
        run = RetentionRun.objects.create(
            controller_id=actor.controller,
            today=day,
            preview={**tally.to_json(), "forecast": forecast.to_json(), **before},
            register=book.fingerprint,
            draft=draft,
            created_at=now,
        )
        counts = Counter(parts=run.preview["parts_to_erase"])
        for line in tally.lines():
            counts[line.outcome] += 0 if line.category else line.count
        _record(actor, Action.RETENTION_PREVIEWED, run, now=now, counts=counts)
    return run


def _look(book: rules.RuleBook, day: date, *, now: datetime) -> tuple[Tally, Forecast]:
    """Decide about everybody by the rules of a book, for a day and for those ahead of it."""
    tally, foreseeing = Tally(), Foreseeing(book, days_ahead(day))
    after: UUID | None = None
    while ids := people.next_ids(after):
        for person in people.load(book, ids, today=day, now=now):
            decided = decide_person(person, book, today=day)
            tally.add(decided)
            foreseeing.add(person, decided)
        after = ids[-1]
    return tally, foreseeing.result()


@transaction.atomic
def approve(
    run: RetentionRun, by: Staff, *, now: datetime, most_people: int | None = None
) -> RetentionRun:
    """Approve a preview, so that it is carried out.

    Where two by these rules have approved no run before, it waits for somebody else.

    Arguments
    ---------
    most_people : of whom something goes by this release; the rest waits for another one

    Raises
    ------
    RunApprovalError
        `by` is neither DPO nor lawyer of this controller, or the run is no preview any more
    RegisterChangedError
        the rules are not those that were previewed
    """
    locked = RetentionRun.objects.select_for_update().get(pk=run.pk)
    if most_people is not None and most_people < 1:
        raise RunApprovalError
    if by.role not in MAY_APPROVE or by.controller_id != locked.controller_id:
        raise RunApprovalError
    if not by.is_active or locked.state != "previewed":
        raise RunApprovalError
    if rules.in_force(locked.controller_id, at=now).fingerprint != locked.register:
        raise RegisterChangedError
    receipt = _record(by.actor(), Action.RETENTION_APPROVED, locked, now=now, counts={})
    locked.state = "waiting" if needs_two(locked) else "approved"
    locked.approved_by, locked.approved_at, locked.approval = by, now, receipt.id
    locked.most_people = most_people
    locked.save(update_fields=["state", "approved_by", "approved_at", "approval", "most_people"])
    return locked


def needs_two(run: RetentionRun) -> bool:
    """Whether somebody else has to approve before the first row goes: new or changed rules.

    One run that two approved and that was carried out is enough for all further ones by the
    same rules; a run by which nothing goes needs nobody.
    """
    if not queries.going(run):
        return False
    before = RetentionRun.objects.filter(
        controller=run.controller_id, register=run.register, state="done", second_by__isnull=False
    )
    return not before.exists()


@transaction.atomic
def approve_again(run_id: UUID, by: Staff, *, now: datetime) -> RetentionRun:
    """Approve what somebody else has approved, where the keystore asks for two.

    In a later month than the first approval this one takes its place, and another is the second:
    the keystore counts two people within one month alone. A run that waited goes on by itself.

    Raises
    ------
    SecondApprovalError
        `by` may not, has approved it before, or it has two approvals or is not under way
    """
    run = RetentionRun.objects.select_for_update().get(pk=run_id)
    if not may_approve_again(run, by, now=now):
        raise SecondApprovalError
    receipt = _record(by.actor(), Action.RETENTION_APPROVED, run, now=now, counts={})
    if needs_anew(run, now=now):
        run.approved_by, run.approved_at, run.approval = by, now, receipt.id
    else:
        run.second_by, run.second_at, run.second_approval = by, now, receipt.id
        run.state = "running" if run.state == "waiting" else run.state
    run.save(
        update_fields=[
            "state", "approved_by", "approved_at", "approval", "second_by", "second_at",
            "second_approval",
        ]
    )  # fmt: skip
    return run


@transaction.atomic
def decline(run_id: UUID, by: Staff, *, now: datetime) -> RetentionRun:
    """Close a run that waits for a second approval and by which nothing has gone yet.

    Raises
    ------
    SecondApprovalError
        `by` may not approve it as second, or rows have gone
    """
    run = RetentionRun.objects.select_for_update().get(pk=run_id)
    if not may_decline(run, by, now=now):
        raise SecondApprovalError
    _record(by.actor(), Action.RETENTION_APPROVED, run, now=now, counts={}, is_refused=True)
    _fail(run, "declined", now=now)
    run.refresh_from_db()
    return run


def may_decline(run: RetentionRun, by: Staff, *, now: datetime) -> bool:
    """Whether `by` may close a run instead of approving it as second."""
    has_begun = bool(run.result or run.rows_erased)
    return run.state == "waiting" and not has_begun and may_approve_again(run, by, now=now)


def needs_anew(run: RetentionRun, *, now: datetime) -> bool:
    """Whether the first approval is of a former month, so that both are asked for anew."""
    return run.approved_at is None or not is_same_month(run.approved_at, now)


def may_approve_again(run: RetentionRun, by: Staff, *, now: datetime) -> bool:
    """Whether `by` may give the approval that is missing for two."""
    if run.state not in UNDER_WAY or run.approval is None or run.second_approval:
        return False
    if not by.is_active or by.controller_id != run.controller_id:
        return False
    if needs_anew(run, now=now):
        return by.role in MAY_APPROVE
    return by.role in MAY_AGREE and by.pk != run.approved_by_id


def carry_out(run_id: UUID, *, now: datetime, max_batches: int | None = None) -> Progress:
    """Carry out an approved run, or go on with one that stopped; repeating is harmless.

    Arguments
    ---------
    max_batches : stop after so many batches, so that a worker renews its lease by calling again

    Raises
    ------
    RunTooEarlyError
        the previewed day has not come
    """
    run = _take(run_id, now=now)
    if run is None:
        return Progress(RetentionRun.objects.values_list("state", flat=True).get(pk=run_id), False)
    try:
        state = "running"
        if all(way.work(run, now=now, most=max_batches) for way in (archiving, anonymising)):
            state = sweep.work(run, now=now, max_batches=max_batches)
    except RegisterChangedError as error:
        state = _fail(run, error.code, now=now)
    except LeaseLostError:
        return Progress("running", is_taken=True)
    if state == Refusal.SECOND_APPROVAL:
        RetentionRun.objects.filter(pk=run.pk, lease_until=run.lease_until).update(
            lease_until=None, attempts=0
        )
        return Progress("waiting", is_taken=True)
    is_waiting = state == "waiting"
    state = "running" if is_waiting else state
    _release(run, state, now=now)
    return Progress(state, is_taken=True, is_waiting=is_waiting)


def waiting(*, now: datetime) -> list[UUID]:
    """Return the runs that somebody should carry out: approved, or left by a worker."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    runs = RetentionRun.objects.filter(free, state__in=["approved", "running"])
    return list(runs.filter(today__lte=timezone.localdate(now)).values_list("pk", flat=True))


@transaction.atomic
def _take(run_id: UUID, *, now: datetime) -> RetentionRun | None:
    """Lease the run; None where it is finished, not approved, or in other hands."""
    run = RetentionRun.objects.select_for_update().get(pk=run_id)
    if run.state not in {"approved", "running"}:
        return None
    if run.approval is None:
        _ask_again(run)
        return None
    if run.lease_until is not None and run.lease_until > now:
        return None
    if timezone.localdate(now) < run.today:
        raise RunTooEarlyError
    if run.attempts >= MAX_ATTEMPTS:
        _fail(run, "too_many_attempts", now=now)
        return None
    run.state, run.lease_until, run.attempts = "running", now + LEASE, run.attempts + 1
    run.save(update_fields=["state", "lease_until", "attempts"])
    return run


def _ask_again(run: RetentionRun) -> None:
    """Go back to the preview: approved under a release that did not keep the entry of it."""
    run.state, run.lease_until, run.attempts = "previewed", None, 0
    run.approved_by = run.approved_at = None
    run.save(update_fields=["state", "lease_until", "attempts", "approved_by", "approved_at"])


def _release(run: RetentionRun, state: str, *, now: datetime) -> None:
    """Give the lease back; progress forgives earlier attempts."""
    mine = RetentionRun.objects.filter(pk=run.pk, lease_until=run.lease_until)
    mine.update(
        state=state,
        attempts=F("attempts") if state == "failed" else 0,
        lease_until=None,
        finished_at=None if state == "running" else now,
    )


def _fail(run: RetentionRun, reason: str, *, now: datetime) -> str:
    fresh = RetentionRun.objects.get(pk=run.pk)
    fresh.state, fresh.finished_at = "failed", now
    fresh.result = {**fresh.result, "stopped": reason}
    fresh.save(update_fields=["state", "finished_at", "result"])
    return "failed"


def _record(
    actor: Actor,
    action: Action,
    run: RetentionRun,
    *,
    now: datetime,
    counts: dict[str, int],
    is_refused: bool = False,
) -> log.Receipt:
    event = log.Event(
        action=action,
        purpose=PURPOSE,
        outcome=Outcome.REFUSED if is_refused else Outcome.DONE,
        object_type="retention_run",
        object_id=run.pk,
        counts=counts,
    )
    return log.record(actor, event, now=now)
