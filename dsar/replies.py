"""Complaints and questions about privacy (Art. 38(4)): a person answers in words."""

from datetime import datetime
from uuid import UUID

from dsar import answers, requests
from dsar.errors import NothingSaidError, RequestStateError
from dsar.models import SubjectRequest
from governance.policy.actors import Actor
from governance.policy.vocabulary import Duty, Right
from registry.gate import opening as gate

IN_WORDS = frozenset({Right.COMPLAINT, Right.QUESTION})


def reply(request_id: UUID, words: str, *, by: Actor, now: datetime) -> SubjectRequest:
    """Answer a complaint or a question.

    No identity is asked for: nothing of what is held is told here. Whoever writes the words keeps
    to that, or asks the person to use the right of access.

    Raises
    ------
    RequestNotFoundError, RequestStateError
    NothingSaidError
    """
    if not words.strip():
        raise NothingSaidError
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.alone(access, request_id, states=requests.OPEN_STATES)
        if request.right not in IN_WORDS:
            raise RequestStateError(right=request.right)
        answers.give(access, request, lambda: {"words": words.strip()})
    return request
