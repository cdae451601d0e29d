"""Writing one text to many: first who is left out, and why; then each message, asked once more.

The preview decides about all of them in one statement, for the purpose of the text and the channel.
Each message asks the gate again when it goes, for somebody may say no in between.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.chosen import people_of
from crm.console.desk import Desk
from crm.conversations import outgoing
from crm.conversations.errors import AddressMissingError
from crm.models import Conversation, MessageTemplate
from crm.trade import messages as texts
from crm.trade import templates
from governance.policy.vocabulary import Channel, Operation
from registry import labels
from registry.gate import opening as gate
from registry.gate.errors import REFUSALS, GateRefusedError

AT_ONCE = 100
CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.POST)


@dataclass(frozen=True)
class Preview:
    """Whom a text would reach, and whom not, by reason."""

    reached: list[UUID]
    excluded: list[tuple[str | Promise, str | Promise, int]]
    without_address: int


def write(desk: Desk, chosen: list[UUID]) -> HttpResponse:
    """Choose a text and a channel; look at who is left out; then write to the others."""
    said = desk.request.POST
    rows = MessageTemplate.objects.filter(controller=desk.staff.controller_id)
    known = {row.key: row for row in rows.select_related("purpose") if templates.for_many(row)}
    text = known.get(said.get("text", ""))
    channel = next((one for one in CHANNELS if one == said.get("channel")), None)
    context: dict[str, Any] = {
        "title": _("Write to them"), "chosen": chosen,
        "texts": [(row.key, labels.titled(row.topic_it, row.topic_en)) for row in known.values()],
        "channels": [(one.value, labels.text(Channel, one)) for one in CHANNELS],
        "text": text, "channel": channel, "most": AT_ONCE,
    }  # fmt: skip
    if text is None or channel is None:
        return desk.render("console/mass.html", context)
    preview = _preview(desk, chosen, text, channel)
    if "sure" not in said:
        return desk.render("console/mass.html", context | {"preview": preview})
    done = _send(desk, preview.reached[:AT_ONCE], text, channel)
    told = ngettext("%(n)d message written", "%(n)d messages written", done["done"])
    out = len(chosen) - done["done"]
    left = ngettext("%(n)d left out.", "%(n)d left out.", out) % {"n": out}
    messages.success(desk.request, f"{told % {'n': done['done']}}, {left}")
    return redirect("desk:inbox")


def _preview(desk: Desk, chosen: list[UUID], text: MessageTemplate, channel: Channel) -> Preview:
    """Return who is reached, and who is left out and why; nothing is written."""
    whom = people_of(Conversation.objects.filter(pk__in=chosen))
    with gate.open(
        desk.actor, text.purpose.key, Operation.LIST, subjects=whom, channel=channel,
        offers_opt_out=text.purpose.is_marketing, now=desk.now,
    ) as access:  # fmt: skip
        people = sorted(access.admitted or ())
        reached = [one for one in people if outgoing.can_reach(access, one, channel)]
        excluded: list[tuple[str | Promise, str | Promise, int]] = [
            (REFUSALS[refusal][0], REFUSALS[refusal][1], number)
            for refusal, number in access.excluded.most_common()
        ]
    return Preview(reached, excluded, len(people) - len(reached))


def _send(desk: Desk, people: list[UUID], text: MessageTemplate, channel: Channel) -> Counter[str]:
    """Write to each, in an access of their own; count what was done and what was refused."""
    found: Counter[str] = Counter()
    for person in people:
        try:
            with texts.asked(
                desk.actor, text, subject=person, channel=channel, now=desk.now
            ) as access:
                texts.write(access, text, subject=person, channel=channel, facts=texts.Facts())
        except (GateRefusedError, AddressMissingError) as refused:
            found[refused.code] += 1
        else:
            found["done"] += 1
    return found
