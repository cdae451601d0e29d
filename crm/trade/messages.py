"""Writing to a person for a purpose, on a channel: the gate is asked, then the message is recorded.

A message about an order is due by the contract (Art. 6(1)(b)) and is allowed although marketing was
refused; a marketing text asks for consent by the same door. No channel carries these messages yet:
what is recorded is what was allowed, for somebody to send.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import translation
from django.utils.formats import date_format

from crm import operations as crm
from crm.models import Contact, Interaction, MessageTemplate
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, Operation
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.disclosing import To

NAMES = {"it": "cliente", "en": "customer"}


@dataclass(frozen=True)
class Facts:
    """What fills the placeholders: the number of an order, and a day."""

    number: str = ""
    day: date | None = None


def send(
    actor: Actor,
    template: MessageTemplate,
    *,
    subject: UUID,
    channel: Channel,
    facts: Facts,
    now: datetime,
) -> UUID:
    """Write to a person in their language; return the id of the interaction.

    Raises
    ------
    GateRefusedError
        the purpose of the text does not reach this person on this channel
    """
    with gate.open(
        actor, template.purpose.key, Operation.SEND, subjects=subject, channel=channel,
        recipient=To.THE_PERSON, offers_opt_out=template.purpose.is_marketing, now=now,
    ) as access:  # fmt: skip
        sent = write(access, template, subject=subject, channel=channel, facts=facts)
        made: UUID = sent.pk
    return made


def write(
    access: Access, template: MessageTemplate, *, subject: UUID, channel: Channel, facts: Facts
) -> Interaction:
    """Record a message in an access that was opened to send it."""
    contact = access.rows(Contact).filter(subject=subject).first()
    language = _language(access, contact)
    with translation.override(language):
        words = {
            "name": (contact.full_name if contact else "") or NAMES[language],
            "number": facts.number,
            "day": date_format(facts.day, "j F Y") if facts.day else "",
        }
    topic = template.topic_en if language == "en" else template.topic_it
    body = template.body_en if language == "en" else template.body_it
    # A purpose that may not read conversations keeps that it wrote, and not the words.
    may_keep = Category.COMMUNICATIONS in access.categories
    return crm.record_interaction(
        access,
        subject=subject,
        channel=channel,
        direction="out",
        occurred_at=access.now,
        topic=topic.format_map(words) if may_keep else "",
        body=body.format_map(words) if may_keep else "",
        purpose=template.purpose.key,
    )


def _language(access: Access, contact: Contact | None) -> str:
    if contact is None or Category.LANGUAGE not in access.categories:
        return "it"
    return "en" if (contact.language or "").casefold().startswith("en") else "it"
