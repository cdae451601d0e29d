"""Writing to a person for a purpose: the gate is asked, then the message is on its way.

A message about an order is due by the contract (Art. 6(1)(b)) and goes although marketing was
refused; a marketing text asks for consent by the same door. What was allowed is carried by the
outbox of conversations (`crm.conversations.delivery`). Where the house holds no address for the
channel, a message that is due becomes a task: a person tells them in another way.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm.conversations import outgoing
from crm.conversations.errors import AddressMissingError
from crm.conversations.outgoing import Letter
from crm.models import Contact, Interaction, MessageTemplate, Task
from crm.people import languages
from crm.sales import todo
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.sales import About
from governance.policy.vocabulary import Channel, Role
from registry import activities
from registry.gate.access import Access
from registry.models import Controller

NAMES = {"it": "cliente", "en": "customer"}
TELLING = (Role.AGENT, Role.SALES, Role.MANAGER)
"""Who tells a person what no channel carries, in this order, as far as the purpose is theirs."""


@dataclass(frozen=True)
class Facts:
    """What fills the placeholders: the number of an order, and a day; and the order itself."""

    number: str = ""
    day: date | None = None
    order: UUID | None = None


def asked(
    actor: Actor, template: MessageTemplate, *, subject: UUID, channel: Channel, now: datetime
) -> AbstractContextManager[Access]:
    """Ask the gate whether a text may go to a person on a channel.

    Raises
    ------
    GateRefusedError
        the purpose of the text does not reach this person on this channel
    """
    letter = Letter(channel, "", offers_opt_out=template.purpose.is_marketing)
    return outgoing.asked(actor, subject, letter, purpose=template.purpose.key, now=now)


def write(
    access: Access, template: MessageTemplate, *, subject: UUID, channel: Channel, facts: Facts
) -> Interaction | Task:
    """Write a message in the access that the gate gave for it, to go out once it is committed.

    Returns
    -------
    The message; or the task of a person to tell them in another way, where no address is held.

    Raises
    ------
    AddressMissingError
        no address is held, and the text is marketing, which nobody has to be told
    """
    letter = _letter(access, template, subject=subject, channel=channel, facts=facts)
    if outgoing.can_reach(access, subject, channel):
        return outgoing.compose(access, subject, letter, purpose=template.purpose.key)
    if template.purpose.is_marketing:
        raise AddressMissingError
    return _task(access, letter, subject=subject, purpose=template.purpose.key, facts=facts)


def _letter(
    access: Access, template: MessageTemplate, *, subject: UUID, channel: Channel, facts: Facts
) -> Letter:
    contact = access.rows(Contact).filter(subject=subject).first()
    language = languages.of(access, contact)
    with translation.override(language):
        words = {
            "name": (contact.full_name if contact else "") or NAMES[language],
            "number": facts.number,
            "day": date_format(facts.day, "j F Y") if facts.day else "",
            "page": _own_page(access.controller),
        }
    topic = template.topic_en if language == "en" else template.topic_it
    body = template.body_en if language == "en" else template.body_it
    return Letter(
        channel, body.format_map(words), topic.format_map(words),
        offers_opt_out=template.purpose.is_marketing, expects_answer=False,
    )  # fmt: skip


def _own_page(controller: UUID) -> str:
    """Return where people ask for the page of their own; no address of anybody's is part of it."""
    slug = Controller.objects.values_list("slug", flat=True).get(pk=controller)
    return f"{settings.BASE_URL}{reverse('own_ask', args=[slug])}"


def _task(access: Access, letter: Letter, *, subject: UUID, purpose: str, facts: Facts) -> Task:
    access.widen(Category.COMMUNICATIONS)  # the words are kept with the task
    in_force = activities.in_force(access.controller, purpose, at=access.now)
    roles = in_force.terms.roles if in_force else frozenset[Role]()
    with translation.override(languages.of_house(access.controller)):
        title = _("Tell them in another way: %(topic)s") % {"topic": letter.topic}
    duty = todo.Duty(
        title=title[:250],
        do_by=timezone.localdate(access.now),
        note=letter.body,
        role=next((role for role in TELLING if role in roles), TELLING[0]),
        about_kind=About.ORDER if facts.order else About.PERSON,
        about=facts.order,
    )
    return todo.give(access, subject, duty)
