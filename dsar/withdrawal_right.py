"""Art. 7(3): what was agreed to has stopped with the receipt; here it is confirmed.

The withdrawal itself is in `dsar.effects`: it counts from the moment of receipt, without anybody's
leave. What was done before it stays lawful.
"""

from datetime import datetime
from uuid import UUID

from dsar import answers
from dsar.models import SubjectRequest
from governance.policy.actors import Actor
from governance.policy.vocabulary import Duty, Right
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import ConsentEvent


def confirm(request_id: UUID, *, by: Actor, now: datetime) -> SubjectRequest:
    """Answer which consents ended, and since when.

    Raises
    ------
    RequestNotFoundError, RequestStateError, NotIdentifiedError, SeveralPeopleError
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = answers.taken_up(access, request_id, Right.WITHDRAWAL)
        answers.give(access, request, lambda: {"purposes": _ended(access, request)})
    return request


def _ended(access: Access, request: SubjectRequest) -> list[str]:
    events = access.rows(ConsentEvent).filter(subject=request.subject_id, request=request.pk)
    return sorted({one.purpose.text for one in events.select_related("purpose")})
