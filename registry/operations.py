"""Keeping the register: companies, staff, sources, and activities in versions.

Each verb is one transaction and one audit entry. A draft becomes law for the gate only
when somebody who did not write it approves it.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action
from governance.policy import actors
from governance.policy.actors import Actor
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import (
    ActivityState,
    Duty,
    Role,
    SubjectKind,
    SubjectStatus,
)
from registry.gate import opening as gate
from registry.models import (
    ActivityVersion,
    Controller,
    DataSource,
    DataSubject,
    Staff,
)

KEEPING = "register_keeping"
MAY_APPROVE = frozenset({Role.DPO, Role.LEGAL})


class ApprovalError(GovernanceError):
    """A version can not be approved by this person, or is not a draft."""

    code = "approval_refused"
    article = "30(1)"
    status = 409
    message = _("This version can not be approved.")
    advice = _("A draft is approved by a DPO or a lawyer who did not write it.")


class IncompleteActivityError(GovernanceError):
    """A draft lacks what a version in force needs."""

    code = "activity_incomplete"
    article = "30(1)"
    message = _("The draft is not complete.")
    advice = _("Fill in the missing parts, then approve it.")


def hire(
    *, controller: Controller, username: str, role: Role, password: str | None, now: datetime
) -> Staff:
    """Create a member of staff, who is a data subject from the first day."""
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
        log.record(access.actor, event, now=now)
    return staff


@transaction.atomic
def draft(*, version: ActivityVersion, by: Staff, now: datetime) -> ActivityVersion:
    """Save a draft of an activity as the work of `by`."""
    version.state = ActivityState.DRAFT
    version.drafted_by = by
    version.drafted_at = now
    version.save()
    _record(by.actor(), Action.ACTIVITY_DRAFTED, version, now=now)
    return version


@transaction.atomic
def approve(*, version: ActivityVersion, by: Staff, now: datetime) -> ActivityVersion:
    """Put a draft in force and retire the version before it, at the same moment.

    Raises
    ------
    ApprovalError
        `by` wrote the draft, has not the role, or the version is no draft
    IncompleteActivityError
        something that Art. 30(1) or the gate needs is missing; `missing` names it
    """
    version = ActivityVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != ActivityState.DRAFT or by.role not in MAY_APPROVE:
        raise ApprovalError
    if version.drafted_by_id == by.pk:
        raise ApprovalError
    if missing := missing_parts(version):
        raise IncompleteActivityError(missing=missing)
    for old in ActivityVersion.objects.select_for_update().filter(
        activity=version.activity_id, state=ActivityState.APPROVED
    ):
        old.state, old.active_to = ActivityState.RETIRED, now
        old.save(update_fields=["state", "active_to"])
        _record(by.actor(), Action.ACTIVITY_RETIRED, old, now=now)
    version.state = ActivityState.APPROVED
    version.approved_by, version.approved_at, version.active_from = by, now, now
    version.save(update_fields=["state", "approved_by", "approved_at", "active_from"])
    _record(by.actor(), Action.ACTIVITY_APPROVED, version, now=now)
    return version


def missing_parts(version: ActivityVersion) -> list[str]:
    """Return the names of what a version needs before it may be approved."""
    wanted = {
        "title_it": version.title_it,
        "categories": version.categories,
        "subject_kinds": version.subject_kinds,
        "roles": version.roles,
        "operations": version.operations,
        "basis_reference": version.basis_reference,
        "context": version.context,
        "measures": version.measures,
        "retention_rules": version.retention_rules.exists(),
        "sources": version.sources.exists(),
    }
    return [name for name, value in wanted.items() if not value]


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


def _record(actor: Actor, action: Action, version: ActivityVersion, *, now: datetime) -> None:
    event = log.Event(
        action=action,
        purpose=KEEPING,
        object_type="activity",
        object_id=version.activity_id,
        activity=f"{version.activity.purpose.key}.v{version.number}",
    )
    log.record(actor, event, now=now)
