"""The activities in force, as the gate reads them."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q

from governance.policy.categories import Category
from governance.policy.decisions import ActivityTerms
from governance.policy.vocabulary import (
    ActivityState,
    Anchor,
    LawfulBasis,
    Operation,
    RecordClass,
    RestrictionException,
    Role,
    SubjectKind,
)
from governance.rows import rows
from registry import seeing
from registry.models import ActivityVersion, Purpose

IN_FORCE = """
SELECT v.id, v.xmin::text FROM registry_activityversion AS v
JOIN registry_processingactivity AS a ON a.id = v.activity_id
JOIN registry_purpose AS p ON p.id = a.purpose_id
WHERE v.controller_id = %s AND p.key = %s AND v.state IN ('approved', 'retired')
  AND v.active_from <= %s AND (v.active_to IS NULL OR v.active_to > %s)
ORDER BY v.number DESC LIMIT 1
"""


@dataclass(frozen=True)
class InForce:
    """The version of an activity that is in force, with its rules for master data.

    Attributes
    ----------
    keeps : classes of records that its duties keep of an erased person (Art. 17(3)(b))
    """

    version_id: UUID
    purpose_id: UUID
    terms: ActivityTerms
    master_rules: tuple[tuple[Anchor, str], ...]
    keeps: frozenset[RecordClass]


def purpose_exists(controller: UUID, purpose: str) -> bool:
    """Whether the controller's register has this purpose."""
    return Purpose.objects.filter(controller=controller, key=purpose).exists()


def in_force(controller: UUID, purpose: str, *, at: datetime) -> InForce | None:
    """Return the approved version for a purpose at a moment, or None."""
    for version, written in rows(IN_FORCE, [controller, purpose, at, at], using=DEFAULT_DB_ALIAS):
        return _terms(version, written)
    return None


@lru_cache(maxsize=1024)
def _terms(version: UUID, written: str) -> InForce:
    """Return what a version says, as it was last written (`xmin`).

    It is kept: the database changes nothing of an approved version but its end, and nothing of its
    rules and its purpose that is read here (docs/spec/gate.md, section 9).
    """
    del written
    found = ActivityVersion.objects.select_related("activity__purpose").prefetch_related(
        "retention_rules"
    )
    return _as_terms(found.get(pk=version))


def all_in_force(controller: UUID, *, at: datetime) -> list[ActivityVersion]:
    """Return every approved version of a controller at a moment, in the order of purposes."""
    return list(
        ActivityVersion.objects.filter(
            Q(active_to__isnull=True) | Q(active_to__gt=at),
            controller=controller,
            state__in=[ActivityState.APPROVED, ActivityState.RETIRED],
            active_from__lte=at,
        )
        .select_related("activity__purpose", "controller")
        .prefetch_related("retention_rules", "sources", "recipients__transfers")
        .order_by("activity__purpose__key")
    )


def of_role(controller: UUID, role: str, *, at: datetime) -> list[ActivityVersion]:
    """Return the versions in force that a role may act for, with their purposes."""
    return list(
        ActivityVersion.objects.filter(
            Q(active_to__isnull=True) | Q(active_to__gt=at),
            controller=controller,
            roles__contains=[role],
            state__in=[ActivityState.APPROVED, ActivityState.RETIRED],
            active_from__lte=at,
        ).select_related("activity__purpose")
    )


def sending(controller: UUID, *, at: datetime) -> list[tuple[ActivityVersion, InForce]]:
    """Return the versions in force under which messages go out, in the order of purposes."""
    versions = all_in_force(controller, at=at)
    return [(v, _as_terms(v)) for v in versions if Operation.SEND in v.operations]


def terms_of(version: ActivityVersion) -> ActivityTerms:
    """Return what a version says, as the decision takes it."""
    purpose = version.activity.purpose
    return ActivityTerms(
        reference=f"{purpose.key}.v{version.number}",
        purpose=purpose.key,
        basis=LawfulBasis(version.basis),
        is_marketing=purpose.is_marketing,
        categories=frozenset(Category(c) for c in version.categories),
        subject_kinds=frozenset(SubjectKind(k) for k in version.subject_kinds),
        roles=frozenset(Role(r) for r in version.roles),
        operations=frozenset(Operation(o) for o in version.operations),
        has_special_ground=bool(version.special_ground),
        despite_restriction=RestrictionException(version.despite_restriction)
        if version.despite_restriction
        else None,
        soft_opt_in=version.soft_opt_in,
        seen_by=seeing.by_role(version.role_categories),
    )


def _as_terms(version: ActivityVersion) -> InForce:
    return InForce(
        version_id=version.pk,
        purpose_id=version.activity.purpose_id,
        terms=terms_of(version),
        master_rules=tuple(
            (Anchor(rule.anchor), rule.period)
            for rule in version.retention_rules.all()
            if rule.record_class == RecordClass.MASTER_DATA
        ),
        keeps=frozenset(
            RecordClass(rule.record_class)
            for rule in version.retention_rules.all()
            if rule.statutory
        ),
    )
