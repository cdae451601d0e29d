"""Tiers of customers, computed from their orders by one statement (`governance.policy.tiers`).

A tier is a conclusion about a person: it has a purpose of its own, stands in their copy with its
scores, ends after its period, and goes with an erasure. Nothing is decided by it alone (Art. 22).
"""

from datetime import date, datetime

from django.db import connection
from django.utils import timezone

from crm.chosen import people_of
from crm.models import Order
from governance.policy.actors import Actor
from governance.policy.vocabulary import Operation, RecordClass, scope_of
from registry.gate import opening as gate

COUNTED = ("confirmed", "partly_fulfilled", "fulfilled", "closed")
COMPUTE = """
WITH bought AS (
    SELECT subject_id, max(ordered_on) AS last_on, count(*) AS orders, sum(total) AS spent
    FROM crm_order
    WHERE controller_id = %(controller)s AND subject_id = ANY(%(people)s)
        AND state = ANY(%(counted)s) AND currency = %(currency)s AND ordered_on >= %(since)s
    GROUP BY subject_id
), scored AS (
    -- A rank less one is the number of those who are worse; equal figures have equal ranks.
    SELECT subject_id,
        1 + least(4, 5 * (rank() OVER (ORDER BY last_on) - 1) / count(*) OVER ()) AS r,
        1 + least(4, 5 * (rank() OVER (ORDER BY orders) - 1) / count(*) OVER ()) AS f,
        1 + least(4, 5 * (rank() OVER (ORDER BY spent) - 1) / count(*) OVER ()) AS m
    FROM bought
), named AS (
    SELECT *, CASE
        WHEN r >= 4 AND (f + m + 1) / 2 >= 4 THEN 'champion'
        WHEN r >= 3 AND (f + m + 1) / 2 >= 3 THEN 'loyal'
        WHEN r >= 4 THEN 'new'
        WHEN r = 3 THEN 'occasional'
        WHEN (f + m + 1) / 2 >= 3 THEN 'at_risk'
        ELSE 'dormant' END AS tier
    FROM scored
)
INSERT INTO crm_customertier AS held (id, controller_id, subject_id, scope, collected_at, sealed,
    computed_on, recency, frequency, monetary, tier)
SELECT gen_random_uuid(), %(controller)s, subject_id, %(scope)s, %(now)s, '', %(today)s, r, f, m,
    tier FROM named
ON CONFLICT (controller_id, subject_id) DO UPDATE SET computed_on = excluded.computed_on,
    recency = excluded.recency, frequency = excluded.frequency, monetary = excluded.monetary,
    tier = excluded.tier, collected_at = excluded.collected_at
"""


def compute(
    actor: Actor, purpose: str, *, since: date, currency: str = "EUR", now: datetime
) -> int:
    """Compute the tiers of all customers whom a purpose reaches, and return how many they are.

    Arguments
    ---------
    since : orders before it say nothing any more
    currency : orders in another one are left out, for sums of different currencies say nothing

    Raises
    ------
    GateRefusedError
        the purpose is not in force, or not for this actor
    """
    people = people_of(Order.objects.order_by())
    with gate.open(actor, purpose, Operation.UPDATE, subjects=people, now=now) as access:
        access.took([(Order, "ordered_on"), (Order, "total"), (Order, "state")])
        access.writes_at_large()
        with connection.cursor() as cursor:
            cursor.execute(
                COMPUTE,
                {
                    "controller": access.controller, "people": sorted(access.admitted or ()),
                    "counted": list(COUNTED), "currency": currency, "since": since, "now": now,
                    "today": timezone.localdate(now),
                    "scope": scope_of(RecordClass.PURCHASE_DETAIL),
                },
            )  # fmt: skip
            return int(cursor.rowcount)
