"""Texts for messages to people: checked when they are kept, filled in when they are written.

A text belongs to one purpose of the register, by which the gate decides whether it may go. A
service text offers nothing (`governance.policy.offers`), whoever writes it.
"""

from dataclasses import dataclass
from datetime import datetime
from string import Formatter

from django.db import transaction

from audit import log
from audit.actions import Action
from crm.help import checking
from crm.models import MessageTemplate
from crm.trade.errors import (
    OfferInServiceMessageError,
    TemplateInvalidError,
    TemplateNamesSomebodyError,
)
from governance.policy.offers import offers
from registry.models import Purpose, Staff
from registry.operations import KEEPING

SERVICE, MARKETING = "service", "marketing"
PLACEHOLDERS = frozenset({"name", "number", "day", "page"})


@dataclass(frozen=True)
class Text:
    """A text in both languages; placeholders: `{name}`, `{number}`, `{day}`, `{page}`."""

    topic_it: str
    topic_en: str
    body_it: str
    body_en: str

    @property
    def parts(self) -> tuple[str, ...]:
        """All that is written in it."""
        return self.topic_it, self.topic_en, self.body_it, self.body_en


@transaction.atomic
def keep(
    key: str, text: Text, *, kind: str, purpose: Purpose, by: Staff, now: datetime
) -> MessageTemplate:
    """Keep a text under its key, in place of the one before.

    Raises
    ------
    OfferInServiceMessageError
        it is a service text, and offers something
    TemplateInvalidError
        a part is empty, a placeholder is not known, or the kind is not that of the purpose
    TemplateNamesSomebodyError
        it is sent to many, and seems to be about somebody
    """
    check(text, kind=kind, purpose=purpose)
    topics, bodies = "\n".join(text.parts[:2]), "\n".join(text.parts[2:])
    if found := checking.places(by.controller_id, topics, bodies, now=now):
        raise TemplateNamesSomebodyError(found)
    made, _is_new = MessageTemplate.objects.update_or_create(
        controller=by.controller, key=key,
        defaults={
            "kind": kind, "purpose": purpose, "topic_it": text.topic_it, "topic_en": text.topic_en,
            "body_it": text.body_it, "body_en": text.body_en,
        },
    )  # fmt: skip
    event = log.Event(
        action=Action.RULE_DRAFTED, purpose=KEEPING, object_type="message_template",
        object_id=made.pk,
    )  # fmt: skip
    log.record(by.actor(), event, now=now)
    return made


def for_many(row: MessageTemplate) -> bool:
    """Whether a text stands without an order, and can be written to many at once."""
    parts = (row.topic_it, row.topic_en, row.body_it, row.body_en)
    return all(_placeholders(part) <= {"name"} for part in parts)


def check(text: Text, *, kind: str, purpose: Purpose) -> None:
    """Refuse a text that may not be written; see `keep`."""
    if not all(part.strip() for part in text.parts):
        raise TemplateInvalidError
    if kind not in {SERVICE, MARKETING} or (kind == MARKETING) != purpose.is_marketing:
        raise TemplateInvalidError
    if not all(_placeholders(part) <= PLACEHOLDERS for part in text.parts):
        raise TemplateInvalidError
    if kind == SERVICE and (found := [word for part in text.parts for word in offers(part)]):
        raise OfferInServiceMessageError(words=found)


def _placeholders(part: str) -> set[str]:
    """Return the placeholders of a part, with whatever is done to them: only their name is fine."""
    try:
        parsed = list(Formatter().parse(part))
    except ValueError:
        raise TemplateInvalidError from None
    return {
        name + (f":{how}" if how else "") + (f"!{kind}" if kind else "")
        for _text, name, how, kind in parsed
        if name is not None
    }
