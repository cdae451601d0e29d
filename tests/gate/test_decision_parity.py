"""The pure decision and its SQL form give the same answer, case by case."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.policy.decisions import ActivityTerms, Refusal, decide_subject
from governance.policy.periods import Period
from governance.policy.provisions import ChannelRules, Frequency
from governance.policy.vocabulary import (
    Anchor,
    Channel,
    ConsentState,
    Duty,
    LawfulBasis,
    Operation,
    RestrictionException,
    Role,
    SubjectKind,
    SubjectStatus,
)
from registry.gate import deciding
from registry.gate import opening as gate
from registry.gate.facts import NUMBER_CHECKED, Question, facts_of, with_facts, with_refusal
from registry.models import (
    ConsentStanding,
    DataSubject,
    Disclosure,
    Objection,
    OppositionCheck,
    OppositionList,
    QualifyingEvent,
    Recipient,
    Restriction,
    SearchToken,
    Sending,
)
from tests.builders import NOW, Company

pytestmark = pytest.mark.django_db

CHANNELS = [Channel.EMAIL, Channel.SMS, Channel.PHONE, Channel.POST]
REACHED = st.sampled_from(CHANNELS)
SEEN: set[str] = set()  # every answer that was drawn; a test asks that none is left out
moments = st.integers(-900, 30).map(lambda days: NOW + timedelta(days=days))
recent = st.integers(-45, 3).map(lambda days: NOW + timedelta(days=days, seconds=-days % 3))
days = st.integers(-1200, 1200).map(lambda d: NOW.date() + timedelta(days=d))
near = st.integers(-40, 3).map(lambda d: NOW.date() + timedelta(days=d))
person = st.fixed_dictionaries(
    {
        "status": st.sampled_from([SubjectStatus.ACTIVE] * 6 + list(SubjectStatus)),
        "kind": st.sampled_from([SubjectKind.CUSTOMER, SubjectKind.PROSPECT]),
        "created_at": moments,
        "last_contact_on": st.none() | days,
        "last_order_on": st.none() | days,
        "restricted": st.none() | st.none() | st.tuples(moments, st.none() | recent),
        "objected": st.none()
        | st.none()
        | st.tuples(moments, st.booleans(), st.booleans(), st.just("") | REACHED),
        "consents": st.lists(
            st.tuples(
                st.sampled_from([ConsentState.GIVEN, *ConsentState]),
                moments | recent,
                st.none() | days,
                REACHED,
            ),
            max_size=3,
            unique_by=lambda consent: consent[3],
        ),
        "events": st.lists(
            st.tuples(
                st.sampled_from(["order", "contract"]), moments, st.none() | near,
                st.none() | recent,
            ),
            max_size=2,
        ),
        "numbers": st.lists(
            st.none() | st.tuples(near, st.none() | recent), max_size=2
        ),
        "notice_due_on": st.none() | st.none() | near,
        "disclosed": st.none() | st.none() | recent,
        "sent": st.lists(st.tuples(REACHED, recent), max_size=4),
    }
)  # fmt: skip
activity = st.builds(
    ActivityTerms,
    reference=st.just("x.v1"),
    purpose=st.just("newsletter"),
    basis=st.sampled_from(LawfulBasis),
    is_marketing=st.booleans(),
    categories=st.just(frozenset()),
    subject_kinds=st.sampled_from(
        [frozenset({SubjectKind.CUSTOMER}), frozenset(SubjectKind), frozenset(SubjectKind)]
    ),
    roles=st.just(frozenset(Role)),
    operations=st.just(frozenset(Operation)),
    despite_restriction=st.none() | st.sampled_from(RestrictionException),
    soft_opt_in=st.booleans(),
)
periods = st.sampled_from(["P15D", "P1M", "P0D"]).map(Period.parse)
rules = st.lists(
    st.tuples(
        st.sampled_from([Anchor.COLLECTED, Anchor.LAST_CONTACT, Anchor.LAST_ORDER]),
        st.sampled_from(["P1M", "P24M", "P10Y", "P90D"]),
    ),
    max_size=3,
    unique_by=lambda rule: rule[0],
)


@st.composite
def reach(draw) -> tuple[Channel | None, ChannelRules | None]:
    """A channel, and what may be in force for it."""
    channel = draw(st.none() | REACHED)
    if channel is None or not draw(st.integers(0, 3)):
        return channel, None
    is_opposed = channel in NUMBER_CHECKED
    frequency = st.builds(Frequency, most=st.integers(1, 3), within=st.just(Period(days=30)))
    rules = ChannelRules(
        channel=channel,
        needs_consent=draw(st.booleans()),
        soft_opt_in=draw(st.booleans()),
        check_valid_for=draw(st.none() | periods) if is_opposed else None,
        grace=draw(periods),
        hours=None,
        frequency=draw(st.none() | frequency),
    )
    return channel, rules


def about_people() -> set[str]:
    """The refusals that a person can meet."""
    values = list(Refusal)
    first = values.index(Refusal.SUBJECT_ERASED)
    return {refusal.value for refusal in values[first:]}


class Shelf:
    """Rows of one example, stored table by table."""

    def __init__(self, company: Company) -> None:
        self.company, self.purpose = company, company.purpose("newsletter")
        self.rows: dict[type, list] = {}
        self.people: list[DataSubject] = []
        self.statuses: dict[UUID, SubjectStatus] = {}
        self.numbers = count()
        self.recipient = Recipient.objects.filter(controller=company.controller).first()
        self.list = OppositionList.objects.create(
            controller=company.controller, channel="phone", sha256=uuid4().hex * 2, lines=0,
            checked_on=NOW, enrolled=0, matched=0, imported_by=company.staff[Role.DPO],
        )  # fmt: skip

    def add(self, said: dict) -> UUID:
        columns = ("kind", "created_at", "last_contact_on", "last_order_on", "notice_due_on")
        subject = DataSubject(
            controller=self.company.controller, **{name: said[name] for name in columns}
        )
        self.people.append(subject)
        self.statuses[subject.pk] = said["status"]

        def put(model: type, **values) -> None:
            row = model(controller=self.company.controller, subject=subject, **values)
            self.rows.setdefault(model, []).append(row)

        if said["restricted"]:
            placed, lifted = said["restricted"]
            lifted = max(placed, lifted) if lifted else None
            put(Restriction, ground="a", placed_at=placed, lifted_at=lifted, informed_at=placed)
        if said["objected"]:
            at, to_marketing, overruled, channel = said["objected"]
            put(
                Objection, purpose=None if to_marketing else self.purpose, at=at,
                to_marketing=to_marketing, channel=channel if to_marketing else "",
                overruled_at=NOW if overruled and not to_marketing else None,
            )  # fmt: skip
        for state, since, expires, channel in said["consents"]:
            put(
                ConsentStanding, purpose=self.purpose, channel=channel, state=state, since=since,
                expires_on=expires,
            )  # fmt: skip
        for kind, at, ended_on, soft in said["events"]:
            put(QualifyingEvent, kind=kind, at=at, ended_on=ended_on, soft_opt_in_at=soft)
        for channel, at in said["sent"]:
            put(Sending, purpose=self.purpose, channel=channel, at=at)
        if said["disclosed"]:
            put(
                Disclosure, recipient=self.recipient, activity="x.v1", categories=[],
                at=said["disclosed"],
            )  # fmt: skip
        for number in said["numbers"]:
            self._put_number(put, number)
        return subject.pk

    def _put_number(self, put, answer) -> None:
        for channel, lookup in NUMBER_CHECKED.items():
            put(SearchToken, kind=lookup, token=f"{next(self.numbers)}".encode(), row=uuid4())
            token = self.rows[SearchToken][-1].pk
            if answer:
                checked_on, enrolled_at = answer
                put(
                    OppositionCheck, list=self.list, channel=channel, token=token,
                    checked_on=checked_on, enrolled_at=enrolled_at,
                )  # fmt: skip

    def store(self) -> None:
        DataSubject.objects.bulk_create(self.people)
        for model, rows in self.rows.items():
            model.objects.bulk_create(rows)
        for subject in self.people:  # last: nothing is written about somebody who is gone
            subject.status = self.statuses[subject.pk]
        DataSubject.objects.bulk_update(self.people, ["status"])


asked = st.fixed_dictionaries(
    {
        "activity": activity,
        "master_rules": rules,
        "reached": reach(),
        "importing": st.booleans(),
        "now": st.sampled_from([0, 0, 0, -400, -20, 1]).map(lambda d: NOW + timedelta(days=d)),
    }
)


def compare(company: Company, people, questions) -> int:
    """Ask both forms about the same people, and see that they answer alike."""
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        shelf = Shelf(company)
        ids = [shelf.add(said) for said in people]
        shelf.store()
        for said in questions:
            channel, channel_rules = said["reached"]
            question = Question(
                activity=said["activity"],
                purpose_id=shelf.purpose.pk,
                master_rules=tuple(said["master_rules"]),
                channel=channel,
                now=said["now"],
                importing=said["importing"],
                rules=channel_rules,
            )
            _compare(question, ids)
    return len(people) * len(questions)


def _compare(question: Question, ids: list[UUID]) -> None:
    annotated = with_facts(DataSubject.objects.filter(pk__in=ids), question)
    in_sql, in_python = {}, {}
    for row in with_refusal(annotated, question):
        in_sql[row.pk] = row.refusal
        in_python[row.pk] = (
            decide_subject(
                facts_of(row), activity=question.activity, rules=question.rules,
                today=timezone.localdate(question.now), importing=question.importing,
            )
            or ""
        )  # fmt: skip
    assert in_sql == in_python
    assert len(in_sql) == len(ids)
    # As the gate asks: by statements that were written before moment and people were known.
    assert dict(deciding.decided(ids, question)) == in_sql
    chosen = DataSubject.objects.filter(pk__in=ids)
    assert dict(deciding.decided(chosen, question)) == in_sql
    each = {pk: deciding.refusal_of(deciding.about(pk, question), question) for pk in ids}
    assert {pk: refusal or "" for pk, refusal in each.items()} == in_sql
    SEEN.update(in_sql.values())


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    people=st.lists(person, min_size=1, max_size=6),
    questions=st.lists(asked, min_size=1, max_size=2),
)
def test_sql_and_python_decide_alike(company: Company, people, questions) -> None:
    compare(company, people, questions)


def test_a_campaign_of_a_hundred_thousand_cases(company: Company, is_long: bool) -> None:
    """With `--long`; else a few, so that the campaign itself is known to run."""
    cases, wanted = 0, 100_000 if is_long else 500

    @settings(
        max_examples=900 if is_long else 4,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        people=st.lists(person, min_size=16, max_size=16),
        questions=st.lists(asked, min_size=8, max_size=8),
    )
    def campaign(people, questions) -> None:
        nonlocal cases
        cases += compare(company, people, questions)

    with connection.cursor() as cursor:  # one transaction: its statistics are never renewed
        cursor.execute("SET LOCAL enable_seqscan = off")
    campaign()
    assert cases >= wanted
    if is_long:
        assert about_people() | {""} == SEEN, "every answer came up"


def test_the_facts_are_those_of_the_moment(company: Company) -> None:
    """Expiry is read on the day; what comes later does not count yet."""
    today = NOW.date()
    said = {
        "status": SubjectStatus.ACTIVE,
        "kind": SubjectKind.CUSTOMER,
        "created_at": datetime(2026, 11, 22, 23, 30, tzinfo=UTC),
        "last_contact_on": None,
        "last_order_on": date(2024, 2, 29),
        "restricted": (NOW + timedelta(hours=1), None),
        "objected": None,
        "consents": [(ConsentState.GIVEN, NOW - timedelta(days=1), today, Channel.EMAIL)],
        "events": [],
        "numbers": [],
        "sent": [],
        "notice_due_on": None,
        "disclosed": None,
    }
    terms = ActivityTerms(
        reference="x.v1",
        purpose="newsletter",
        basis=LawfulBasis.CONSENT,
        is_marketing=True,
        categories=frozenset(),
        subject_kinds=frozenset(SubjectKind),
        roles=frozenset(Role),
        operations=frozenset(Operation),
    )
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        shelf = Shelf(company)
        subject = shelf.add(said)
        shelf.store()

        def facts(moment: datetime, anchor: Anchor, period: str):
            question = Question(
                terms, company.purpose("newsletter").pk, ((anchor, period),), Channel.EMAIL, moment
            )
            return facts_of(with_facts(DataSubject.objects.filter(pk=subject), question).get())

        now_facts = facts(NOW, Anchor.LAST_ORDER, "P12M")
        assert now_facts.consented_at == NOW - timedelta(days=1)
        assert now_facts.restricted_at is None
        assert now_facts.retained_until == date(2025, 2, 28)
        tomorrow = facts(NOW + timedelta(days=1), Anchor.LAST_CONTACT, "P1M")
        assert tomorrow.consented_at is None
        assert tomorrow.restricted_at == NOW + timedelta(hours=1)
        assert tomorrow.retained_until == date(2026, 12, 23)  # half past midnight in Rome
