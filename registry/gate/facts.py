"""The facts the gate decides on, and the same decision as SQL.

`with_facts` annotates data subjects with what `SubjectFacts` holds; `with_refusal` adds
`decide_subject` as one expression, so that any number of people is one statement.
A property test compares the two forms case by case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    DateField,
    Exists,
    Expression,
    F,
    Func,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, TruncDate
from django.utils import timezone

from governance.policy.decisions import ActivityTerms, Refusal, SubjectFacts
from governance.policy.vocabulary import (
    Anchor,
    Channel,
    ConsentState,
    LawfulBasis,
    SubjectKind,
    SubjectStatus,
)
from registry.models import (
    ConsentStanding,
    DataSubject,
    Objection,
    QualifyingEvent,
    Restriction,
)


@dataclass(frozen=True)
class Question:
    """What facts are asked for: the activity, the channel if any, and the moment."""

    activity: ActivityTerms
    purpose_id: UUID
    master_rules: tuple[tuple[Anchor, str], ...]  # (start event, ISO 8601 period)
    channel: Channel | None
    now: datetime
    importing: bool = False


class PlusPeriod(Func):
    """A date plus an ISO 8601 period, by PostgreSQL's calendar arithmetic."""

    template = "(%(expressions)s::interval)::date"
    arg_joiner = " + "
    output_field = DateField()


def subject_anchor(anchor: Anchor) -> Expression | F:
    """Return the date of a subject-wide start event as an expression on DataSubject.

    Somebody who was never in contact counts from the day they were recorded.
    """
    recorded = TruncDate("created_at", tzinfo=timezone.get_default_timezone())
    if anchor is Anchor.LAST_CONTACT:
        return Coalesce(F("last_contact_on"), recorded)
    if anchor is Anchor.LAST_ORDER:
        return F("last_order_on")
    return recorded


def with_facts(subjects: QuerySet[DataSubject], question: Question) -> QuerySet[Any]:
    """Annotate subjects with what `SubjectFacts` needs."""
    now, purpose = question.now, question.purpose_id
    today = timezone.localdate(now)
    mine: dict[str, Any] = {"subject": OuterRef("pk")}
    consent = ConsentStanding.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=today),
        purpose=purpose,
        state=ConsentState.GIVEN,
        since__lte=now,
        **mine,
    )
    if question.channel:
        consent = consent.filter(channel=question.channel)
    objections = Objection.objects.filter(overruled_at__isnull=True, at__lte=now, **mine)
    restrictions = Restriction.objects.filter(
        Q(lifted_at__isnull=True) | Q(lifted_at__gt=now), placed_at__lte=now, **mine
    )
    ends = [PlusPeriod(subject_anchor(a), Value(p)) for a, p in question.master_rules]
    return subjects.annotate(
        restricted_at=_latest(restrictions, "placed_at"),
        objected_at=_latest(objections.filter(purpose=purpose), "at"),
        marketing_objected_at=_latest(objections.filter(to_marketing=True), "at"),
        consented_at=_latest(consent, "since"),
        has_contract=Exists(QualifyingEvent.objects.filter(at__lte=now, **mine)),
        retained_until=_greatest(ends),
    )


def _latest(rows: QuerySet[Any], column: str) -> Subquery:
    grouped = rows.order_by().values("subject").annotate(latest=Max(column))
    return Subquery(grouped.values("latest")[:1])


def _greatest(ends: Sequence[Expression]) -> Expression:
    if not ends:
        return Value(None, output_field=DateField())
    return ends[0] if len(ends) == 1 else Greatest(*ends)


def facts_of(row: Any) -> SubjectFacts:
    """Return the facts of an annotated subject as the pure decision takes them."""
    return SubjectFacts(
        status=SubjectStatus(row.status),
        kind=SubjectKind(row.kind),
        restricted_at=row.restricted_at,
        objected_at=row.objected_at,
        marketing_objected_at=row.marketing_objected_at,
        consented_at=row.consented_at,
        has_contract=row.has_contract,
        retained_until=row.retained_until,
    )


def with_refusal(annotated: QuerySet[Any], question: Question) -> QuerySet[Any]:
    """Add `refusal`: the code of the first question that fails, or "" where none does.

    The order and the words are those of `decide_subject`.
    """
    activity, today = question.activity, timezone.localdate(question.now)
    by_consent = activity.basis is LawfulBasis.CONSENT
    whens: list[When] = []

    def refuse(condition: Q, refusal: Refusal) -> None:
        whens.append(When(condition, then=Value(refusal.value)))

    if activity.basis is not LawfulBasis.LEGAL_OBLIGATION:
        refuse(Q(status__in=[SubjectStatus.ERASING, SubjectStatus.ERASED]), Refusal.SUBJECT_ERASED)
    if not question.importing:
        refuse(Q(status=SubjectStatus.QUARANTINED), Refusal.SOURCE_UNVERIFIED)
    refuse(_stands("restricted_at", renewable=by_consent), Refusal.RESTRICTED)
    by_interest = activity.basis in {LawfulBasis.LEGITIMATE_INTEREST, LawfulBasis.PUBLIC_TASK}
    if by_interest or activity.is_marketing:
        refuse(_stands("objected_at", renewable=by_consent), Refusal.OBJECTED)
    if activity.is_marketing:
        refuse(_stands("marketing_objected_at", renewable=by_consent), Refusal.OBJECTED)
    refuse(~Q(kind__in=sorted(activity.subject_kinds)), Refusal.SUBJECT_NOT_COVERED)
    if by_consent:
        refuse(Q(consented_at__isnull=True), Refusal.NO_CONSENT)
    if activity.basis is LawfulBasis.CONTRACT:
        refuse(Q(has_contract=False), Refusal.NO_CONTRACT)
    refuse(Q(retained_until__lt=today), Refusal.RETENTION_OVER)
    refusal = Case(*whens, default=Value(""), output_field=CharField())
    decided: QuerySet[Any] = annotated.annotate(refusal=refusal)
    return decided


def _stands(event: str, *, renewable: bool) -> Q:
    """An event that stands, unless consent given after it renews the purpose."""
    happened = Q(**{f"{event}__isnull": False})
    if not renewable:
        return happened
    return happened & (Q(consented_at__isnull=True) | Q(**{f"{event}__gte": F("consented_at")}))
