"""The pure decision and its SQL form give the same answer, case by case."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.policy.decisions import ActivityTerms, decide_subject
from governance.policy.vocabulary import (
    Anchor,
    Channel,
    ConsentState,
    Duty,
    LawfulBasis,
    Operation,
    Role,
    SubjectKind,
    SubjectStatus,
)
from registry.gate import opening as gate
from registry.gate.facts import Question, facts_of, with_facts, with_refusal
from registry.models import ConsentStanding, DataSubject, Objection, QualifyingEvent, Restriction
from tests.builders import NOW, Company

pytestmark = pytest.mark.django_db

moments = st.integers(-900, 30).map(lambda days: NOW + timedelta(days=days))
days = st.integers(-1200, 1200).map(lambda d: NOW.date() + timedelta(days=d))
person = st.fixed_dictionaries(
    {
        "status": st.sampled_from(SubjectStatus),
        "kind": st.sampled_from([SubjectKind.CUSTOMER, SubjectKind.PROSPECT]),
        "created_at": moments,
        "last_contact_on": st.none() | days,
        "last_order_on": st.none() | days,
        "restricted": st.none() | moments,
        "objected": st.none() | st.tuples(moments, st.booleans()),
        "consent": st.none()
        | st.tuples(
            st.sampled_from(ConsentState),
            moments,
            st.none() | days,
            st.sampled_from([Channel.EMAIL, Channel.SMS]),
        ),
        "contract": st.none() | moments,
    }
)
activity = st.builds(
    ActivityTerms,
    reference=st.just("x.v1"),
    purpose=st.just("newsletter"),
    basis=st.sampled_from(LawfulBasis),
    is_marketing=st.booleans(),
    categories=st.just(frozenset()),
    subject_kinds=st.sampled_from([frozenset({SubjectKind.CUSTOMER}), frozenset(SubjectKind)]),
    roles=st.just(frozenset(Role)),
    operations=st.just(frozenset(Operation)),
)
rules = st.lists(
    st.tuples(
        st.sampled_from([Anchor.COLLECTED, Anchor.LAST_CONTACT, Anchor.LAST_ORDER]),
        st.sampled_from(["P1M", "P24M", "P10Y", "P90D"]),
    ),
    max_size=3,
    unique_by=lambda rule: rule[0],
)


def _store(company: Company, said: dict, access) -> DataSubject:
    subject = access.new_subject(kind=said["kind"], source=None)
    base = {"controller": company.controller, "subject": subject}
    purpose = company.purpose("newsletter")
    if said["restricted"]:
        Restriction(**base, ground="a", placed_at=said["restricted"]).save()
    if said["objected"]:
        at, to_marketing = said["objected"]
        Objection(
            **base, purpose=None if to_marketing else purpose, to_marketing=to_marketing, at=at
        ).save()
    if said["consent"]:
        state, since, expires, channel = said["consent"]
        ConsentStanding(
            **base, purpose=purpose, channel=channel, state=state, since=since, expires_on=expires
        ).save()
    if said["contract"]:
        QualifyingEvent(**base, kind="order", at=said["contract"]).save()
    columns = ("status", "created_at", "last_contact_on", "last_order_on")
    DataSubject.objects.filter(pk=subject.pk).update(**{name: said[name] for name in columns})
    return subject


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    people=st.lists(person, min_size=1, max_size=6),
    terms=activity,
    master_rules=rules,
    channel=st.none() | st.sampled_from([Channel.EMAIL, Channel.SMS]),
    importing=st.booleans(),
)
def test_sql_and_python_decide_alike(
    company: Company, people, terms, master_rules, channel, importing
) -> None:
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW) as access:
        ids = [_store(company, said, access).pk for said in people]
        question = Question(
            activity=terms,
            purpose_id=company.purpose("newsletter").pk,
            master_rules=tuple(master_rules),
            channel=channel,
            now=NOW,
            importing=importing,
        )
        annotated = with_facts(DataSubject.objects.filter(pk__in=ids), question)
        in_sql = dict(with_refusal(annotated, question).values_list("pk", "refusal"))
        today = timezone.localdate(NOW)
        in_python = {
            row.pk: decide_subject(facts_of(row), activity=terms, today=today, importing=importing)
            or ""
            for row in annotated
        }
    assert in_sql == in_python
    assert len(in_sql) == len(people)


def test_the_facts_are_those_of_the_moment(company: Company) -> None:
    """Expiry is read on the day; what comes later does not count yet."""
    today = NOW.date()
    said = {
        "status": SubjectStatus.ACTIVE,
        "kind": SubjectKind.CUSTOMER,
        "created_at": datetime(2026, 11, 22, 23, 30, tzinfo=UTC),
        "last_contact_on": None,
        "last_order_on": date(2024, 2, 29),
        "restricted": NOW + timedelta(hours=1),
        "objected": None,
        "consent": (ConsentState.GIVEN, NOW - timedelta(days=1), today, Channel.EMAIL),
        "contract": None,
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
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW) as access:
        subject = _store(company, said, access)

        def facts(moment: datetime, anchor: Anchor, period: str):
            question = Question(
                terms, company.purpose("newsletter").pk, ((anchor, period),), Channel.EMAIL, moment
            )
            return facts_of(with_facts(DataSubject.objects.filter(pk=subject.pk), question).get())

        now_facts = facts(NOW, Anchor.LAST_ORDER, "P12M")
        assert now_facts.consented_at == NOW - timedelta(days=1)
        assert now_facts.restricted_at is None
        assert now_facts.retained_until == date(2025, 2, 28)
        tomorrow = facts(NOW + timedelta(days=1), Anchor.LAST_CONTACT, "P1M")
        assert tomorrow.consented_at is None
        assert tomorrow.restricted_at == NOW + timedelta(hours=1)
        assert tomorrow.retained_until == date(2026, 12, 23)  # half past midnight in Rome
