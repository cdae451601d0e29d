"""ST10: a greeting a year to who asked for it, and a gift that they choose by their own interest."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from crm.analysis import extract
from crm.campaigns import birthdays
from crm.campaigns.errors import GiftNotOfferedError
from crm.models import BirthdayGreeting, Contact, Interaction, Workflow
from crm.offers import operations as offers
from crm.offers.operations import NewOffer
from crm.segments import operations as segments
from crm.workflows import running, versions
from crm.workflows.versions import Titles
from dsar import deaths
from governance.policy.actors import system
from governance.policy.birthdays import birthday, day_of, is_greeted
from governance.policy.offering import OfferKind
from governance.policy.vocabulary import ConsentState, Duty, Role
from registry.gate import opening as gate
from tests.builders import Company, a_company, a_consent, a_person

TODAY = datetime(2027, 3, 14, 9, 0, tzinfo=UTC)
AGREED = TODAY - timedelta(days=100)


@pytest.fixture
def company(db: None) -> Company:
    return a_company()


def recipe(company: Company) -> Workflow:
    """The shipped workflow, loaded by one and approved by another."""
    made = versions.load_recipes(by=company.staff[Role.MARKETING], now=AGREED)
    (found,) = [one for one in made if one.key == "marketing_birthday"]
    versions.approve(found, by=company.staff[Role.MANAGER], now=AGREED)
    workflow = birthdays.in_force(company.controller.pk)
    assert workflow
    return workflow


def born(
    company: Company, given: str, *, agreed: bool = True, interests: str = "", **said: Any
) -> UUID:
    subject = a_person(company, given=given, family="Neri", orders=[AGREED.date()], now=AGREED)
    with _looking(company, subject) as access:
        (contact,) = access.rows(Contact)
        contact.interests = interests
        for name, value in said.items():
            setattr(contact, name, value)
        contact.save()
    if agreed:
        a_consent(company, subject, purpose="birthday", at=AGREED)
    return subject


def _looking(company: Company, subject: UUID, now: datetime = TODAY) -> Any:
    return gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=now
    )


def run(workflow: Workflow, now: datetime) -> int:
    """A day of the recipe; returns how many were noted."""
    marked = birthdays.mark(workflow, now=now)
    running.start(workflow, now=now)
    for one in running.due(workflow, now=now):
        while running.advance(workflow, one, now=now) is not None:
            pass
    return marked


def greeted(company: Company, subject: UUID) -> list[str]:
    with _looking(company, subject, TODAY + timedelta(days=900)) as access:
        rows = access.rows(Interaction).filter(direction="out").order_by("occurred_at")
        return [row.body or "" for row in rows]


def a_gift(company: Company, key: str, *needs: str) -> None:
    new = NewOffer(
        key, Titles(f"Regalo {key}", f"Gift {key}"), needs, AGREED.date(), kind=OfferKind.GIFT
    )
    made = offers.draft(new, by=company.staff[Role.MARKETING], now=AGREED)
    offers.approve(made.pk, by=company.staff[Role.MANAGER], now=AGREED)


def test_st10_day_and_month_suffice_and_one_mail_a_year(company: Company) -> None:
    workflow = recipe(company)
    anna = born(company, "Anna", birth_day="03-14")
    berta = born(company, "Berta", birth_date=date(1980, 3, 14))
    other = born(company, "Carla", birth_day="03-15")
    unasked = born(company, "Dora", birth_day="03-14", agreed=False)
    assert run(workflow, TODAY) == 2
    assert run(workflow, TODAY + timedelta(hours=5)) == 0
    assert [len(greeted(company, one)) for one in (anna, berta, other, unasked)] == [1, 1, 0, 0]
    (body,) = greeted(company, anna)
    assert "/c/acme/yours/" in body
    assert "{" not in body
    run(workflow, TODAY.replace(year=2028))
    assert len(greeted(company, anna)) == 2


def test_st10_29_february_is_greeted_once_in_every_year() -> None:
    for year, day in ((2027, date(2027, 2, 28)), (2028, date(2028, 2, 29))):
        assert birthday(year, 2, 29) == day
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(366 if year == 2028 else 365)]
        assert [one for one in days if is_greeted(date(1992, 2, 29), None, one)] == [day]
        assert [one for one in days if is_greeted(None, "02-29", one)] == [day]
    assert [day_of(one) for one in ("02-30", "13-01", "", None, "x", "1-2-3")] == [None] * 6


def test_st10_the_day_is_that_of_the_house_and_not_of_greenwich(company: Company) -> None:
    workflow = recipe(company)
    anna = born(company, "Anna", birth_day="03-15")
    assert run(workflow, datetime(2027, 3, 14, 22, 59, tzinfo=UTC)) == 0
    assert run(workflow, datetime(2027, 3, 14, 23, 1, tzinfo=UTC)) == 1
    assert len(greeted(company, anna)) == 1


def test_st10_minors_are_not_greeted_and_of_an_unknown_year_nothing_is_concluded(
    company: Company,
) -> None:
    workflow = recipe(company)
    born(company, "Anna", birth_date=date(2009, 3, 15))
    born(company, "Berta", birth_date=date(2010, 3, 14))
    of_age = born(company, "Carla", birth_date=date(2009, 3, 14))
    unknown = born(company, "Dora", birth_day="03-14")
    assert run(workflow, TODAY) == 2
    assert len(greeted(company, of_age)) == len(greeted(company, unknown)) == 1


def test_st10_who_died_or_withdrew_yesterday_is_not_written_to(company: Company) -> None:
    workflow = recipe(company)
    anna, berta, carla = (born(company, one, birth_day="03-14") for one in ("Anna", "Berta", "Cia"))
    yesterday = TODAY - timedelta(days=1)
    deaths.record(
        anna, died_on=yesterday.date(), evidence="Certificato", by=company.actor(Role.DPO),
        now=yesterday,
    )  # fmt: skip
    a_consent(company, berta, purpose="birthday", state=ConsentState.WITHDRAWN, at=yesterday)
    assert run(workflow, TODAY) == 1
    assert [len(greeted(company, one)) for one in (anna, berta, carla)] == [0, 0, 1]


def test_st10_withdrawn_between_the_note_and_the_mail(company: Company) -> None:
    workflow = recipe(company)
    anna = born(company, "Anna", birth_day="03-14")
    assert birthdays.mark(workflow, now=TODAY) == 1
    running.start(workflow, now=TODAY)
    later = TODAY + timedelta(minutes=1)
    a_consent(company, anna, purpose="birthday", state=ConsentState.WITHDRAWN, at=later)
    assert running.due(workflow, now=later) == []
    assert greeted(company, anna) == []


def test_st10_a_gift_by_own_interest_is_confirmed_with_a_code_once(company: Company) -> None:
    workflow = recipe(company)
    a_gift(company, "book", "reading")
    a_gift(company, "seeds", "gardening")
    a_gift(company, "card")
    anna = born(company, "Anna", birth_day="03-14", interests="Gardening, cooking")

    def chooses(key: str) -> BirthdayGreeting:
        return birthdays.choose(
            company.controller.pk, anna, key, purpose="birthday", now=TODAY + timedelta(days=1)
        )

    with pytest.raises(GiftNotOfferedError):
        chooses("seeds")
    run(workflow, TODAY)
    with _looking(company, anna) as access:
        assert [one.key for one in birthdays.gifts(access, anna)] == ["card", "seeds"]
    with pytest.raises(GiftNotOfferedError):
        chooses("book")
    first = chooses("seeds")
    assert len(first.code) == 10
    assert chooses("card").code == first.code, "chosen once"
    with pytest.raises(GiftNotOfferedError):
        birthdays.choose(
            company.controller.pk, anna, "card", purpose="birthday",
            now=TODAY + timedelta(days=90),
        )  # fmt: skip
    assert len(greeted(company, anna)) == 1, "no second mail"


def test_st10_clusters_are_of_who_agreed_to_profiling_alone(company: Company) -> None:
    anna = born(company, "Anna", interests="gardening")
    born(company, "Berta", interests="gardening")
    a_consent(company, anna, purpose="profiling", at=AGREED)
    extract.draw(system(company.controller.pk), "profiling", since=date(2024, 1, 1), now=TODAY)
    found = segments.count(
        company.actor(Role.MARKETING), "profiling",
        {"field": "declared_interests", "any_of": ["gardening"]}, now=TODAY,
    )  # fmt: skip
    assert found.admitted == 1
