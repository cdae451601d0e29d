"""E-mail: out by the mail server of the installation, in by whatever reads its mailboxes.

A message has the same Message-ID in every attempt, so that one that went twice is shown once, and
an answer names it. Who reads the mailbox hands over what it read as plain values (`Read`).
"""

import smtplib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email

from crm.channels.adapter import Adapter, Arrival, Outgoing
from crm.conversations.errors import ArrivalInvalidError
from governance.policy.vocabulary import Channel
from registry.datamap import Lookup


@dataclass(frozen=True, slots=True)
class Read:
    """A mail as it was read from its source."""

    message_id: str
    sender_name: str = field(repr=False)
    sender_address: str = field(repr=False)
    subject_line: str = field(repr=False)
    body: str = field(repr=False)
    received_at: datetime | None = None
    answers: tuple[str, ...] = ()
    is_automatic: bool = False


class Email(Adapter):
    """E-mail."""

    channel, found_by, point_kind, is_machine = Channel.EMAIL, Lookup.EMAIL, "email", True

    def _deliver(self, message: Outgoing) -> str:
        try:
            EmailMessage(
                subject=message.topic,
                body=message.body,
                to=[message.address],
                headers={"Message-ID": f"<{message.interaction.pk.hex}@custode.invalid>"},
            ).send()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return type(error).__name__
        return ""

    def _read(self, raw: Any, now: datetime) -> Arrival:
        if not isinstance(raw, Read):
            raise ArrivalInvalidError
        address = raw.sender_address.strip()
        try:
            validate_email(address)
        except ValidationError:
            raise ArrivalInvalidError from None
        return Arrival(
            channel=self.channel, network="", sender=address, name=raw.sender_name,
            topic=raw.subject_line, body=raw.body, at=min(raw.received_at or now, now),
            external_id=raw.message_id, answers=tuple(UUID(one) for one in raw.answers),
            is_automatic=raw.is_automatic,
        )  # fmt: skip
