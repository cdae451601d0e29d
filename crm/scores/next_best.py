"""What may be done next for one person, ranked, and what somebody of the staff made of it.

The gate comes first: the ways are those it would allow now, purpose by purpose and channel by
channel. Nothing is done here. To accept is to give somebody a task; what came of it is learned from
by the next run (`crm.scores.outcomes`).
"""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from crm.models import ActionChoice, Case, Order, Score, ScoreRun, Task
from crm.sales.tiers import COUNTED
from crm.scores import outcomes
from crm.scores.errors import ProposalGoneError
from governance.policy import next_best
from governance.policy.cases import CaseState
from governance.policy.categories import Category
from governance.policy.next_best import Choice, NextAction, Proposal, Standing, Way
from governance.policy.scores import ScoreKind
from governance.policy.vocabulary import Channel
from registry.gate import permissions
from registry.gate.access import Access

CHANNELS = (Channel.EMAIL, Channel.PHONE, Channel.SMS, Channel.WHATSAPP, Channel.POST)


def newest_run(controller: UUID, kind: ScoreKind = ScoreKind.CHURN) -> ScoreRun | None:
    """Return the newest run of a score, whose purpose is the one proposals are made under."""
    rows = ScoreRun.objects.filter(controller=controller, score_kind=kind)
    return rows.select_related("purpose").order_by("-ran_at").first()


def ways(access: Access, subject: UUID) -> list[Way]:
    """Return the ways in which the person may be written to now."""
    return [
        Way(one.purpose, one.channel or "")
        for one in permissions.of(access, subject, channels=CHANNELS)
        if one.standing is permissions.Standing.ALLOWED
    ]


def scores(access: Access, subject: UUID, run: ScoreRun) -> list[Score]:
    """Return the scores of a person that are of the purpose of a run and have not expired."""
    today = timezone.localdate(access.now)
    rows = access.rows(Score).filter(
        subject=subject, run__purpose=run.purpose_id, expires_on__gte=today
    )
    return list(rows.order_by("score_kind"))


def proposed(
    access: Access, subject: UUID, run: ScoreRun, held: Sequence[Score] | None = None
) -> list[Proposal]:
    """Return at most three proposals for a person, ranked by what they may bring."""
    held = scores(access, subject, run) if held is None else held
    known = {ScoreKind(score.score_kind): float(score.value) for score in held}
    standing = Standing(
        churn=known.get(ScoreKind.CHURN),
        worth=known.get(ScoreKind.LIFETIME_VALUE),
        orders=access.rows(Order).filter(subject=subject, state__in=COUNTED).count(),
        open_cases=_open_cases(access, subject),
    )
    experience = outcomes.as_experience(run.parameters.get("experience", {}))
    return next_best.proposals(ways(access, subject), standing, experience)


def _open_cases(access: Access, subject: UUID) -> int:
    """Return how many cases are open, as far as the purpose may know."""
    if Category.COMMUNICATIONS not in access.categories:
        return 0
    rows = access.rows(Case).filter(subject=subject).exclude(state=CaseState.SOLVED)
    return rows.count()


def require(access: Access, subject: UUID, run: ScoreRun, action: str) -> Proposal:
    """Return a proposal as it stands now.

    Raises
    ------
    ProposalGoneError
        it is not proposed any more: the gate, a score or an order has changed since
    """
    for one in proposed(access, subject, run):
        if one.action == action:
            return one
    raise ProposalGoneError


def choose(
    access: Access, subject: UUID, action: NextAction, *, by: UUID, task: Task | None
) -> ActionChoice:
    """Write down what somebody chose: a task was given, or the proposal declined."""
    choice = ActionChoice(
        controller_id=access.controller, subject_id=subject, next_action=action,
        choice=Choice.DECLINED if task is None else Choice.ACCEPTED,
        chosen_on=timezone.localdate(access.now), chosen_by_id=by,
        task=None if task is None else task.pk, collected_at=access.now,
    )  # fmt: skip
    choice.save()
    return choice
