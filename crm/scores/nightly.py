"""Computing scores anew at night, and ending those whose day is over or whose purpose is.

Which scores there are was decided when somebody first ran them.
"""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from crm.analysis.nightly import since
from crm.models import Score, ScoreRun
from crm.offers import ranking
from crm.scores import running
from governance.policy.actors import system
from governance.policy.errors import GovernanceError
from governance.policy.scores import ScoreKind
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import Controller

logger = logging.getLogger(__name__)
KEPT = timedelta(days=365)  # a run, with what its model learned, after a later one replaced it
RUN = {
    ScoreKind.CHURN: running.run_churn,
    ScoreKind.LIFETIME_VALUE: running.run_worth,
    ScoreKind.LEAD: running.run_leads,
    ScoreKind.OFFER: ranking.run,
}


def run_all(*, now: datetime) -> int:
    """Compute again every kind of score that was computed before; return how many runs."""
    made = 0
    for controller in Controller.objects.order_by("pk"):
        expire(controller, now=now)
        for last in _newest(controller):
            kind = ScoreKind(last.score_kind)
            try:
                RUN[kind](system(controller.pk), last.purpose.key, since=since(now), now=now)
                made += 1
            except GateRefusedError as refused:
                _empty(last, now=now)
                logger.error("scores of %s ended: %s", last.pk, refused.code)  # noqa: TRY400 - no values
            except GovernanceError as error:
                logger.error("scores of %s not run: %s", last.pk, error.code)  # noqa: TRY400 - no values
    return made


def _newest(controller: Controller) -> list[ScoreRun]:
    rows = ScoreRun.objects.filter(controller=controller).select_related("purpose")
    return list(rows.order_by("score_kind", "-ran_at").distinct("score_kind"))


def expire(controller: Controller, *, now: datetime) -> int:
    """Remove the scores of a controller whose day is over, and old runs; return how many scores."""
    with gate.duty(system(controller.pk), Duty.RETENTION, now=now) as access:
        over = access.rows(Score).filter(expires_on__lt=timezone.localdate(now))
        ended: int = over.delete()[0]
        old = ScoreRun.objects.filter(controller=controller, ran_at__lt=now - KEPT)
        old.exclude(pk__in=[run.pk for run in _newest(controller)]).delete()
    return ended


def _empty(last: ScoreRun, *, now: datetime) -> None:
    """Remove the scores of a kind whose purpose the register does not give any more."""
    with gate.duty(system(last.controller_id), Duty.RETENTION, now=now) as access:
        access.rows(Score).filter(score_kind=last.score_kind).delete()
