"""The mailbox of customer care: read as that for requests is, and heard as any other channel.

`dsar.mail` knows mailboxes and messages, `crm.conversations` what people say; here one hands over
to the other. A message that nobody can answer (no sender's address, a bounce of none of ours) is
left in the mailbox and counted; files stay there too, and the conversation says how many.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils.translation import ngettext

from crm.channels.adapter import Arrival, Filed
from crm.channels.catalogue import ADAPTERS
from crm.channels.email import Read
from crm.conversations import incoming
from crm.conversations.errors import ArrivalInvalidError
from crm.models import CareMailbox
from dsar.mail.message import Automatic, parse
from dsar.mail.polling import Fetched, Source, take_in


def poll(controller: UUID, source: Source, *, own_hosts: Collection[str], now: datetime) -> int:
    """Take in what is new in the mailbox of a company; return how many were taken.

    Raises
    ------
    MailboxError
    """
    box, _made = CareMailbox.objects.get_or_create(controller_id=controller)

    def take(fetched: Fetched) -> bool:
        try:
            return hear(controller, fetched, own_hosts=own_hosts, now=now)
        except ArrivalInvalidError:
            box.not_taken += 1
            return False

    return take_in(box, source, take, now=now, counted=["not_taken"])


def hear(controller: UUID, fetched: Fetched, *, own_hosts: Collection[str], now: datetime) -> bool:
    """Hear one message; whether it was new. A mail of our own that came back is not heard.

    Raises
    ------
    ArrivalInvalidError
    """
    mail = parse(fetched.raw, own_hosts=own_hosts)
    if mail.automatic is Automatic.LOOP:
        return False
    if mail.automatic is Automatic.BOUNCE and not mail.answers:
        raise ArrivalInvalidError
    files = len(mail.enclosed)
    left = ngettext(
        "[%(n)d file, in the mailbox]", "[%(n)d files, in the mailbox]", files
    ) % {"n": files}  # fmt: skip
    read = Read(
        message_id=mail.message_id,
        sender_name=mail.sender_name,
        sender_address=mail.sender_address,
        subject_line=mail.subject_line[:300],
        body=f"{mail.body}\n\n{left}" if files else mail.body,
        received_at=mail.received_at or fetched.came_at,
        answers=mail.answers,
        is_automatic=mail.automatic is not Automatic.PERSON,
    )

    def file(arrival: Arrival) -> Filed:
        return incoming.take_in(controller, arrival, now=now)

    return ADAPTERS["email"].receive(read, file, now=now).is_new
