"""Which entries a request has left, so that none goes without (docs/spec/audit-log.md, section 4).

`audit.log` notes every entry it appends; whoever counts a request asks which of them last. An
entry whose transaction was rolled back is no entry.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connections, transaction

from audit.actions import Action

SYSTEM = "system"
ACCOMPANYING = frozenset(
    {
        Action.TOKEN_ISSUED,
        Action.TOKEN_RENEWED,
        Action.TOKEN_REVOKED,
        Action.STAFF_CHANGED,
        Action.ACTIVITY_DRAFTED,
        Action.ACTIVITY_APPROVED,
        Action.ACTIVITY_RETIRED,
        Action.REGISTER_CHANGED,
        Action.REGISTER_EXPORTED,
        Action.VALUE_CHOSEN,
        Action.GOAL_SET,
        Action.IMPROVEMENT_OPENED,
        Action.IMPROVEMENT_CLOSED,
        Action.RULE_DRAFTED,
        Action.RULE_APPROVED,
        Action.RULE_STOPPED,
        Action.SOURCE_VERIFIED,
        Action.PRIVACY_NOTICE_DRAFTED,
        Action.PRIVACY_NOTICE_APPROVED,
        Action.PRIVACY_NOTICE_GIVEN,
        Action.PEOPLE_MERGED,
        Action.PEOPLE_PARTED,
        Action.CONSENT_RECORDED,
        Action.OBJECTION_RECORDED,
        Action.RESTRICTION_PLACED,
        Action.RESTRICTION_ANNOUNCED,
        Action.RESTRICTION_LIFTED,
        Action.PROVISION_ENTERED,
        Action.HOLIDAY_ENTERED,
        Action.HOLIDAY_ENDED,
        Action.OPPOSITIONS_CHECKED,
        Action.EMERGENCY_OPENED,
        Action.EMERGENCY_REVIEWED,
        Action.HOLD_PLACED,
        Action.HOLD_APPROVED,
        Action.HOLD_REVIEWED,
        Action.HOLD_LIFTED,
        Action.MEMORY_ENDED,
        Action.HOLD_RESEALED,
        Action.FINDING_RAISED,
        Action.FINDING_ANSWERED,
        Action.TEXT_RULE_ENTERED,
        Action.TEXT_RULE_ENDED,
        Action.IMPORT_STARTED,
        Action.IMPORT_FINISHED,
        Action.REQUEST_RECEIVED,
        Action.REQUEST_IDENTIFIED,
        Action.REQUEST_PAUSED,
        Action.REQUEST_RESUMED,
        Action.REQUEST_EXTENDED,
        Action.REQUEST_CORRECTED,
        Action.REQUEST_DELAYED,
        Action.REQUEST_ESCALATED,
        Action.REQUEST_EXPLAINED,
        Action.REQUEST_CONTESTED,
        Action.REQUEST_ANSWERED,
        Action.REQUEST_REFUSED,
        Action.REQUEST_WITHDRAWN,
        Action.REFUSAL_PROPOSED,
        Action.REFUSAL_DECIDED,
        Action.OTHERS_REVIEWED,
        Action.LETTER_DRAFTED,
        Action.LETTER_APPROVED,
        Action.ARTICLE_WRITTEN,
        Action.ARTICLE_PUBLISHED,
        Action.ARTICLE_WITHDRAWN,
        Action.LETTER_SENT,
        Action.LETTER_NOT_SENT,
        Action.LETTER_HANDED,
        Action.LETTER_RECEIVED,
        Action.MESSAGE_RECEIVED,
        Action.MESSAGE_SENT,
        Action.MESSAGE_NOT_SENT,
        Action.MESSAGE_HANDED,
        Action.CONVERSATION_UNTAKEN,
        Action.MAIL_RECEIVED,
        Action.MAIL_ACCEPTED,
        Action.MAIL_DECLINED,
        Action.FILE_ADDED,
        Action.FILE_OPENED,
        Action.FILE_DESTROYED,
        Action.PACKAGE_DISCLOSED,
        Action.ERASURE_PLANNED,
        Action.ERASURE_APPROVED,
        Action.SUBJECT_ERASED,
        Action.KEY_DESTROYED,
        Action.ERASURE_VERIFIED,
        Action.NOTICE_QUEUED,
        Action.NOTICE_CLOSED,
        Action.RETENTION_PREVIEWED,
        Action.RETENTION_APPROVED,
        Action.RETENTION_SWEPT,
        Action.RETENTION_ARCHIVED,
        Action.RETENTION_ANONYMISED,
    }
)
"""What is decided within something else: it stands for the request only where nothing else does."""


@dataclass(frozen=True)
class Said:
    """What matters of an entry here: what happened, the kind of actor that did it, its receipt."""

    action: Action
    actor: str
    receipt: str = ""


class Left:
    """One entry that a request has left, and whether it lasts."""

    def __init__(self, said: Said, using: str) -> None:
        self.said, self._using, self._is_committed = said, using, False

    def commit(self) -> None:
        """Say that the transaction of the entry was committed."""
        self._is_committed = True

    @property
    def lasts(self) -> bool:
        """Whether it is committed, or will be with a transaction around the whole request."""
        waiting = connections[self._using].run_on_commit
        return self._is_committed or any(hook[1] == self.commit for hook in waiting)


_left: ContextVar[list[Left] | None] = ContextVar("custode_entries_of_request", default=None)


@contextmanager
def counted() -> Iterator[None]:
    """Count the entries of one request from here on."""
    token = _left.set([])
    try:
        yield
    finally:
        _left.reset(token)


def note(said: Said, *, using: str) -> None:
    """Note an entry that was appended in the transaction that is open on `using`."""
    left = _left.get()
    if left is not None:
        entry = Left(said, using)
        left.append(entry)
        transaction.on_commit(entry.commit, using=using)


def entry_of_request() -> Said | None:
    """Return the entry that stands for the request being counted, if one does and lasts."""
    stands = standing([entry.said for entry in _left.get() or () if entry.lasts])
    return stands[0] if stands else None


def standing(entries: Iterable[Said]) -> list[Said]:
    """Return those of a request's entries that stand for it, in the order given: one is right.

    What the system does because somebody asked (the steps of an erasure) never stands for the
    asking. Where decisions were recorded and no access around them, the first stands.
    """
    asked = [entry for entry in entries if entry.actor != SYSTEM]
    return [entry for entry in asked if entry.action not in ACCOMPANYING] or asked[:1]
