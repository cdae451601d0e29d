"""One attempt at personal data: its transaction, and the entry that it leaves in any case.

Follows docs/spec/gate.md, section 1. Whoever lets somebody at personal data (`opening`,
`explaining`, `emergency`) does it inside `attempt` and `entered`, and decides in between.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from audit import log
from audit.actions import Action, Outcome
from audit.errors import GateLockedError
from governance.policy.actors import Actor
from governance.policy.vocabulary import Duty
from registry.gate import context
from registry.gate.access import Access
from registry.gate.errors import (
    AccessReadsOnlyError,
    EmergencyRefusedError,
    GateClosedError,
    GateFoundOpenError,
    GateRefusedError,
    SubjectErasingError,
)

_receipt: ContextVar[log.Receipt | None] = ContextVar("custode_receipt", default=None)
REFUSED = {  # by the database, past every check of ours
    "CU010": GateLockedError,  # it was restored, and nobody vouched for it
    "CU011": SubjectErasingError,  # the person is being erased
    "CU013": AccessReadsOnlyError,
}


def last_receipt() -> log.Receipt | None:
    """Return the receipt of the entry the gate wrote last here, also of a refusal."""
    return _receipt.get()


def forget_receipt() -> None:
    """Start a call of its own: what was done before in this thread is not its receipt."""
    _receipt.set(None)


class Run:
    """The state of one opening, shared by its context managers."""

    def __init__(self, event: log.Event) -> None:
        self.event = event
        self.access: Access | None = None


@contextmanager
def attempt(
    actor: Actor,
    event: log.Event,
    *,
    duty: Duty | None = None,
    person: UUID | None = None,
    reads: bool = False,
    now: datetime,
) -> Iterator[Run]:
    """Run the body in a durable transaction; record refusals and failures apart from it.

    Arguments
    ---------
    person : the one whom PostgreSQL lets it see; None for all of the controller
    reads : PostgreSQL lets it write nothing about people
    """
    run = Run(event)
    if context.is_open():
        msg = "an access is already open: accesses do not nest"
        raise RuntimeError(msg)
    try:
        with transaction.atomic(durable=True):
            _open(actor.controller, duty=duty, person=person, reads=reads)
            yield run
    except (GateRefusedError, EmergencyRefusedError) as refused:
        if run.access is None:
            _record_end(actor, run, Outcome.REFUSED, refused.code, now)
        else:
            _record_end(actor, run, Outcome.FAILED, refused.code, now)
        raise
    except GateFoundOpenError as error:
        _close_session()
        _record_end(actor, run, Outcome.FAILED, error.code, now)
        raise
    except BaseException as error:  # also a worker that is told to stop, a reader that goes away
        told = _told(error)
        _record_end(actor, run, Outcome.FAILED, _reason(told), now)
        if told is error:
            raise
        raise told from error


@contextmanager
def entered(run: Run) -> Iterator[None]:
    """Make the access current, and write its entry before the transaction commits."""
    access = run.access
    if access is None:
        raise GateClosedError
    context.enter(access)
    try:
        yield
        access.receipt = log.record(
            access.actor, _described(run.event, access), now=access.now, names=access.names
        )
        _receipt.set(access.receipt)
        if _tell(controller="") != str(access.controller):
            raise GateClosedError
    finally:
        context.leave()
        access.close()


def narrow(person: UUID) -> None:
    """Let this access see one person from here on, where whom it is about was looked up in it."""
    _tell(person=str(person))


def widen() -> None:
    """Let this access see all of the controller again, where one person has several files.

    Which of them it may open, the access itself still says.
    """
    _tell(person="")


def let_write(access: Access) -> None:
    """End what keeps this access from writing: for what the gate itself notes at its end."""
    access.let_write()
    _tell(reads="")


def known_word(purpose: str) -> str:
    """Return a purpose as the log takes it; what is no word is not repeated there."""
    return purpose if log.WORD.match(purpose) else "unknown"


def _described(event: log.Event, access: Access) -> log.Event:
    return replace(
        event,
        subjects=tuple(access.members),
        fields=tuple(access.fields),
        reason=access.because or event.reason,
        counts={refusal.value: n for refusal, n in access.excluded.items()},
    )


def _record_end(actor: Actor, run: Run, outcome: Outcome, reason: str, now: datetime) -> None:
    """Record a refusal or a failure in a transaction of its own, with the members read so far."""
    event = _described(run.event, run.access) if run.access else run.event
    if outcome is Outcome.REFUSED:
        event = replace(event, action=Action.ACCESS_REFUSED)
    _receipt.set(log.record_apart(actor, replace(event, outcome=outcome, reason=reason), now=now))


def _told(error: BaseException) -> BaseException:
    """Return what a refusal of the database is called here (docs/spec/erasure.md, 4 and 9)."""
    told = REFUSED.get(getattr(error.__cause__, "sqlstate", ""))
    return told() if isinstance(error, DatabaseError) and told else error


def _reason(error: BaseException) -> str:
    """Return a word for an error: its code or its class, never its text."""
    return str(getattr(error, "code", "") or type(error).__name__)


def _open(controller: UUID, *, duty: Duty | None, person: UUID | None, reads: bool) -> None:
    """Tell the database what this access is; nobody may have opened it before.

    Raises
    ------
    GateFoundOpenError
    """
    was = _tell(
        controller=str(controller),
        duty=duty or "",
        person=str(person or ""),
        reads="on" if reads else "",
    )
    if was:
        raise GateFoundOpenError


def _tell(**said: str) -> str:
    """Tell the database something about this access, until its transaction ends.

    Returns for which controller it was open before.
    """
    settings = ", ".join(["set_config(%s, %s, true)"] * len(said))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT current_setting('custode.controller', true), {settings}",
            [word for name, value in said.items() for word in (f"custode.{name}", value)],
        )
        return cursor.fetchone()[0] or ""


def _close_session() -> None:
    """Take back what was set for the whole session, past every access."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('custode.controller', '', false)")
