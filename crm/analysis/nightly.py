"""Drawing every extract anew at night: which ones there are was decided when each was first drawn.

A purpose that is not in force any more has its rows removed, for nothing may use them.
"""

import logging
from datetime import date, datetime

from django.utils import timezone

from crm.analysis import extract
from crm.models import AnalyticExtract, AnalyticRow
from governance.policy.actors import system
from governance.policy.errors import GovernanceError
from governance.policy.periods import Period
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError

logger = logging.getLogger(__name__)
LOOKED_BACK = Period(years=3)  # of orders


def draw_all(*, now: datetime) -> int:
    """Draw the extracts of all controllers anew; return how many were drawn."""
    drawn = 0
    for row in AnalyticExtract.objects.select_related("purpose").order_by("pk"):
        try:
            extract.draw(
                system(row.controller_id), row.purpose.key, since=since(now),
                currency=row.currency, now=now,
            )  # fmt: skip
            drawn += 1
        except GateRefusedError as refused:
            _empty(row, now=now)
            logger.error("extract %s emptied: %s", row.pk, refused.code)  # noqa: TRY400 - no values
        except GovernanceError as error:
            logger.error("extract %s not drawn: %s", row.pk, error.code)  # noqa: TRY400 - no values
    return drawn


def _empty(row: AnalyticExtract, *, now: datetime) -> None:
    """Remove the rows of an extract whose purpose the register does not give any more."""
    with gate.duty(system(row.controller_id), Duty.RETENTION, now=now) as access:
        access.rows(AnalyticRow).filter(extract=row).delete()
        AnalyticExtract.objects.filter(pk=row.pk).update(people=0)


def since(now: datetime) -> date:
    """Return the first day whose orders count."""
    return LOOKED_BACK.before(timezone.localdate(now))
