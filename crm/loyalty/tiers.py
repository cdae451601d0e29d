"""Tiers of members (ST7): decided by points of a year and days of membership, dated, explained."""

from datetime import datetime, timedelta

from django.db.models import Q, Sum
from django.utils import timezone

from crm.loyalty import membership
from crm.models import LoyaltyAccount, LoyaltyLine, LoyaltyProgramme, LoyaltyTierChange
from governance.policy import loyalty
from governance.policy.actors import system
from governance.policy.loyalty import COUNTED, YEAR, Standing
from governance.policy.vocabulary import Operation
from registry.gate import opening as gate
from registry.gate.access import Access


def renew(programme: LoyaltyProgramme, *, now: datetime) -> int:
    """Decide the tier of every member anew; return how many changed.

    A change keeps the figures it was decided by and the version of the rules. Nothing but
    benefits of the programme hangs on it (Art. 22).
    """
    with gate.open(
        system(programme.controller_id), programme.purpose.key, Operation.UPDATE,
        subjects=membership.everybody(programme), now=now,
    ) as access:  # fmt: skip
        changed = []
        for account, stands in _standings(access):
            tier = loyalty.tier_of(programme.definition, stands)["key"]
            if tier != account.tier:
                changed.append(_change(access, programme, account, tier, stands))
                account.tier = tier
                account.save(update_fields=["tier"])
        LoyaltyTierChange.objects.bulk_create(changed)
    return len(changed)


def _standings(access: Access) -> list[tuple[LoyaltyAccount, Standing]]:
    since = access.now - timedelta(days=YEAR)
    counted = Q(lines__line_kind__in=sorted(COUNTED), lines__written_at__gt=since)
    access.took([(LoyaltyLine, "points"), (LoyaltyLine, "line_kind")])
    rows = access.rows(LoyaltyAccount).select_for_update(of=("self",)).filter(
        left_at__isnull=True
    )  # fmt: skip
    accounts = {account.pk: account for account in rows.order_by("pk")}
    earned = dict(
        access.rows(LoyaltyAccount).filter(pk__in=list(accounts))
        .annotate(earned=Sum("lines__points", filter=counted, default=0))
        .values_list("pk", "earned")
    )  # fmt: skip
    today = timezone.localdate(access.now)
    return [
        (one, Standing(earned.get(key, 0), (today - timezone.localdate(one.joined_at)).days))
        for key, one in accounts.items()
    ]


def _change(
    access: Access,
    programme: LoyaltyProgramme,
    account: LoyaltyAccount,
    tier: str,
    stands: Standing,
) -> LoyaltyTierChange:
    return LoyaltyTierChange(
        controller_id=access.controller, subject_id=account.subject_id, account=account,
        programme=programme, came_from=account.tier, tier=tier, points=stands.points,
        changed_on=timezone.localdate(access.now), member_days=max(0, stands.days),
        collected_at=access.now,
    )  # fmt: skip
