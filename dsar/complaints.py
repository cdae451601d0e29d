"""That a person went to the Garante about a request (Art. 77), as far as the house knows of it."""

from datetime import date, datetime
from uuid import UUID

from audit.actions import Action
from dsar import requests
from dsar.errors import ComplaintRefusedError
from dsar.models import SubjectRequest
from governance.policy.actors import Actor
from governance.policy.deadlines import local_date
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate


def note(request_id: UUID, on: date, *, by: Actor, now: datetime) -> SubjectRequest:
    """Record the day on which the house learnt of a complaint about this request.

    It changes nothing else: a complaint is a right, and nobody is treated differently for it.

    Raises
    ------
    RequestNotFoundError
    ComplaintRefusedError
        a day before the request or after today, or it is on record already
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.alone(access, request_id)
        is_possible = request.received_on <= on <= local_date(now)
        if not is_possible or request.complained_on is not None:
            raise ComplaintRefusedError
        request.complained_on = on
        request.save(update_fields=["complained_on"])
        requests.record(access, Action.REQUEST_CONTESTED, request, reason="garante")
    return request
