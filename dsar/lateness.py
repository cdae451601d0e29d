"""Late is a state: marked, brought to the DPO once, explained before the request can be closed.

The work goes on (docs/spec/legal-clock.md). What is late is found from the facts of the clock, so
a holiday, a pause or an extension that moves the limit takes the mark away again.
"""

import logging
import smtplib
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from audit.actions import Action
from dsar import clock, requests
from dsar.errors import LatenessError
from dsar.models import SubjectRequest
from governance.policy.actors import Actor, system
from governance.policy.deadlines import ClockState
from governance.policy.lateness import LateGround
from governance.policy.vocabulary import Duty
from registry import contacts
from registry.gate import opening as gate
from registry.models import Controller

LANGUAGE = "it"  # of mail to the house
logger = logging.getLogger(__name__)


def late_since(request: SubjectRequest, today: date) -> date | None:
    """Return the first day on which a request was late; None where it is or was in time."""
    if clock.state_of(request, today) is not ClockState.LATE:
        return None
    return clock.deadline_of(request).binding_on + timedelta(days=1)


def mark(controller: UUID, *, now: datetime) -> int:
    """Mark the open requests whose last day is over, and no others; return how many are new."""
    today, new = timezone.localdate(now), 0
    with gate.duty(system(controller), Duty.ANSWERING, reference=controller, now=now) as access:
        rows = access.rows(SubjectRequest).select_for_update(of=("self",))
        rows = rows.filter(Q(due_on__lt=today) | Q(late_since__isnull=False))
        for request in rows.filter(state__in=requests.OPEN_STATES).select_related("controller"):
            since = late_since(request, today)
            if since == request.late_since:
                continue
            is_new = request.late_since is None
            request.late_since = since
            request.save(update_fields=["late_since"])
            reason = "late" if since else "in_time_again"
            requests.record(access, Action.REQUEST_DELAYED, request, reason=reason)
            new += is_new
    return new


def explain(
    request_id: UUID, ground: str, words: str, *, by: Actor, now: datetime
) -> SubjectRequest:
    """Record why a request is late, which has to be said before it can be closed.

    Also afterwards, where a machine closed it: an erasure that was approved in time.

    Raises
    ------
    RequestNotFoundError
    LatenessError
        it is not late, or the ground or the words are missing
    """
    if ground not in set(LateGround) or not words.strip():
        raise LatenessError
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.alone(access, request_id)
        since = late_since(request, timezone.localdate(now))
        if since is None:
            raise LatenessError
        request.late_since, request.late_ground = since, ground
        request.late_reasons = words.strip()
        request.save(update_fields=["late_since", "late_ground", *request.pending])
        requests.record(access, Action.REQUEST_EXPLAINED, request, reason=ground)
    return request


# To the DPO, once


def escalate(controller: UUID, *, now: datetime, has_server: bool = True) -> int:
    """Bring requests that became late to the DPO by one mail; return how many.

    The mail names references and nobody. It is noted after it went: whoever dies in between sends
    it again. Without a server, or an address of the DPO, the worklist alone shows them.
    """
    with gate.duty(system(controller), Duty.ANSWERING, reference=controller, now=now):
        rows = SubjectRequest.objects.filter(late_since__isnull=False, escalated_at__isnull=True)
        waiting = list(rows.order_by("late_since").values_list("pk", "reference"))
    if not waiting:
        return 0
    address = contacts.officer(Controller.objects.get(pk=controller))
    way = "mail" if has_server and address else "worklist"
    if way == "mail" and not _send(address, [reference for _pk, reference in waiting]):
        return 0
    return _note(controller, [pk for pk, _reference in waiting], way, now=now)


def _note(controller: UUID, ids: list[UUID], way: str, *, now: datetime) -> int:
    with gate.duty(system(controller), Duty.ANSWERING, reference=controller, now=now) as access:
        rows = access.rows(SubjectRequest).select_for_update(of=("self",))
        noted = list(rows.filter(pk__in=ids, escalated_at__isnull=True))
        for request in noted:
            request.escalated_at = now
            request.save(update_fields=["escalated_at"])
            requests.record(access, Action.REQUEST_ESCALATED, request, reason=way)
    return len(noted)


def _send(address: str, references: list[str]) -> bool:
    with translation.override(LANGUAGE):
        context = {"references": references, "portal": settings.BASE_URL}
        message = EmailMessage(
            subject=_("Requests are late"),
            body=render_to_string("dsar/late.txt", context),
            to=[address],
            headers={"Auto-Submitted": "auto-generated"},
        )
    try:
        message.send()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        logger.warning("late requests are not mailed to the DPO: %s", type(error).__name__)
        return False
    return True
