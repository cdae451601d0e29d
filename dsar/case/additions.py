"""What a person adds to their case: a message, an answer to a question of ours, a withdrawal.

It comes sealed through the same door as a request, and the code of the case says which one it is
about. A message is filed as a letter of the person, received when the page took it; whether it
answers the question that stops the clock is for staff to say (Art. 12(6)). A withdrawal closes a
request that is open and of which nothing irreversible has begun; else it is filed as a letter.
"""

from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from audit.actions import Action
from dsar import correspondence, requests
from dsar.models import CaseDocument, Intake, SubjectRequest
from governance.policy.actors import system
from governance.policy.vocabulary import Channel, Duty
from registry.gate import opening as gate
from registry.gate.access import Access


def take(digest: bytes, row: Intake, words: str, *, controller: UUID, now: datetime) -> None:
    """File what was added, and remove the sealed row in the same transaction.

    Where the case is gone there is nobody's file to put it in: the row is removed.

    Arguments
    ---------
    digest : of the case
    words : the message; "" to take the request back
    """
    document = CaseDocument.objects.filter(controller=controller, digest=digest).first()
    reference = document.request if document else row.pk
    with gate.duty(system(controller), Duty.ANSWERING, reference=reference, now=now) as access:
        if not Intake.objects.filter(pk=row.pk, controller=controller).delete()[0]:
            return  # another worker was quicker
        known = access.rows(SubjectRequest).filter(pk=reference).exists()
        if not known:
            return
        request = requests.alone(access, reference)
        if not words:
            withdraw(access, request)
        with translation.override(request.language):
            said = words or _("I take this request back.")
        correspondence.take_in(access, request, channel=Channel.WEB, at=row.received_at, body=said)


def withdraw(access: Access, request: SubjectRequest) -> bool:
    """Close a request that its person has taken back; return whether that was still possible.

    What stopped with its receipt stays stopped: it was wanted, and is given again by nobody else.
    An erasure that was approved is not called back from here: staff decides.
    """
    is_under_way = request.erasures.exclude(state="planned").exists()
    if request.state not in requests.OPEN_STATES or is_under_way:
        return False
    requests.close(request, "withdrawn", by=access.actor, now=access.now)
    requests.record(access, Action.REQUEST_WITHDRAWN, request, reason=request.right)
    return True
