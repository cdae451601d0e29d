"""A3: people are told apart by declared variables, each under a purpose; who is left out shows."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crm.analysis.errors import ExtractMissingError
from crm.models import AnalyticExtract, AnalyticRow, Segment, SegmentMember
from crm.segments import operations as segments
from crm.segments.compiling import condition, variables
from crm.segments.errors import SegmentInvalidError, SegmentStateError
from crm.segments.operations import NewSegment
from crm.workflows.errors import RuleApprovalError
from crm.workflows.versions import Titles
from governance.policy.segments import VariableKind, conditions, faults, matches, used
from governance.policy.vocabulary import ConsentState, Duty, Operation, Role
from registry import consent
from registry.gate import opening as gate
from registry.gate.errors import CategoryNotGrantedError, GateRefusedError
from tests.builders import NOW, Company, a_consent, a_person, amend
from tests.crm.test_extract import buys, drawn, says

TODAY = NOW.date()
NAMED_BY_THE_ROW: dict[str, dict[str, Any]] = {
    "area": {"field": "area", "is": ["piemonte"]},
    "age": {"field": "age_band", "is": ["35-44"]},
    "sex": {"field": "declared_gender", "is": ["female"]},
    "frequency": {"field": "orders", "from": 2},
    "habits": {"field": "usual_weekday", "from": 1, "to": 5},
    "purchases": {"field": "products", "any_of": ["LAMP"]},
    "reactions": {"field": "reactions", "to": 0},
    "language": {"field": "spoken", "is": ["it"]},
    "interests": {"field": "declared_interests", "any_of": ["giardino"]},
    "stage": {"field": "life_stage", "is": ["customer"]},
}
"""The variables that the row names, each with a condition that one person of two meets."""


@pytest.fixture
def people(company: Company) -> dict[str, UUID]:
    """Ada told much of herself, Bea nothing; both agreed to profiling."""
    made = {n: a_person(company, given=n, family="Neri", orders=[date(2020, 1, 1)]) for n in "AB"}
    for subject in made.values():
        a_consent(company, subject, purpose="profiling")
    for ago in (20, 10):
        buys(company, made["A"], ago, "10.00", products=["LAMP"])
    says(
        company, made["A"], birth_date=date(1990, 11, 24), gender="F", language="it",
        interests="Giardino", region="Piemonte",
    )  # fmt: skip
    return made


def drafted(company: Company, definition: Any, key: str = "lamps") -> Segment:
    new = NewSegment(key, Titles("Lampade", "Lamps"), "profiling", definition)
    return segments.draft(new, by=company.staff[Role.MARKETING], now=NOW)


def approved(company: Company, definition: Any, key: str = "lamps") -> Segment:
    made = drafted(company, definition, key)
    return segments.approve(made.pk, by=company.staff[Role.MANAGER], now=NOW)


def held_by(company: Company, segment: Segment) -> set[UUID]:
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=segment.pk, now=NOW):
        rows = SegmentMember.objects.filter(segment=segment)
        return set(rows.values_list("subject_id", flat=True))


@pytest.mark.parametrize("named", NAMED_BY_THE_ROW)
def test_a3_each_named_variable_is_usable_and_its_count_is_that_of_sql(
    company: Company, people: dict[str, UUID], named: str
) -> None:
    drawn(company)
    asked = NAMED_BY_THE_ROW[named]
    counted = segments.count(company.actor(Role.MARKETING), "profiling", asked, now=NOW)
    oracle = {
        "area": "area = 'piemonte'", "age": "age_band = '35-44'",
        "sex": "declared_gender = 'female'", "frequency": "orders >= 2",
        "habits": "usual_weekday BETWEEN 1 AND 5", "purchases": "'LAMP' = ANY(products)",
        "reactions": "reactions <= 0", "language": "spoken = 'it'",
        "interests": "'giardino' = ANY(declared_interests)", "stage": "life_stage = 'customer'",
    }[named]  # fmt: skip
    with (
        gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=people["A"], now=NOW),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT count(*) FROM crm_analyticrow WHERE {oracle}")
        (expected,) = cursor.fetchone()
    assert counted.admitted == expected >= 1


def test_a3_who_may_not_be_used_is_counted_beside_by_reason(
    company: Company, people: dict[str, UUID]
) -> None:
    drawn(company)
    a_consent(company, people["B"], purpose="profiling", state=ConsentState.WITHDRAWN)
    everybody = {"field": "life_stage", "is": ["customer"]}
    counted = segments.count(company.actor(Role.MARKETING), "profiling", everybody, now=NOW)
    assert (counted.admitted, counted.chosen) == (1, 2)
    assert counted.excluded == Counter({"no_consent": 1})


def test_a3_an_undeclared_field_is_refused_with_a_way_on(company: Company) -> None:
    drawn(company)
    for name in ("religion", "sealed", "subject_id", "extract__purpose", "income"):
        with pytest.raises(SegmentInvalidError) as refused:
            drafted(company, {"all": [{"field": name, "is": ["x"]}]})
        assert refused.value.details["faults"] == [("#/all/0/field", "undeclared")]
        assert "age_band" in refused.value.details["usable"]
        assert refused.value.advice
    assert not Segment.objects.exists()


def test_a3_each_variable_is_bound_to_the_purpose(company: Company, people: Any) -> None:
    """Under a purpose that does not declare birth dates, nobody is told apart by age."""
    drawn(company, "customer_value")
    by_age = {"field": "age_band", "is": ["35-44"]}
    with pytest.raises(SegmentInvalidError) as refused:
        segments.count(company.actor(Role.MARKETING), "customer_value", by_age, now=NOW)
    assert refused.value.details["faults"] == [("#/field", "category_not_covered")]
    assert refused.value.article == "5(1)(b)"
    drawn(company)
    source = AnalyticExtract.objects.get(purpose__key="profiling")
    amend(company, "profiling", categories=["purchases", "behaviour"])
    with (
        pytest.raises(CategoryNotGrantedError),
        gate.open(
            company.actor(Role.MARKETING), "profiling", Operation.LIST,
            subjects=segments.found(source, by_age, now=NOW), now=NOW,
        ),
    ):  # fmt: skip
        pytest.fail("the gate itself refuses whom one chooses by what may not be used")


def test_a3_without_a_purpose_or_an_extract_there_is_no_segment(company: Company) -> None:
    asked = {"field": "orders", "from": 1}
    with pytest.raises(ExtractMissingError):
        segments.count(company.actor(Role.MARKETING), "profiling", asked, now=NOW)
    drawn(company)
    with pytest.raises(GateRefusedError):
        segments.count(company.actor(Role.MARKETING), "spying", asked, now=NOW)
    with pytest.raises(GateRefusedError):
        segments.count(company.actor(Role.AGENT), "profiling", asked, now=NOW)


def test_a8_the_target_is_frozen_at_approval_by_another_and_asked_again_later(
    company: Company, people: dict[str, UUID]
) -> None:
    drawn(company)
    made = drafted(company, {"field": "life_stage", "is": ["customer"]})
    with pytest.raises(SegmentStateError):
        segments.members(made)
    with pytest.raises(RuleApprovalError):
        segments.approve(made.pk, by=company.staff[Role.MARKETING], now=NOW)
    done = segments.approve(made.pk, by=company.staff[Role.MANAGER], now=NOW)
    assert (done.reached, held_by(company, done)) == (2, set(people.values()))
    late = a_person(company, given="Late", orders=[TODAY])
    a_consent(company, late, purpose="profiling")
    drawn(company)
    assert held_by(company, done) == set(people.values()), "who comes later is not in it"
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=people["A"], reference=late, now=NOW
    ) as access:
        consent.object_to(access, subject=people["A"], at=NOW, purpose=company.purpose("profiling"))
    again = segments.count_members(done, by=company.actor(Role.MARKETING), now=NOW)
    assert (again.admitted, again.excluded) == (1, Counter({"objected": 1}))


def test_a3_a_new_version_takes_the_place_of_the_one_before(company: Company, people: Any) -> None:
    drawn(company)
    first = approved(company, {"field": "orders", "from": 1})
    second = approved(company, {"field": "orders", "from": 99})
    first.refresh_from_db()
    assert (first.state, second.state, second.number) == ("retired", "approved", 2)
    assert second.reached == 0


# The language


DAYS = st.dates(date(2023, 1, 1), date(2027, 1, 1))
WORDS = st.sampled_from(["a", "b", "c"])
ROWS = st.fixed_dictionaries({
    "area": WORDS | st.just(""), "life_stage": WORDS, "orders": st.integers(0, 5),
    "spent": st.decimals(0, 99, places=2), "gap_days": st.none() | st.integers(0, 50),
    "usual_weekday": st.none() | st.integers(1, 7), "last_order_on": st.none() | DAYS,
    "products": st.lists(WORDS, max_size=3), "declared_interests": st.lists(WORDS, max_size=2),
})  # fmt: skip
NUMBERS = st.integers(-2, 60) | st.floats(-5, 100, allow_nan=False).map(lambda x: round(x, 2))
CONDITIONS = st.one_of(
    st.fixed_dictionaries({
        "field": st.sampled_from(["area", "life_stage"]), "is": st.lists(WORDS, min_size=1),
    }),
    st.fixed_dictionaries({
        "field": st.sampled_from(["products", "declared_interests"]),
        "any_of": st.lists(WORDS, min_size=1),
    }),
    st.fixed_dictionaries(
        {"field": st.sampled_from(["orders", "spent", "gap_days", "usual_weekday"]),
         "from": NUMBERS},
        optional={"to": NUMBERS},
    ),
    st.fixed_dictionaries(
        {"field": st.just("last_order_on"), "within_days": st.integers(0, 900)},
        optional={"before_days": st.integers(0, 900)},
    ),
)  # fmt: skip
DEFINITIONS = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)


@pytest.fixture
def in_access(company: Company) -> Iterator[AnalyticExtract]:
    subject = a_person(company)
    made = drawn(company)
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=subject, now=NOW):
        yield made


WITH_THREE = {
    "area": "a", "life_stage": "a", "orders": 3, "spent": 1, "gap_days": None,
    "usual_weekday": None, "last_order_on": None, "products": [], "declared_interests": [],
}  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(rows=[WITH_THREE], definition={"field": "orders", "from": 3.5})
@example(rows=[WITH_THREE], definition={"field": "orders", "from": -2, "to": 2.5})
@example(rows=[WITH_THREE], definition={"field": "gap_days", "from": -2})
@given(rows=st.lists(ROWS, min_size=1, max_size=8), definition=DEFINITIONS)
def test_a3_python_and_sql_agree_whom_a_definition_means(
    in_access: AnalyticExtract, rows: list[dict[str, Any]], definition: dict[str, Any]
) -> None:
    """Rows are written past the sealed manager: they are invented, and of nobody."""
    today = date(2025, 6, 1)
    subjects = list(_subjects(in_access, len(rows)))
    ids = [uuid4() for _row in rows]
    with connection.cursor() as cursor:
        for pk, subject, row in zip(ids, subjects, rows, strict=True):
            values = {
                "area": "", "country": "", "age_band": "", "declared_gender": "", "spoken": "",
                "life_stage": "", "declared_interests": [], "order_days": 0, "repeat_spent": 0,
                "reactions": 0, **row,
            }  # fmt: skip
            columns = ", ".join(values)
            cursor.execute(
                "INSERT INTO crm_analyticrow (id, controller_id, subject_id, scope, collected_at,"
                f" sealed, extract_id, drawn_on, {columns}) VALUES (%s, %s, %s, 'ordinary', now(),"
                f" '', %s, now(), {', '.join(['%s'] * len(values))})",
                [pk, in_access.controller_id, subject, in_access.pk, *values.values()],
            )
    found = AnalyticRow.objects.filter(condition(definition, today=today), pk__in=ids)
    in_sql = set(found.values_list("pk", flat=True))
    in_python = {
        pk for pk, row in zip(ids, rows, strict=True) if matches(definition, row, today=today)
    }
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM crm_analyticrow WHERE id = ANY(%s)", [ids])
    assert in_sql == in_python


def _subjects(source: AnalyticExtract, n: int) -> Iterator[UUID]:
    with connection.cursor() as cursor:
        for _one in range(n):
            pk = uuid4()
            cursor.execute(
                "INSERT INTO registry_datasubject (id, controller_id, kind, status, created_at)"
                " VALUES (%s, %s, 'customer', 'active', now())",
                [pk, source.controller_id],
            )
            yield pk


@given(DEFINITIONS)
def test_a3_every_definition_of_the_language_is_accepted(definition: dict[str, Any]) -> None:
    allowed = frozenset(one.category for one in variables().values())
    assert {one.code for one in faults(definition, variables(), allowed=allowed)} <= {"too_deep"}
    assert set(used(definition)) == {one["field"] for one in conditions(definition)}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "field", "is", "from", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(ANYTHING)
def test_a3_anything_else_is_refused_by_its_place_and_never_an_error(said: Any) -> None:
    allowed = frozenset(one.category for one in variables().values())
    found = faults(said, variables(), allowed=allowed)
    if not found:
        matches(said, {}, today=TODAY)
    assert all(re.fullmatch(r"#(/\w+)*", one.where) and one.code for one in found)


@pytest.mark.parametrize(
    ("said", "where", "code"),
    [
        ({}, "#/field", "undeclared"),
        ({"all": []}, "#/all", "empty"),
        ({"field": "orders"}, "#", "not_asked_of_it"),
        ({"field": "orders", "is": ["1"]}, "#", "not_asked_of_it"),
        ({"field": "orders", "from": True}, "#/from", "value"),
        ({"field": "orders", "from": float("nan")}, "#/from", "value"),
        ({"field": "area", "is": []}, "#/is", "value"),
        ({"field": "last_order_on", "within_days": -1}, "#/within_days", "value"),
        ({"not": {"not": {"not": {"not": {"not": {"not": {}}}}}}}, "#" + "/not" * 6, "too_deep"),
    ],
)
def test_a3_what_is_wrong_is_named_with_its_place(said: Any, where: str, code: str) -> None:
    allowed = frozenset(one.category for one in variables().values())
    assert [(f.where, f.code) for f in faults(said, variables(), allowed=allowed)] == [
        (where, code)
    ]


def test_a3_missing_values_meet_no_condition_and_every_not() -> None:
    asked = {"field": "last_order_on", "within_days": 10}
    assert not matches(asked, {"last_order_on": None}, today=TODAY)
    assert matches({"not": asked}, {"last_order_on": None}, today=TODAY)
    assert matches(asked, {"last_order_on": TODAY - timedelta(days=10)}, today=TODAY)
    assert not matches(asked, {"last_order_on": TODAY + timedelta(days=1)}, today=TODAY)
    assert matches({"field": "spent", "from": 0.1}, {"spent": Decimal("0.10")}, today=TODAY)


def test_every_variable_is_a_field_of_the_data_map_with_a_kind() -> None:
    assert {one.kind for one in variables().values()} == set(VariableKind)
    assert "subject" not in variables()
