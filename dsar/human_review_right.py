"""Art. 22(3): a person looks at a decision again, hears the other side, and confirms or changes it.

Custode decides nothing about anybody by itself; what is reviewed was decided by an activity of the
register that does. The outcome is put into effect there, by whoever runs it.
"""

from datetime import datetime
from enum import StrEnum, unique
from uuid import UUID

from dsar import answers
from dsar.errors import NothingSaidError, SecondPersonError
from dsar.models import SubjectRequest
from governance.policy.actors import Actor
from governance.policy.vocabulary import Duty, Right
from registry.gate import opening as gate


@unique
class Verdict(StrEnum):
    """What became of the decision."""

    CONFIRMED = "confirmed"
    CHANGED = "changed"


def review(
    request_id: UUID, *, verdict: str, reasons: str, by: Actor, now: datetime
) -> SubjectRequest:
    """Record what a person decided, and tell it with the reasons.

    Raises
    ------
    RequestNotFoundError, RequestStateError, NotIdentifiedError, SeveralPeopleError
    NothingSaidError
        no verdict, or no reasons in words
    SecondPersonError
        no person, but a machine
    """
    if by.staff is None:
        raise SecondPersonError
    if verdict not in set(Verdict) or not reasons.strip():
        raise NothingSaidError
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = answers.taken_up(access, request_id, Right.HUMAN_REVIEW)
        answers.give(access, request, lambda: {"verdict": verdict, "reasons": reasons.strip()})
    return request
