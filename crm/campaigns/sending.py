"""Taking the people of a campaign from step to step, each message asked of the gate when it goes.

    due       those whose step has come, without who answered, bought or may not be used any more
    send      one step to one person: channel, words, cost and place in one transaction

A channel that is refused or has no address is passed over for the next one. A refusal that is of
this hour alone waits; any other lets the person go. Before anything is sent the campaign is locked
and the cost of the message added: what would go beyond the budget stops the campaign.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.chosen import people_of
from crm.conversations import outgoing
from crm.conversations.outgoing import Letter
from crm.models import (
    Campaign,
    CampaignEvent,
    CampaignRecipient,
    Contact,
    Interaction,
    Order,
    SegmentMember,
)
from crm.people import languages
from crm.people.wording import may_profile
from governance.policy import analysis
from governance.policy.actors import system
from governance.policy.campaigns import PASSING, CampaignState, Response, block_for
from governance.policy.campaigns import Place as Standing
from governance.policy.vocabulary import Channel, Operation
from governance.policy.workflows import VersionState
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.errors import GateRefusedError

AT_ONCE = 500
NO_ADDRESS = "no_address"
WAITS = {refusal.value: wait for refusal, wait in PASSING.items()}
NAMES = {"it": "cliente", "en": "customer"}
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """A step that has come, as plain values taken out of an access."""

    recipient: UUID
    subject: UUID
    position: int


def due(campaign: Campaign, *, now: datetime) -> list[Due]:
    """Return the steps that have come, the longest due first; who left meanwhile is let go.

    Whom the purpose of the segment does not reach any more is left out: nothing is sent to them.
    """
    waiting = CampaignRecipient.objects.filter(
        campaign=campaign, state=Standing.WAITING, wake_at__lte=now
    )
    with gate.open(
        system(campaign.controller_id), campaign.segment.purpose.key, Operation.UPDATE,
        subjects=people_of(waiting.order_by()), now=now,
    ) as access:  # fmt: skip
        rows = access.rows(CampaignRecipient).filter(pk__in=waiting.values("pk"), position__gt=0)
        _let_go(rows.filter(Exists(_replies(campaign))), "replied")
        _let_go(rows.filter(Exists(_purchases(campaign, now=now))), "converted")
        left = access.rows(CampaignRecipient).filter(
            campaign=campaign, state=Standing.WAITING, wake_at__lte=now
        )
        found = left.order_by("wake_at", "pk").values_list("pk", "subject_id", "position")[:AT_ONCE]
        return [Due(*one) for one in found]


def _let_go(rows: "QuerySet[CampaignRecipient]", because: str) -> None:
    rows.update(state=Standing.LEFT, left_because=because, wake_at=None)


def _replies(campaign: Campaign) -> "QuerySet[Interaction]":
    """Return what a person said in a conversation in which a message of the campaign stands."""
    ours = Interaction.objects.filter(
        conversation=OuterRef("conversation"), campaign=campaign.key, direction="out"
    )
    return Interaction.objects.filter(
        Exists(ours), subject=OuterRef("subject"), direction="in", kind__in=["message", "call"]
    )


def _purchases(campaign: Campaign, *, now: datetime) -> "QuerySet[Order]":
    """Return the orders that a person placed since the campaign began."""
    began = timezone.localdate(campaign.approved_at or now)
    return Order.objects.filter(
        subject=OuterRef("subject"), ordered_on__gte=began,
        collected_at__gt=campaign.approved_at or now,
    ).exclude(state__in=["draft", "cancelled"])  # fmt: skip


def send(campaign: Campaign, step: Due, *, now: datetime) -> str:
    """Send one step by the first channel that is allowed and has an address.

    Returns
    -------
    The channel; or "" where nothing was sent.
    """
    because, wait = NO_ADDRESS, None
    for word in campaign.definition["channels"]:
        try:
            done = _by_channel(campaign, step, Channel(word), now=now)
        except GateRefusedError as refusal:
            because, wait = refusal.code, WAITS.get(refusal.code)
            if wait is not None:
                break
            continue
        if done != NO_ADDRESS:
            return done
    _note(campaign, step, because=because, wait=wait, now=now)
    return ""


def _by_channel(campaign: Campaign, step: Due, channel: Channel, *, now: datetime) -> str:
    """Send one step by a channel; return it, "" where the step is done with, or `NO_ADDRESS`."""
    letter = Letter(channel, "", campaign=campaign.key, offers_opt_out=True, expects_answer=False)
    by = system(campaign.controller_id)
    with outgoing.asked(by, step.subject, letter, purpose=campaign.purpose.key, now=now) as access:
        rows = access.rows(CampaignRecipient).select_for_update(of=("self",))
        row = rows.filter(
            pk=step.recipient, state=Standing.WAITING, position=step.position, wake_at__lte=now
        ).first()
        if row is None:
            return ""  # another worker did it
        if refusal := may_profile(access, step.subject, campaign.segment.purpose.key):
            raise GateRefusedError(refusal)
        if not outgoing.can_reach(access, step.subject, channel):
            return NO_ADDRESS
        cost = Decimal(campaign.definition["costs"][channel])
        if not _charge(campaign, cost):
            return ""
        words = _words(access, campaign, row, step)
        message = outgoing.compose(
            access, step.subject,
            Letter(
                channel, words["body"], words["topic"], campaign=campaign.key,
                offers_opt_out=True, expects_answer=False,
            ),
            purpose=campaign.purpose.key,
        )  # fmt: skip
        CampaignEvent(
            controller_id=access.controller, subject_id=step.subject, campaign=campaign,
            recipient=row, response=Response.SENT, step=step.position, channel=channel,
            happened_at=now, collected_at=now, cost=cost, external_id=f"sent:{message.pk}",
        ).save()  # fmt: skip
        _pass_on(campaign, row, now=now)
    return channel.value


def _charge(campaign: Campaign, cost: Decimal) -> bool:
    """Add a cost to what was spent; where that is beyond the budget, stop the campaign instead."""
    found = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if found.state != CampaignState.APPROVED:
        return False
    if found.spent + cost > found.budget:
        found.state, found.stopped_because = CampaignState.STOPPED, "budget"
    else:
        found.spent += cost
    found.save(update_fields=["state", "stopped_because", "spent"])
    return found.state == CampaignState.APPROVED


def _words(access: Access, campaign: Campaign, row: CampaignRecipient, step: Due) -> dict[str, str]:
    """Return topic and body of a step for one person, with the way to refuse further ones."""
    contact = access.rows(Contact).filter(subject=step.subject).first()
    values = access.values(contact) if contact else {}
    language = languages.of(access, contact)
    blocks = campaign.definition["steps"][step.position]["blocks"]
    block = block_for(
        blocks, language=language, declared=analysis.interests(values.get("interests")),
        groups=_groups(access, step.subject, {b["group"] for b in blocks if b["group"]}),
    )  # fmt: skip
    filled = {
        "name": (contact.full_name if contact else "") or NAMES[block["language"]],
        "code": row.code,
    }
    with translation.override(block["language"]):
        leave = _("To receive no more of these messages, answer STOP.")
    return {
        "topic": block["topic"].format_map(filled),
        "body": f"{block['body'].format_map(filled)}\n\n{leave}",
    }


def _groups(access: Access, subject: UUID, wanted: set[str]) -> set[str]:
    """Return the groups that a person is in and may be addressed by: each asked of the gate."""
    if not wanted:
        return set()
    rows = access.rows(SegmentMember).filter(
        subject=subject, segment__key__in=wanted, segment__state=VersionState.APPROVED
    )
    found = rows.values_list("segment__key", "segment__purpose__key")
    return {key for key, purpose in found if may_profile(access, subject, purpose) is None}


def _pass_on(campaign: Campaign, row: CampaignRecipient, *, now: datetime) -> None:
    steps = campaign.definition["steps"]
    row.position += 1
    if row.position < len(steps):
        row.wake_at = now + timedelta(days=steps[row.position]["wait_days"])
    else:
        row.state, row.wake_at = Standing.DONE, None
    row.save(update_fields=["position", "state", "wake_at"])


def _note(
    campaign: Campaign,
    step: Due,
    *,
    now: datetime,
    because: str = "",
    wait: timedelta | None = None,
) -> None:
    """Let a person go, or let them wait, under the purpose of the segment if it reaches them."""
    mine = CampaignRecipient.objects.filter(pk=step.recipient).values_list("subject", flat=True)
    with gate.open(
        system(campaign.controller_id), campaign.segment.purpose.key, Operation.UPDATE,
        subjects=mine, now=now,
    ) as access:  # fmt: skip
        rows = access.rows(CampaignRecipient).filter(
            pk=step.recipient, state=Standing.WAITING, position=step.position
        )
        if wait is not None:
            rows.update(wake_at=now + wait)
        else:
            _let_go(rows, because)


def run(campaign: Campaign, *, now: datetime) -> int:
    """Send every step of a campaign that has come; return how many messages that were."""
    sent = 0
    for step in due(campaign, now=now):
        try:
            sent += bool(send(campaign, step, now=now))
        except Exception as error:  # noqa: BLE001 - one person never ends the campaign
            logger.warning("campaign %s: %s", campaign.pk, type(error).__name__)  # no values
    return sent
