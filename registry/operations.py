"""Keeping the register: companies, staff, sources, and activities in versions.

Each verb is one transaction and one audit entry. A draft becomes law for the gate only
when somebody who did not write it approves it.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action
from governance.crypto.ids import uuid7
from governance.policy import actors
from governance.policy.actors import Actor
from governance.policy.errors import GovernanceError
from governance.policy.periods import Period
from governance.policy.vocabulary import (
    ActivityState,
    Duty,
    Role,
    SubjectKind,
    SubjectStatus,
)
from registry import history, impact, retention_terms, returns
from registry.gate import opening as gate
from registry.models import (
    ActivityVersion,
    Controller,
    DataSource,
    DataSubject,
    Finding,
    Staff,
)
from registry.validator import missing_parts

KEEPING = "register_keeping"
MAY_APPROVE = frozenset({Role.DPO, Role.LEGAL})
CONTENT = (
    "title_it", "title_en", "basis", "basis_reference", "interest", "necessity", "balancing",
    "balance", "categories", "subject_kinds", "roles", "role_categories", "operations",
    "transfers", "measures",
    "measure_kinds", "no_measures_because", "no_time_limits_because", "context", "special_ground",
    "profiling", "automated_decisions", "decision_logic", "decision_significance", "risk_criteria",
    "despite_restriction", "soft_opt_in",
    "answers",
)  # fmt: skip
"""What a version says by itself, beside its rules, sources and recipients."""


class ApprovalError(GovernanceError):
    """A version can not be approved by this person, or is not a draft."""

    code = "approval_refused"
    article = "30(1)"
    status = 409
    message = _("This version can not be approved.")
    advice = _(
        "A draft is approved by a DPO or a lawyer who did not write it, as it was read: if it was"
        " saved again meanwhile, read it again."
    )


class HiringError(GovernanceError):
    """Who runs the house does not make accounts that see people."""

    code = "hiring_refused"
    article = "32(4)"
    status = 403
    message = _("Your role may not open this account.")
    advice = _("An account that meets people is opened by the DPO.")


class DraftOpenError(GovernanceError):
    """An activity has one open draft at a time."""

    code = "draft_open"
    article = "30(1)"
    status = 409
    message = _("This activity has a draft already.")
    advice = _("Edit the open draft, or have it approved first.")


class FindingAnswerError(GovernanceError):
    """A finding is answered once, with one of the words of its kind."""

    code = "finding_answer_refused"
    article = "5(2)"
    status = 409
    message = _("This question can not be answered so.")
    advice = _("Answer an open question, with one of the answers its page offers.")


class IncompleteActivityError(GovernanceError):
    """A draft lacks what a version in force needs."""

    code = "activity_incomplete"
    article = "30(1)"
    message = _("The draft is not complete.")
    advice = _("Fill in the missing parts, then approve it.")


def hire(
    *,
    controller: Controller,
    username: str,
    role: Role,
    password: str | None,
    now: datetime,
    by: Staff | None = None,
) -> Staff:
    """Create a member of staff, who is a data subject from the first day.

    `by` is the administrator who does it; None while an installation is set up.
    """
    if by is not None and by.role == Role.ADMINISTRATOR and role in MAY_APPROVE:
        raise HiringError
    with gate.duty(actors.system(controller.pk), Duty.SECURITY, now=now) as access:
        subject = access.new_subject(kind=SubjectKind.EMPLOYEE, source=None)
        staff = Staff(
            controller=controller, subject=subject, username=username, role=role, joined_at=now
        )
        staff.set_password(password)
        staff.save()
        event = log.Event(
            action=Action.STAFF_CHANGED,
            purpose=KEEPING,
            subjects=(subject.pk,),
            object_type="staff",
            object_id=staff.pk,
            reason="hired",
        )
        log.record(by.actor() if by else access.actor, event, now=now)
    return staff


@transaction.atomic
def deactivate(*, staff: Staff, by: Staff, now: datetime) -> Staff:
    """Close the account of somebody who leaves; sessions end with it. Data stays for its period."""
    staff.is_active, staff.left_on = False, timezone.localdate(now)
    staff.save(update_fields=["is_active", "left_on"])
    event = log.Event(
        action=Action.STAFF_CHANGED,
        purpose=KEEPING,
        subjects=(staff.subject_id,),
        object_type="staff",
        object_id=staff.pk,
        reason="deactivated",
    )
    log.record(by.actor(), event, now=now)
    return staff


@transaction.atomic
def draft(*, version: ActivityVersion, by: Staff, now: datetime) -> ActivityVersion:
    """Save a draft of an activity as the work of `by`, and of all who saved it before."""
    stored = ActivityVersion.objects.select_for_update().filter(pk=version.pk).first()
    if stored is not None and stored.state != ActivityState.DRAFT:
        raise ApprovalError  # approved since the page was opened: what is in force is not edited
    version.state = ActivityState.DRAFT
    version.drafters = sorted({*(stored.drafters if stored else ()), by.pk})
    version.drafted_by = by
    version.drafted_at = now
    version.save()
    _record(by.actor(), Action.ACTIVITY_DRAFTED, version, now=now)
    return version


@transaction.atomic
def redraft(*, version: ActivityVersion, by: Staff, now: datetime) -> ActivityVersion:
    """Copy a version into a new draft of its activity, with rules, sources and recipients.

    Raises
    ------
    DraftOpenError
        the activity has a draft already
    """
    versions = ActivityVersion.objects.select_for_update().filter(activity=version.activity_id)
    numbers = {v.number: v.state for v in versions}
    if ActivityState.DRAFT in numbers.values():
        raise DraftOpenError
    copied = ActivityVersion(controller_id=version.controller_id, activity=version.activity)
    for name in CONTENT:
        setattr(copied, name, getattr(version, name))
    copied.number = max(numbers) + 1
    draft(version=copied, by=by, now=now)
    copied.sources.set(version.sources.all())
    copied.recipients.set(version.recipients.all())
    for rule in version.retention_rules.all():
        rule.pk, rule.version = uuid7(), copied
        rule.save(force_insert=True)
    return copied


@transaction.atomic
def approve(
    *, version: ActivityVersion, by: Staff, now: datetime, shown: datetime | None = None
) -> ActivityVersion:
    """Put a draft in force and retire the version before it, at the same moment.

    Arguments
    ---------
    shown : when the draft that `by` read was saved; what was saved since was not read

    Raises
    ------
    ApprovalError
        `by` worked on the draft, has not the role, read another text, or it is no draft
    IncompleteActivityError
        something that Art. 30(1) or the gate needs is missing; `missing` names it
    RetentionTermsError
        a retention rule can not do what it says
    ImpactAssessmentMissingError, ConsultationMissingError
        Art. 35 and 36 come first
    """
    version = ActivityVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != ActivityState.DRAFT or by.role not in MAY_APPROVE:
        raise ApprovalError
    if by.pk in version.drafters or (shown is not None and shown != version.drafted_at):
        raise ApprovalError
    if missing := missing_parts(version):
        raise IncompleteActivityError(missing=missing)
    retention_terms.require(version)
    impact.require(version, today=timezone.localdate(now))
    for old in ActivityVersion.objects.select_for_update().filter(
        activity=version.activity_id, state=ActivityState.APPROVED
    ):
        _end(old, by=by, now=now)
    version.state = ActivityState.APPROVED
    version.approved_by, version.approved_at, version.active_from = by, now, now
    version.save(update_fields=["state", "approved_by", "approved_at", "active_from"])
    _reviewed(version, by=by, now=now)
    _record(by.actor(), Action.ACTIVITY_APPROVED, version, now=now)
    return version


@transaction.atomic
def retire(*, version: ActivityVersion, by: Staff, now: datetime) -> ActivityVersion:
    """Take a version out of force without another in its place: its purpose stops at once.

    Raises
    ------
    ApprovalError
        it is not in force, or `by` has not the role
    """
    return _end(_in_force(version, by=by), by=by, now=now)


def _in_force(version: ActivityVersion, *, by: Staff) -> ActivityVersion:
    """Lock a version in force for somebody who may decide about it."""
    version = ActivityVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != ActivityState.APPROVED or by.role not in MAY_APPROVE:
        raise ApprovalError
    return version


@transaction.atomic
def discard(*, version: ActivityVersion, by: Staff, now: datetime) -> None:
    """Throw a draft away, with its activity if it had no other version.

    Raises
    ------
    ApprovalError
        it is no draft
    """
    version = ActivityVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != ActivityState.DRAFT:
        raise ApprovalError
    _record(by.actor(), Action.ACTIVITY_DISCARDED, version, now=now)
    activity = version.activity
    version.delete()
    is_named = activity.assessments.exists() or activity.breachreport_set.exists()
    if not activity.versions.exists() and not is_named:
        activity.delete()


@transaction.atomic
def review(*, version: ActivityVersion, by: Staff, now: datetime) -> None:
    """Record that a version in force was looked at and is still right (Art. 5(2), 24(1)).

    Raises
    ------
    ApprovalError
        it is not in force, or `by` has not the role
    """
    version = _in_force(version, by=by)
    _reviewed(version, by=by, now=now)
    _record(by.actor(), Action.ACTIVITY_REVIEWED, version, now=now)


def _end(version: ActivityVersion, *, by: Staff, now: datetime) -> ActivityVersion:
    version.state, version.active_to = ActivityState.RETIRED, now
    version.save(update_fields=["state", "active_to"])
    _record(by.actor(), Action.ACTIVITY_RETIRED, version, now=now)
    return version


def _reviewed(version: ActivityVersion, *, by: Staff, now: datetime) -> None:
    activity, today = version.activity, timezone.localdate(now)
    activity.reviewed_on, activity.reviewed_by = today, by
    activity.review_on = Period.parse(version.controller.review_every).after(today)
    activity.save(update_fields=["reviewed_on", "reviewed_by", "review_on"])


@transaction.atomic
def add_source(
    *,
    controller: Controller,
    name: str,
    kind: str,
    by: Staff,
    now: datetime,
    from_subject: bool = False,
) -> DataSource:
    """Add a source of data; it is not verified until somebody has looked at it."""
    history.written_by(by)
    source, _made = DataSource.objects.get_or_create(
        controller=controller, name=name, defaults={"kind": kind, "from_subject": from_subject}
    )
    event = log.Event(
        action=Action.REGISTER_CHANGED, purpose=KEEPING, object_type="source", object_id=source.pk
    )
    log.record(by.actor(), event, now=now)
    return source


def verify_source(*, source: DataSource, by: Staff, now: datetime) -> int:
    """Mark a source as verified and release those who were quarantined for it.

    Returns how many data subjects became readable.
    """
    from registry.datamap import data_map
    from registry.models import SubjectRow

    with gate.duty(by.actor(), Duty.DISCOVERY, now=now):
        history.written_by(by)
        source.verified_at, source.verified_by = now, by
        source.save(update_fields=["verified_at", "verified_by"])
        quarantined = DataSubject.objects.filter(status=SubjectStatus.QUARANTINED)
        held: set[UUID] = set()
        for holding in data_map().answered():
            model = holding.model_class
            if issubclass(model, SubjectRow):
                rows = model._default_manager.filter(source=source)
                held |= set(rows.values_list("subject_id", flat=True))
        released = quarantined.filter(pk__in=held).update(status=SubjectStatus.ACTIVE)
        event = log.Event(
            action=Action.SOURCE_VERIFIED,
            purpose=KEEPING,
            object_type="source",
            object_id=source.pk,
            counts={"released": released},
        )
        log.record(by.actor(), event, now=now)
    return released


@transaction.atomic
def answer_finding(*, finding: Finding, answer: str, by: Staff, now: datetime) -> Finding:
    """Answer a question, with one of the words for its kind (`registry.returns.answers_of`).

    Raises
    ------
    FindingAnswerError
        another word, or a question that was answered before
    """
    finding = Finding.objects.select_for_update().get(pk=finding.pk)
    offered = set(returns.answers_of(finding.kind)) - {"masked"}  # masked by `retention.masking`
    if answer not in offered or finding.answer:
        raise FindingAnswerError
    finding.answer, finding.answered_by, finding.answered_at = answer, by, now
    finding.save(update_fields=["answer", "answered_by", "answered_at"])
    event = log.Event(
        action=Action.FINDING_ANSWERED,
        purpose=KEEPING,
        object_type="finding",
        object_id=finding.pk,
        reason=answer,
    )
    log.record(by.actor(), event, now=now)
    return finding


def _record(actor: Actor, action: Action, version: ActivityVersion, *, now: datetime) -> None:
    event = log.Event(
        action=action,
        purpose=KEEPING,
        object_type="activity",
        object_id=version.activity_id,
        activity=f"{version.activity.purpose.key}.v{version.number}",
    )
    log.record(actor, event, now=now)
