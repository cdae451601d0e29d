"""The facts the gate decides on, and the same decision as SQL.

`with_facts` annotates data subjects with what `SubjectFacts` holds; `with_refusal` adds
`decide_subject` as one expression, so that any number of people is one statement.
A property test compares the two forms case by case.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    DateTimeField,
    Exists,
    Expression,
    F,
    Func,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, Least, TruncDate
from django.utils import timezone

from governance.policy.decisions import (
    NEVER_CHECKED,
    RUNS_ON,
    ActivityTerms,
    Refusal,
    SubjectFacts,
)
from governance.policy.provisions import ChannelRules, Frequency
from governance.policy.vocabulary import (
    Anchor,
    Channel,
    ConsentState,
    LawfulBasis,
    SubjectKind,
    SubjectStatus,
)
from registry.datamap import Lookup
from registry.gate.statements import Given
from registry.models import (
    ConsentStanding,
    DataSubject,
    Disclosure,
    Objection,
    OppositionCheck,
    QualifyingEvent,
    Restriction,
    SearchToken,
    Sending,
)

CONTRACT_THAT_RUNS = "contract"  # kind of event that has no end until one is recorded
CONTRACTS = (CONTRACT_THAT_RUNS, "stated")  # and those of customers who were taken over
NOT_ENDED = date(8999, 12, 31)  # start of a period that has not begun; any period fits after it
NUMBER_CHECKED: dict[Channel, Lookup] = {
    Channel.PHONE: Lookup.PHONE,
    Channel.POST: Lookup.NUMBER,  # an address has no token; the register is asked by our number
}
"""What a line of the register's answer is matched by."""


@dataclass(frozen=True)
class Question:
    """What facts are asked for: the activity, the channel if any, and the moment.

    `rules` are what is in force for marketing by the channel; None where that is not asked about.
    """

    activity: ActivityTerms
    purpose_id: UUID
    master_rules: tuple[tuple[Anchor, str], ...]  # (start event, ISO 8601 period)
    channel: Channel | None
    now: datetime
    importing: bool = False
    rules: ChannelRules | None = None

    @property
    def today(self) -> date:
        """The day of the moment, where we are."""
        return TODAY if self.now is NOW else timezone.localdate(self.now)


# In a question that is written down before it is asked.
NOW = cast("datetime", Given("now", DateTimeField()))
TODAY = cast("date", Given("today", DateField()))


class PlusPeriod(Func):
    """A date plus an ISO 8601 period, by PostgreSQL's calendar arithmetic."""

    template = "(%(expressions)s::interval)::date"
    arg_joiner = " + "
    output_field = DateField()


def subject_anchor(anchor: Anchor) -> Expression | Subquery | F:
    """Return the date of a subject-wide start event as an expression on DataSubject.

    Somebody who was never in contact counts from the day they were recorded.
    """
    recorded = TruncDate("created_at", tzinfo=timezone.get_default_timezone())
    if anchor is Anchor.LAST_CONTACT:
        return Coalesce(F("last_contact_on"), recorded)
    if anchor is Anchor.LAST_ORDER:
        return F("last_order_on")
    if anchor is Anchor.CONTRACT_END:
        return _contract_end()
    if anchor is Anchor.CONSENT_WITHDRAWN:
        return _consent_withdrawn()
    return recorded


def _contract_end() -> Subquery:
    """Return the last day of the last contract: far off while one runs, null without evidence."""
    mine = QualifyingEvent.objects.filter(subject=OuterRef("pk"), kind__in=CONTRACTS)
    until = Coalesce(F("ended_on"), Value(NOT_ENDED), output_field=DateField())
    return _latest(mine.annotate(until=until), "until")


def _consent_withdrawn() -> Subquery:
    """Return the day of the last consent that was withdrawn or revoked, null without one."""
    ended = ConsentStanding.objects.filter(
        subject=OuterRef("pk"),
        state__in=[ConsentState.WITHDRAWN, ConsentState.REVOKED],
        unproven__isnull=True,
    )
    zone = timezone.get_default_timezone()
    return _latest(ended.annotate(day=TruncDate("since", tzinfo=zone)), "day")


def with_facts(subjects: QuerySet[DataSubject], question: Question) -> QuerySet[Any]:
    """Annotate subjects with what `SubjectFacts` needs."""
    mine: dict[str, Any] = {"subject": OuterRef("pk")}
    objected = objections(question).filter(**mine)
    ends = [PlusPeriod(subject_anchor(a), Value(p)) for a, p in question.master_rules]
    return subjects.annotate(
        restricted_at=_latest(restrictions(question.now).filter(**mine), "placed_at"),
        objected_at=_latest(objected.filter(purpose=question.purpose_id), "at"),
        marketing_objected_at=_latest(objected.filter(to_marketing=True), "at"),
        consented_at=_latest(_consents(question).filter(**mine), "since"),
        has_contract=Exists(events(question).filter(**mine)),
        retained_until=_greatest(ends),
        tell_by=notice_due_on(),
        **_facts_of_channel(question),
    )


def notice_due_on() -> Expression:
    """Return, as an expression on data subjects, the last day to tell them; null: nothing is owed.

    The earliest of a month, the first message and the first disclosure (Art. 14(3)); the same as
    `governance.policy.notifications.notice_due`, set-wise.
    """
    zone = timezone.get_default_timezone()
    first = (
        Disclosure.objects.filter(subject=OuterRef("pk"))
        .order_by()
        .values("subject")
        .annotate(first=TruncDate(Min("at"), tzinfo=zone))
        .values("first")
    )
    disclosed = Subquery(first, output_field=DateField())
    # LEAST passes over nulls, and would make a disclosure of somebody who was told a debt.
    sooner = Least(F("notice_due_on"), disclosed, output_field=DateField())
    return Case(When(notice_due_on__isnull=False, then=sooner), output_field=DateField())


def restrictions(now: datetime) -> QuerySet[Restriction]:
    """Return the restrictions that stand at a moment."""
    return Restriction.objects.filter(
        Q(lifted_at__isnull=True) | Q(lifted_at__gt=now), placed_at__lte=now
    )


def objections(question: Question) -> QuerySet[Objection]:
    """Return the objections that stand, to whatever; one to a channel is of that channel alone."""
    heard = {"", question.channel or ""}
    return Objection.objects.filter(
        overruled_at__isnull=True, at__lte=question.now, channel__in=heard
    )


def events(question: Question) -> QuerySet[QualifyingEvent]:
    """Return the evidence of contracts, and of steps before one."""
    return QualifyingEvent.objects.filter(at__lte=question.now)


def sendings(question: Question, frequency: Frequency) -> QuerySet[Sending]:
    """Return the marketing messages by the channel that count now, for whatever purpose."""
    now = question.now
    return Sending.objects.filter(
        channel=question.channel, at__gt=frequency.since(now), at__lte=now
    )


def _consents(question: Question) -> QuerySet[ConsentStanding]:
    given = ConsentStanding.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=question.today),
        purpose=question.purpose_id,
        state=ConsentState.GIVEN,
        since__lte=question.now,
    )
    return given.filter(channel=question.channel) if question.channel else given


NOT_ASKED: dict[str, Any] = {
    "soft_opt_in_at": Value(None, output_field=DateTimeField()),
    "contract_until": Value(None, output_field=DateField()),
    "checked_on": Value(None, output_field=DateField()),
    "enrolled_at": Value(None, output_field=DateTimeField()),
    "sent": Value(0),
}


def _facts_of_channel(question: Question) -> dict[str, Any]:
    """Return the facts that marketing by a channel rests on, as far as its rules ask for them."""
    rules = question.rules
    if rules is None:
        return NOT_ASKED
    mine: dict[str, Any] = {"subject": OuterRef("pk")}
    asked = dict(NOT_ASKED)
    if rules.soft_opt_in and question.activity.soft_opt_in:
        orders = events(question).filter(soft_opt_in_at__lte=question.now, **mine)
        asked["soft_opt_in_at"] = _latest(orders, "soft_opt_in_at")
    if rules.check_valid_for is not None:
        asked |= _facts_of_register(question, rules.channel)
    if rules.frequency is not None:
        sent = sendings(question, rules.frequency).filter(**mine)
        counted = sent.order_by().values("subject").annotate(n=Count("pk")).values("n")
        asked["sent"] = Coalesce(Subquery(counted, output_field=IntegerField()), 0)
    return asked


def _facts_of_register(question: Question, channel: Channel) -> dict[str, Any]:
    """Return what the register of oppositions answered about every number of a person."""
    mine: dict[str, Any] = {"subject": OuterRef("pk")}
    until = Case(
        When(ended_on__isnull=True, kind=CONTRACT_THAT_RUNS, then=Value(RUNS_ON)),
        default=F("ended_on"),
        output_field=DateField(),
    )
    contracts = events(question).filter(**mine).annotate(until=until)
    answers = OppositionCheck.objects.filter(
        channel=channel, token=OuterRef("pk"), checked_on__lte=question.today
    )
    numbers = SearchToken.objects.filter(kind=NUMBER_CHECKED[channel], **mine).annotate(
        answered=Coalesce(
            Subquery(answers.values("checked_on")[:1]),
            Value(NEVER_CHECKED, output_field=DateField()),
        ),
        enrolled=Subquery(answers.values("enrolled_at")[:1]),
    )
    over_all = numbers.order_by().values("subject")
    return {
        "contract_until": _latest(contracts, "until"),
        "checked_on": Subquery(over_all.annotate(oldest=Min("answered")).values("oldest")),
        "enrolled_at": Subquery(over_all.annotate(latest=Max("enrolled")).values("latest")),
    }


def _latest(rows: QuerySet[Any], column: str) -> Subquery:
    grouped = rows.order_by().values("subject").annotate(latest=Max(column))
    return Subquery(grouped.values("latest")[:1])


def _greatest(ends: Sequence[Expression]) -> Expression:
    if not ends:
        return Value(None, output_field=DateField())
    return ends[0] if len(ends) == 1 else Greatest(*ends)


FACTS = (
    "status", "kind", "restricted_at", "objected_at", "marketing_objected_at", "consented_at",
    "has_contract", "retained_until", "soft_opt_in_at", "contract_until", "checked_on",
    "enrolled_at", "sent", "tell_by",
)  # fmt: skip
"""What `facts_of` reads of a row."""


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
        soft_opt_in_at=row.soft_opt_in_at,
        contract_until=row.contract_until,
        checked_on=row.checked_on,
        enrolled_at=row.enrolled_at,
        sent=row.sent,
        notice_due_on=row.tell_by,
    )


def with_refusal(annotated: QuerySet[Any], question: Question) -> QuerySet[Any]:
    """Add `refusal`: the code of the first question that fails, or "" where none does.

    The order and the words are those of `subject_answers`.
    """
    whens = [When(failed, then=Value(code.value)) for failed, code in _refusals(question)]
    refusal = Case(*whens, default=Value(""), output_field=CharField())
    decided: QuerySet[Any] = annotated.annotate(refusal=refusal)
    return decided


def _refusals(question: Question) -> Iterator[tuple[Q, Refusal]]:
    """Yield when each question about the person fails."""
    activity, today = question.activity, question.today
    if activity.basis is not LawfulBasis.LEGAL_OBLIGATION:
        gone = Q(status__in=[SubjectStatus.ERASING, SubjectStatus.ERASED])
        yield gone, Refusal.SUBJECT_ERASED
    if not question.importing:
        yield Q(status=SubjectStatus.QUARANTINED), Refusal.SOURCE_UNVERIFIED
    if activity.despite_restriction is None:
        yield _stands("restricted_at", renewable=True), Refusal.RESTRICTED
    for objected in _objections(activity):
        yield objected, Refusal.OBJECTED
    yield ~Q(kind__in=sorted(activity.subject_kinds)), Refusal.SUBJECT_NOT_COVERED
    if activity.basis is LawfulBasis.CONSENT:
        yield Q(consented_at__isnull=True), Refusal.NO_CONSENT
    if activity.basis is LawfulBasis.CONTRACT:
        yield Q(has_contract=False), Refusal.NO_CONTRACT
    if question.rules is not None and activity.is_marketing:
        yield from _refusals_of_channel(activity, question.rules, today)
    if activity.is_marketing:
        yield Q(tell_by__lt=today), Refusal.NOTICE_OVERDUE
    yield Q(retained_until__lt=today), Refusal.RETENTION_OVER


def _objections(activity: ActivityTerms) -> Iterator[Q]:
    renewable = activity.basis is LawfulBasis.CONSENT
    if activity.is_by_interest or activity.is_marketing:
        yield _stands("objected_at", renewable=renewable)
    if activity.is_marketing:
        yield _stands("marketing_objected_at", renewable=renewable)


def _refusals_of_channel(
    activity: ActivityTerms, rules: ChannelRules, today: date
) -> Iterator[tuple[Q, Refusal]]:
    unconsented = Q(consented_at__isnull=True)
    if rules.needs_consent and not (rules.soft_opt_in and activity.soft_opt_in):
        yield unconsented, Refusal.CONSENT_NEEDED
    elif rules.needs_consent:
        yield unconsented & Q(soft_opt_in_at__isnull=True), Refusal.NO_SOFT_OPT_IN
    if rules.check_valid_for is not None:
        bound = Q(contract_until__isnull=True) | Q(contract_until__lt=rules.grace.before(today))
        never = Q(checked_on__isnull=True) | Q(checked_on=NEVER_CHECKED)
        yield bound & never, Refusal.OPPOSITION_UNCHECKED
        outdated = Q(checked_on__lt=rules.check_valid_for.before(today))
        yield bound & outdated, Refusal.OPPOSITION_OUTDATED
        yield bound & _stands("enrolled_at", renewable=True), Refusal.OPPOSITION_REGISTERED
    if rules.frequency is not None:
        yield Q(sent__gte=rules.frequency.most), Refusal.TOO_OFTEN


def _stands(event: str, *, renewable: bool) -> Q:
    """An event that stands, unless consent given after it renews the purpose."""
    happened = Q(**{f"{event}__isnull": False})
    if not renewable:
        return happened
    return happened & (Q(consented_at__isnull=True) | Q(**{f"{event}__gte": F("consented_at")}))
