"""Break-glass: one person, a reason, an end, and somebody else who looks at it."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from audit.models import Entry
from crm.models import Contact
from governance.policy.categories import Category
from governance.policy.provisions import Parameter
from governance.policy.vocabulary import Duty, Role
from registry import provisions, restriction, search
from registry.gate import emergency
from registry.gate import opening as gate
from registry.gate.errors import AccessReadsOnlyError, EmergencyRefusedError
from registry.models import EmergencyAccess
from tests.builders import NOW, Company, a_person

pytestmark = pytest.mark.django_db
REASON = "Pacco pericoloso in consegna: va avvisata subito"
SOON = NOW + timedelta(minutes=5)


@pytest.fixture
def anna(company: Company) -> UUID:
    return a_person(company, orders=[date(2026, 1, 2)])


@pytest.fixture
def allowed(company: Company) -> None:
    provisions.enter(
        controller=company.controller, parameter=Parameter.EMERGENCY_ROLES, value="marketing",
        valid_from=NOW.date(), source="Delibera di prova", by=company.staff[Role.DPO], now=NOW,
    )  # fmt: skip


def declared(company: Company, subject, *, role: Role = Role.MARKETING, reason: str = REASON):
    return emergency.declare(by=company.staff[role], who=subject, reason=reason, now=NOW)


def because(run, *args, **kwargs) -> object:
    with pytest.raises(EmergencyRefusedError) as refused:
        run(*args, **kwargs)
    return refused.value.details["because"]


def read(company: Company, opened: EmergencyAccess, *, now=SOON, role: Role = Role.MARKETING):
    with emergency.reading(by=company.staff[role], opened=opened.pk, now=now) as access:
        return access.rows(Contact).get().given_name


def test_no_role_has_it_until_the_register_names_one(company: Company, anna: UUID) -> None:
    for role in company.staff:
        assert because(declared, company, anna, role=role) == "role"


@pytest.mark.usefixtures("allowed")
def test_it_reads_one_person_past_the_purposes_of_the_role(company: Company, anna: UUID) -> None:
    bruno = a_person(company, given="Bruno")
    opened = declared(company, anna)
    assert read(company, opened) == "Anna"
    with emergency.reading(by=company.staff[Role.MARKETING], opened=opened.pk, now=SOON) as access:
        assert {Category.NAME, Category.PURCHASES} <= access.categories
        assert Category.HEALTH not in access.categories
        assert access.admitted == {anna}
        contact = access.rows(Contact).get()
        contact.given_name = "Annamaria"
        with pytest.raises(AccessReadsOnlyError):
            contact.save(update_fields=["given_name"])
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT subject_id FROM crm_contact")
            assert cursor.fetchall() == [(anna,)]
            with pytest.raises(DatabaseError, match="reads only"), transaction.atomic():
                cursor.execute("UPDATE crm_order SET currency = 'CHF'")
    assert because(declared, company, bruno) == "one_at_a_time"


@pytest.mark.usefixtures("allowed")
def test_it_ends_by_itself_and_is_nobody_elses(company: Company, anna: UUID) -> None:
    opened = declared(company, anna)
    assert opened.ends_at == NOW + timedelta(minutes=60)
    assert because(read, company, opened, now=opened.ends_at) == "over"
    assert because(read, company, opened, role=Role.SALES) == "over"
    provisions.enter(
        controller=company.controller, parameter=Parameter.EMERGENCY_ROLES, value="",
        valid_from=NOW.date(), source="Revoca", by=company.staff[Role.LEGAL], now=SOON,
    )  # fmt: skip
    assert because(read, company, opened) == "over"


@pytest.mark.usefixtures("allowed")
def test_a_reason_and_exactly_one_person_are_needed(company: Company, anna: UUID) -> None:
    a_person(company, given="Anna", family="Neri")
    assert because(declared, company, anna, reason="urgente  ") == "reason"

    def found(text: str):
        return search.subjects_matching(company.controller.pk, text)

    assert because(declared, company, found("anna")) == "not_one_person"
    assert because(declared, company, found("nessuno")) == "not_one_person"
    assert declared(company, found("bianchi anna")).subject_id == anna


@pytest.mark.usefixtures("allowed")
def test_a_restriction_closes_it_even_while_it_lasts(company: Company, anna: UUID) -> None:
    opened = declared(company, anna)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        restriction.place(access, subject=anna, ground="a", at=NOW)
    assert because(read, company, opened) == "restricted"


@pytest.mark.usefixtures("allowed")
def test_somebody_else_reviews_it_once(company: Company, anna: UUID) -> None:
    opened = declared(company, anna)
    said = {"opened": opened.pk, "verdict": "justified", "note": "Rischio reale, un solo sguardo"}
    marketing, dpo = company.staff[Role.MARKETING], company.staff[Role.DPO]
    assert because(emergency.review, by=marketing, now=SOON, **said) == "review"
    reviewed = emergency.review(by=dpo, now=SOON, **said)
    assert (reviewed.reviewed_by, reviewed.verdict) == (dpo, "justified")
    assert because(emergency.review, by=dpo, now=SOON, **said) == "review"
    rows = EmergencyAccess.objects.filter(pk=opened.pk)
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=anna, now=SOON):
        with pytest.raises(ProgrammingError, match="reviewed once"), transaction.atomic():
            rows.update(verdict="unjustified")
        with pytest.raises(ProgrammingError, match="reviewed once"), transaction.atomic():
            rows.update(ends_at=NOW + timedelta(days=9))
        assert rows.get().reason == REASON


@pytest.mark.usefixtures("allowed")
def test_the_table_lets_nobody_review_themselves(company: Company, anna: UUID) -> None:
    opened = declared(company, anna)
    with (
        gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=SOON),
        pytest.raises(IntegrityError, match="reviewed_by_somebody_else"),
        transaction.atomic(),
    ):
        EmergencyAccess.objects.filter(pk=opened.pk).update(
            reviewed_by=company.staff[Role.MARKETING], reviewed_at=SOON, verdict="justified"
        )


@pytest.mark.usefixtures("allowed")
def test_every_look_has_its_entry_and_no_value(company: Company, anna: UUID) -> None:
    opened = declared(company, anna)
    read(company, opened)
    because(read, company, opened, now=opened.ends_at)
    emergency.review(
        opened=opened.pk, by=company.staff[Role.DPO], verdict="justified",
        note="Rischio reale, un solo sguardo", now=SOON,
    )  # fmt: skip
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=SOON):
        said = [
            (entry.action, entry.outcome)
            for entry in Entry.objects.order_by("at")
            if str(opened.pk).encode() in bytes(entry.entry)
        ]
        entries = b"".join(bytes(entry.entry) for entry in Entry.objects.all())
    assert said == [
        ("emergency.opened", "done"),
        ("data.read", "done"),
        ("access.refused", "refused"),
        ("emergency.reviewed", "done"),
        ("duty.performed", "done"),
    ]
    assert b"Pacco" not in entries
    assert str(anna).encode() not in entries
