"""Impact assessments of activities (Art. 35): whether one is needed, and its three verbs.

It is drafted, the DPO gives advice (35(2)), and somebody who did not draft it concludes it. From
then on it is kept as it is; a review (35(11)) is a new assessment.
"""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action
from governance.policy import impact
from governance.policy.categories import Category
from governance.policy.errors import GovernanceError
from governance.policy.impact import Concluded, Criterion, Standing
from governance.policy.register import Risk
from governance.policy.vocabulary import Role, SubjectKind
from registry.models import ActivityVersion, ImpactAssessment, ProcessingActivity, Staff

KEEPING = "register_keeping"
MAY_CONCLUDE = frozenset({Role.DPO, Role.LEGAL})


class ImpactAssessmentMissingError(GovernanceError):
    """An activity that needs an impact assessment is not put in force without one."""

    code = "impact_assessment_missing"
    article = "35(1)"
    status = 409
    message = _("This activity is likely to be a high risk for people, and nobody assessed it.")
    advice = _(
        "Draft an impact assessment of the activity, ask the DPO for advice, and have it concluded"
        " by somebody else; then approve the version."
    )


class ConsultationMissingError(GovernanceError):
    """A high risk is left, and the authority was not asked before."""

    code = "prior_consultation_missing"
    article = "36(1)"
    status = 409
    message = _("The risk that is left is high, and the authority was not consulted.")
    advice = _(
        "Consult the authority and record its answer in a new assessment, or take measures that"
        " lower the risk."
    )


class AssessmentStateError(GovernanceError):
    """The step does not fit this assessment, or this person."""

    code = "assessment_step_refused"
    article = "35(2)"
    status = 409
    message = _("This step is not possible for this assessment.")
    advice = _(
        "The DPO advises on a draft; a DPO or a lawyer who did not write the draft concludes it."
        " What is concluded stays: a review is a new assessment."
    )


def criteria_of(version: ActivityVersion) -> frozenset[Criterion]:
    """Return the criteria of a high risk that a version meets, ticked or not."""
    return impact.criteria(
        [Criterion(word) for word in version.risk_criteria],
        categories=[Category(word) for word in version.categories],
        subject_kinds=[SubjectKind(word) for word in version.subject_kinds],
        is_profiling=version.profiling,
        is_deciding=version.automated_decisions,
    )


def latest(activity: ProcessingActivity) -> ImpactAssessment | None:
    """Return the assessment of an activity that was concluded last."""
    concluded = ImpactAssessment.objects.filter(activity=activity, concluded_at__isnull=False)
    return concluded.order_by("-concluded_at").first()


def standing_of(version: ActivityVersion, *, today: date) -> Standing:
    """Say where a version stands with Art. 35 and 36."""
    last = latest(version.activity)
    known = None
    if last is not None:
        known = Concluded(
            residual_risk=Risk(last.residual_risk),
            is_consulted=last.consulted_on is not None and bool(last.consultation),
            review_on=last.review_on,
        )
    return impact.standing(criteria_of(version), known, today=today)


def require(version: ActivityVersion, *, today: date) -> None:
    """Let a version pass to its approval.

    Raises
    ------
    ImpactAssessmentMissingError
        it needs an assessment and its activity has none
    ConsultationMissingError
        the assessment leaves a high risk and the authority was not asked
    """
    found = standing_of(version, today=today)
    if found is Standing.MISSING:
        raise ImpactAssessmentMissingError
    if found is Standing.CONSULTATION_MISSING:
        raise ConsultationMissingError


@transaction.atomic
def draft(*, assessment: ImpactAssessment, by: Staff, now: datetime) -> ImpactAssessment:
    """Save a draft as the work of `by`; advice on an earlier text is asked for again.

    Raises
    ------
    AssessmentStateError
        it was concluded meanwhile
    """
    stored = ImpactAssessment.objects.select_for_update().filter(pk=assessment.pk).first()
    if stored is not None and stored.concluded_at is not None:
        raise AssessmentStateError
    assessment.drafted_by, assessment.drafted_at = by, now
    assessment.advice, assessment.advised_by, assessment.advised_at = "", None, None
    assessment.save()
    _record(by, Action.ASSESSMENT_DRAFTED, assessment, now=now)
    return assessment


@transaction.atomic
def advise(*, assessment: ImpactAssessment, advice: str, by: Staff, now: datetime) -> None:
    """Record the DPO's advice (Art. 35(2), 39(1)(c)).

    Raises
    ------
    AssessmentStateError
        not the DPO, no advice, or it was concluded
    """
    row = ImpactAssessment.objects.select_for_update().get(pk=assessment.pk)
    if row.concluded_at is not None or by.role != Role.DPO or not advice.strip():
        raise AssessmentStateError
    row.advice, row.advised_by, row.advised_at = advice.strip(), by, now
    row.save(update_fields=["advice", "advised_by", "advised_at"])
    _record(by, Action.ASSESSMENT_ADVISED, row, now=now)


@transaction.atomic
def conclude(*, assessment: ImpactAssessment, by: Staff, now: datetime) -> None:
    """Conclude an assessment; from now on it counts, and is not changed.

    Raises
    ------
    AssessmentStateError
        it has no advice, `by` drafted it or has not the role, its review lies in the past, or it
        was concluded
    """
    row = ImpactAssessment.objects.select_for_update().get(pk=assessment.pk)
    is_open = row.concluded_at is None and row.advised_by_id is not None
    may_conclude = by.role in MAY_CONCLUDE and by.pk != row.drafted_by_id
    if not is_open or not may_conclude or row.review_on <= timezone.localdate(now):
        raise AssessmentStateError
    row.concluded_by, row.concluded_at = by, now
    row.save(update_fields=["concluded_by", "concluded_at"])
    _record(by, Action.ASSESSMENT_CONCLUDED, row, now=now)


def _record(by: Staff, action: Action, row: ImpactAssessment, *, now: datetime) -> None:
    event = log.Event(action=action, purpose=KEEPING, object_type="assessment", object_id=row.pk)
    log.record(by.actor(), event, now=now)
