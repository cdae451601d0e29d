"""What the steps of workflows do to people: each asks the gate for its own purpose.

The effect, its record and the new position of the run are one transaction. A refusal of the gate is
raised to `running.advance`, which records it and goes on.
"""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from crm.models import MessageTemplate, Order
from crm.people import languages
from crm.sales import todo
from crm.trade import messages
from crm.workflows.steps import Place, locked, note
from governance.policy.actors import system
from governance.policy.categories import Category
from governance.policy.sales import About
from governance.policy.vocabulary import Channel, Operation
from governance.policy.workflows import Outcome
from registry.gate import opening as gate
from registry.gate.access import Access


def create_task(place: Place, action: dict[str, Any], *, now: datetime) -> Outcome:
    """Give a role something to do for the person."""
    with gate.open(
        system(place.workflow.controller_id), action["purpose"], Operation.CREATE,
        subjects=place.subject, now=now,
    ) as access:  # fmt: skip
        run = locked(access, place)
        if run is not None:
            about = About(place.about_kind)
            duty = todo.Duty(
                title=_title(place, action),
                do_by=timezone.localdate(now) + timedelta(days=action["days"]),
                role=action["role"],
                about_kind=about,
                about=None if about is About.PERSON else place.about,
            )
            todo.give(access, place.subject, duty)
            note(access, run, place, Outcome.DONE)
    return Outcome.DONE


def send_message(place: Place, action: dict[str, Any], *, now: datetime) -> Outcome:
    """Write to the person on the channel, in their language."""
    template = MessageTemplate.objects.select_related("purpose").get(
        controller=place.workflow.controller_id, key=action["template"]
    )
    channel = Channel(action["channel"])
    with messages.asked(
        system(place.workflow.controller_id), template, subject=place.subject, channel=channel,
        now=now,
    ) as access:  # fmt: skip
        run = locked(access, place)
        if run is not None:
            facts = _facts(access, place)
            messages.write(access, template, subject=place.subject, channel=channel, facts=facts)
            note(access, run, place, Outcome.DONE)
    return Outcome.DONE


def _facts(access: Access, place: Place) -> messages.Facts:
    """Return what the text may say of the order, as far as the purpose may see it."""
    if place.about_kind != About.ORDER or Category.PURCHASES not in access.categories:
        return messages.Facts()
    order = access.rows(Order).get(pk=place.about)
    return messages.Facts(order.number, order.promised_on, order.pk)


def _title(place: Place, action: dict[str, Any]) -> str:
    """Return the title in the language of the house: the staff reads it, not the person."""
    title: str = action[f"title_{languages.of_house(place.workflow.controller_id)}"]
    return title
