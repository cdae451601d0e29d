"""What came of a campaign: responses, each counted once, and what was sold, by last touch.

Responses are kept under the purpose of the segment: of whom it does not reach, nothing is (A4).
What is told twice, by a webhook that is sent again, has the same external id and is one event.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from crm.campaigns.errors import ResponseInvalidError
from crm.chosen import people_of
from crm.models import Campaign, CampaignEvent, CampaignRecipient, Order
from governance.policy.actors import Actor, system
from governance.policy.campaigns import RESPONDED, Response, rate, return_on_investment
from governance.policy.vocabulary import Channel, Operation, RecordClass, scope_of
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSubject

SKEW = timedelta(minutes=10)  # by which the clock of another system may be ahead
ATTRIBUTE = """
WITH touched AS (
    SELECT o.id AS order_id, o.total, o.ordered_on, last.campaign_id, last.recipient_id,
        last.happened_at, o.subject_id
    FROM crm_order AS o
    CROSS JOIN LATERAL (
        SELECT e.campaign_id, e.recipient_id, e.happened_at, c.within_days, c.currency
        FROM crm_campaignevent AS e JOIN crm_campaign AS c ON c.id = e.campaign_id
        WHERE e.subject_id = o.subject_id AND e.response = 'sent'
            AND (e.happened_at AT TIME ZONE %(zone)s)::date <= o.ordered_on
        ORDER BY e.happened_at DESC LIMIT 1
    ) AS last
    WHERE o.controller_id = %(controller)s AND o.subject_id = ANY(%(people)s)
        AND o.state NOT IN ('draft', 'cancelled') AND o.currency = last.currency
        AND last.campaign_id = %(campaign)s
        AND o.ordered_on <= (last.happened_at AT TIME ZONE %(zone)s)::date + last.within_days
), held AS (
    SELECT o.id AS order_id, o.total, o.ordered_on, r.campaign_id, r.id AS recipient_id,
        r.entered_at AS happened_at, o.subject_id
    FROM crm_campaignrecipient AS r JOIN crm_order AS o ON o.subject_id = r.subject_id
    WHERE r.campaign_id = %(campaign)s AND r.is_held_out AND r.subject_id = ANY(%(people)s)
        AND o.state NOT IN ('draft', 'cancelled') AND o.currency = %(currency)s
        AND o.ordered_on BETWEEN (r.entered_at AT TIME ZONE %(zone)s)::date
            AND (r.entered_at AT TIME ZONE %(zone)s)::date + %(within)s
)
INSERT INTO crm_campaignevent (id, controller_id, subject_id, scope, collected_at, sealed,
    campaign_id, recipient_id, response, step, channel, happened_at, cost, revenue, external_id)
SELECT gen_random_uuid(), %(controller)s, subject_id, %(scope)s, %(now)s, '', campaign_id,
    recipient_id, 'converted', 0, '', greatest(happened_at, ordered_on AT TIME ZONE %(zone)s), 0,
    total, 'order:' || order_id
FROM (SELECT * FROM touched UNION ALL SELECT * FROM held) AS found
ON CONFLICT (controller_id, external_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A response as another system, or a person at a till, tells it.

    Attributes
    ----------
    recipient : the row that the message was for; None where the code of a coupon says it
    external_id : what the other system calls the event: the same once more is the same event
    """

    response: Response
    at: datetime
    external_id: str
    recipient: UUID | None = None
    code: str = ""
    channel: Channel | None = None


def record(campaign: Campaign, told: Told, *, now: datetime) -> bool:
    """Keep a response once; return whether it is new and may be kept.

    A clock that is ahead by a little is set right; a response is not before its message.

    Raises
    ------
    ResponseInvalidError
        nobody of the campaign is meant, nothing was sent to them, or the moment lies ahead
    """
    if told.at > now + SKEW or told.response in {Response.SENT, Response.CONVERTED}:
        raise ResponseInvalidError
    mine = CampaignRecipient.objects.filter(campaign=campaign, is_held_out=False)
    mine = mine.filter(pk=told.recipient) if told.recipient else mine.filter(code=_code(told.code))
    with gate.open(
        system(campaign.controller_id), campaign.segment.purpose.key, Operation.UPDATE,
        subjects=people_of(mine.order_by()), now=now,
    ) as access:  # fmt: skip
        row = access.rows(CampaignRecipient).filter(pk__in=mine.values("pk")).first()
        if row is None:
            if access.excluded:
                return False  # somebody of whom nothing is kept any more
            raise ResponseInvalidError
        sent = access.rows(CampaignEvent).filter(recipient=row, response=Response.SENT)
        last = sent.order_by("-happened_at").first()
        if last is None:
            raise ResponseInvalidError
        return _kept(access, row, last, told)


def _code(said: str) -> str:
    return "".join(said.split()).upper() or "-"


def _kept(access: Access, row: CampaignRecipient, last: CampaignEvent, told: Told) -> bool:
    rows = access.rows(CampaignEvent).filter(external_id=f"told:{told.external_id}"[:80])
    if rows.exists():
        return False
    event = CampaignEvent(
        controller_id=access.controller, subject_id=row.subject_id, campaign_id=row.campaign_id,
        recipient=row, response=told.response, step=last.step,
        channel=told.channel or last.channel, collected_at=access.now,
        happened_at=min(max(told.at, last.happened_at), max(access.now, last.happened_at)),
        external_id=f"told:{told.external_id}"[:80],
    )  # fmt: skip
    # Of two who are told at once, the constraint lets one write it.
    CampaignEvent.objects.bulk_create([event], ignore_conflicts=True)
    return bool(rows.filter(pk=event.pk).exists())


def people(campaign: Campaign) -> "QuerySet[DataSubject, UUID]":
    """Return who is or was in a campaign, for whom an access is opened."""
    return people_of(CampaignRecipient.objects.filter(campaign=campaign).order_by())


def attribute(campaign: Campaign, *, now: datetime) -> int:
    """Count orders for a campaign by last touch, and those of who was held out; how many are new.

    Orders in another currency than the campaign's are not counted: nothing is converted.
    """
    with gate.open(
        system(campaign.controller_id), campaign.segment.purpose.key, Operation.UPDATE,
        subjects=people(campaign), now=now,
    ) as access:  # fmt: skip
        access.took([(Order, "ordered_on"), (Order, "total"), (Order, "state")])
        access.writes_at_large()
        with connection.cursor() as cursor:
            cursor.execute(
                ATTRIBUTE,
                {
                    "controller": access.controller, "people": sorted(access.admitted or ()),
                    "campaign": campaign.pk, "currency": campaign.currency, "now": now,
                    "within": campaign.within_days, "zone": timezone.get_default_timezone_name(),
                    "scope": scope_of(RecordClass.PURCHASE_DETAIL),
                },
            )  # fmt: skip
            return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class Results:
    """What came of a campaign, as counts of people and sums.

    Attributes
    ----------
    people : by response, how many people had it at least once
    channels : by channel, how many people a message reached, and how many of them responded
    held_bought : how many bought of who was held out
    bought, bought_held_out : share who bought, of whom a message reached, and of who was held out
    roi : return on investment; None ("n.d.") where nothing was spent
    """

    entered: int
    held_out: int
    left: Counter[str]
    people: Counter[str]
    channels: dict[str, tuple[int, int]]
    held_bought: int
    bought: Decimal | None
    bought_held_out: Decimal | None
    cost: Decimal
    by_channel: dict[str, Decimal]
    revenue: Decimal
    margin: Decimal
    roi: Decimal | None
    excluded: int

    @property
    def answered(self) -> dict[str, Decimal | None]:
        """Of whom a message reached, the share who responded, by channel."""
        return {name: rate(part, whole) for name, (whole, part) in self.channels.items()}


def results(actor: Actor, campaign: Campaign, *, now: datetime) -> Results:
    """Return what came of a campaign, of those whom the purpose of the segment still reaches.

    Raises
    ------
    GateRefusedError
    """
    with gate.open(
        actor, campaign.segment.purpose.key, Operation.LIST, subjects=people(campaign), now=now
    ) as access:
        return computed(access, campaign)


def computed(access: Access, campaign: Campaign) -> Results:
    """Compute the results in an access that is open."""
    rows = access.rows(CampaignRecipient).filter(campaign=campaign)
    events = access.rows(CampaignEvent).filter(campaign=campaign)
    shown = events.filter(recipient__is_held_out=False)
    counted = shown.values_list("response").annotate(n=Count("recipient", distinct=True))
    found: Counter[str] = Counter(dict(counted.order_by()))
    reached = found["sent"] - found["bounced"]
    held = rows.filter(is_held_out=True).count()
    sold = shown.filter(response="converted").aggregate(sum=Sum("revenue"))["sum"] or Decimal(0)
    held_sold = events.filter(response="converted", recipient__is_held_out=True)
    held_bought = held_sold.values("recipient").distinct().count()
    costs = shown.filter(response="sent").values_list("channel").annotate(sum=Sum("cost"))
    margin = sold * campaign.margin_percent / 100
    return Results(
        entered=rows.count(),
        held_out=held,
        left=Counter(
            dict(rows.filter(state="left").values_list("left_because").annotate(n=Count("pk")))
        ),
        people=found,
        channels=_channels(shown),
        held_bought=held_bought,
        bought=rate(found["converted"], reached),
        bought_held_out=rate(held_bought, held),
        cost=campaign.spent,
        by_channel=dict(costs.order_by()),
        revenue=sold,
        margin=margin,
        roi=return_on_investment(margin, campaign.spent),
        excluded=access.excluded.total(),
    )


def _channels(events: "QuerySet[CampaignEvent]") -> dict[str, tuple[int, int]]:
    """Return how many each channel reached, and how many responded; bounced are not reached."""
    rows = events.exclude(channel="").values("channel").annotate(
        sent=Count("recipient", distinct=True, filter=Q(response="sent")),
        bounced=Count("recipient", distinct=True, filter=Q(response="bounced")),
        responded=Count("recipient", distinct=True, filter=Q(response__in=sorted(RESPONDED))),
    ).order_by("channel")  # fmt: skip
    return {row["channel"]: (row["sent"] - row["bounced"], row["responded"]) for row in rows}
