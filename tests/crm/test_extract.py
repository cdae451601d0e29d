"""A1: operational data is drawn into an analytic extract without names, under a purpose for it."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from crm import operations as crm
from crm import tasks
from crm.analysis import extract, nightly
from crm.analysis.errors import (
    ExtractMissingError,
    ExtractNotKeptError,
    PseudonymEndedError,
    RelinkRefusedError,
)
from crm.models import AnalyticExtract, AnalyticRow, Contact, ContactPoint, Product
from governance.crypto.errors import KeyDestroyedError
from governance.policy import analysis
from governance.policy.actors import system
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, Role
from registry import consent, operations, restriction
from registry.datamap import Personal, data_map
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import ActivityVersion
from tests.builders import NOW, Company, a_consent, a_person

TODAY = NOW.date()
NAMING = {
    Category.NAME, Category.EMAIL, Category.PHONE, Category.ONLINE_IDENTIFIER,
    Category.NATIONAL_ID, Category.CUSTOMER_NUMBER, Category.BANK_ACCOUNT,
}  # fmt: skip


def buys(
    company: Company, subject: UUID, ago: int, euros: str, *, currency: str = "EUR",
    products: Sequence[str] = (),
) -> None:  # fmt: skip
    """One order, so many days ago."""
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=subject, now=NOW
    ) as access:
        order = crm.place_order(
            access, subject=subject, number=f"{subject}-{ago}-{currency}", currency=currency,
            lines=[crm.Line("x", Decimal(1), Decimal(euros))], billing={},
            ordered_on=TODAY - timedelta(days=ago),
        )  # fmt: skip
        for code in products:
            made, _new = Product.objects.get_or_create(
                controller=company.controller, code=code, defaults={"name": code}
            )
            order.lines.update(product=made)


def says(company: Company, subject: UUID, **values: object) -> None:
    """What a person told of themselves, and where they live."""
    place = {name: values.pop(name) for name in ("region", "postal_code") if name in values}
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        contact = access.rows(Contact).get()
        for name, value in values.items():
            setattr(contact, name, value)
        contact.save()
        if place:
            ContactPoint(
                controller_id=company.controller.pk, subject_id=subject, kind="post",
                is_primary=True, country="IT", **place,
            ).save()  # fmt: skip


def drawn(company: Company, purpose: str = "profiling", **more: object) -> AnalyticExtract:
    return extract.draw(
        system(company.controller.pk), purpose, since=date(2024, 1, 1), now=NOW, **more
    )


def read(company: Company, of: AnalyticExtract, role: Role = Role.MARKETING) -> list[dict]:
    with gate.open(
        company.actor(role), of.purpose.key, Operation.LIST, subjects=extract.people(of), now=NOW
    ) as access:
        return list(extract.figures(access, of))


@pytest.fixture
def ada(company: Company) -> UUID:
    """Somebody who agreed to profiling, bought three times on two days, and said much."""
    ada = a_person(company, given="Ada", family="Neri", orders=[date(2020, 1, 1)])
    a_consent(company, ada, purpose="profiling")
    for ago, euros in ((20, "10.00"), (10, "20.00")):
        buys(company, ada, ago, euros, products=["LAMP"])
    buys(company, ada, 10, "99.00", currency="USD")
    says(
        company, ada, birth_date=date(1990, 11, 24), gender="F", language="it-IT",
        interests="Giardino,  cucina , giardino", region="Piemonte",
    )  # fmt: skip
    return ada


def test_a1_no_column_of_the_extract_names_anybody(company: Company) -> None:
    held = data_map()[AnalyticRow]
    declared = [one.category for one in held.fields.values() if isinstance(one, Personal)]
    assert declared
    assert not NAMING & set(declared)
    assert not held.sealed(), "nothing of it is a value that was sealed"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name IN ('crm_analyticrow', 'crm_analyticextract')"
        )
        names = {name for (name,) in cursor.fetchall()}
    assert "spent" in names
    assert not [n for n in names for word in ("name", "mail", "phone", "street") if word in n]


def test_a1_figures_are_generalised_and_of_one_currency(company: Company, ada: UUID) -> None:
    made = drawn(company)
    (row,) = read(company, made)
    assert str(ada) not in str(row)
    assert {name: row[name] for name in row if name != "pseudonym"} == {
        "life_stage": "customer", "area": "piemonte", "country": "it", "age_band": "35-44",
        "declared_gender": "female", "spoken": "it", "declared_interests": ["giardino", "cucina"],
        "first_order_on": TODAY - timedelta(days=20), "last_order_on": TODAY - timedelta(days=10),
        "orders": 2, "order_days": 2, "spent": Decimal("30.00"), "repeat_spent": Decimal("20.00"),
        "gap_days": 10, "usual_weekday": 2, "products": ["LAMP"], "reactions": 0,
    }  # fmt: skip


def test_a1_a_purpose_draws_its_own_categories_alone(company: Company, ada: UUID) -> None:
    made = drawn(company, "customer_value")
    assert made.categories == ["behaviour", "purchases"]
    (row,) = read(company, made)
    assert "age_band" not in row
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=ada, now=NOW) as access:
        (stored,) = access.rows(AnalyticRow).filter(subject=ada)
        assert (stored.age_band, stored.area, stored.declared_interests) == ("", "", [])
        assert stored.spent == 30


def test_a1_who_objects_is_restricted_or_withdraws_is_in_none_and_read_from_none(
    company: Company, ada: UUID
) -> None:
    others = {}
    for name in ("Bea", "Carla", "Dora"):
        others[name] = a_person(company, given=name, orders=[TODAY])
        a_consent(company, others[name], purpose="profiling", at=NOW - timedelta(days=1))
    made = drawn(company)
    assert made.people == 4
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=others["Bea"], reference=ada, now=NOW
    ) as access:
        consent.object_to(
            access, subject=others["Bea"], at=NOW, purpose=company.purpose("newsletter")
        )
    a_consent(company, others["Carla"], purpose="profiling", state=ConsentState.WITHDRAWN)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=others["Dora"], reference=ada, now=NOW
    ) as access:
        restriction.place(access, subject=others["Dora"], ground="a", at=NOW)
    assert len(read(company, made)) == 1, "before the next drawing: the gate is asked at reading"
    again = drawn(company)
    assert again.people == 1
    assert again.left_out == {"objected": 1, "no_consent": 1, "restricted": 1}
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=ada, now=NOW) as access:
        assert [row.subject_id for row in access.rows(AnalyticRow)] == [ada]


def test_a1_linking_again_takes_the_key_of_the_epoch_and_a_permission(
    company: Company, ada: UUID
) -> None:
    made = drawn(company)
    pseudonym = read(company, made, Role.ANALYST)[0]["pseudonym"]
    assert len(pseudonym) == 32
    with pytest.raises(RelinkRefusedError):
        extract.relink(company.actor(Role.ANALYST), made, [pseudonym], now=NOW)
    found = extract.relink(company.actor(Role.MARKETING), made, [pseudonym], now=NOW)
    assert found == {pseudonym: ada}
    again = drawn(company)
    (row,) = read(company, again)
    assert row["pseudonym"] != pseudonym, "another epoch, another pseudonym"
    with pytest.raises(PseudonymEndedError):
        extract.relink(company.actor(Role.MARKETING), again, [pseudonym], now=NOW)
    made.epoch = again.epoch - 1
    with pytest.raises(KeyDestroyedError):
        extract.relink(company.actor(Role.MARKETING), made, [pseudonym], now=NOW)


def test_a1_every_night_what_was_drawn_once_is_drawn_anew(company: Company, ada: UUID) -> None:
    with pytest.raises(ExtractMissingError):
        extract.of_purpose(company.controller.pk, "profiling")
    assert nightly.draw_all(now=NOW) == 0
    first = drawn(company)
    assert nightly.draw_all(now=NOW + timedelta(days=1)) == 1
    second = extract.of_purpose(company.controller.pk, "profiling")
    assert (second.epoch, second.people) == (first.epoch + 1, 1)
    assert tasks.draw_extracts() == 1


def test_a1_the_rows_of_a_purpose_that_has_ended_are_removed(company: Company, ada: UUID) -> None:
    made = drawn(company)
    for version in ActivityVersion.objects.filter(activity__purpose__key="profiling"):
        operations.retire(version=version, by=company.staff[Role.DPO], now=NOW)
    assert nightly.draw_all(now=NOW + timedelta(days=1)) == 0
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=ada, now=NOW) as access:
        assert not access.rows(AnalyticRow).exists()
    assert AnalyticExtract.objects.get(pk=made.pk).people == 0


def test_a1_only_for_a_purpose_that_the_actor_has(company: Company) -> None:
    for actor, purpose in (
        (system(company.controller.pk), "spying"), (company.actor(Role.AGENT), "profiling"),
    ):  # fmt: skip
        with pytest.raises(GateRefusedError):
            extract.draw(actor, purpose, since=TODAY, now=NOW)


def test_a1_channels_of_a_consent_to_profiling_do_not_matter(company: Company) -> None:
    person = a_person(company)
    a_consent(company, person, purpose="profiling", channel=Channel.WEB)
    assert drawn(company).people == 1


@given(st.dictionaries(st.integers(), st.integers(0, 30), max_size=8), st.integers(1, 10))
def test_a1_no_small_count_is_shown_nor_found_by_subtraction(
    counts: dict[int, int], smallest: int
) -> None:
    shown = analysis.suppressed(counts, smallest)
    assert shown.keys() == counts.keys()
    hidden = [key for key, count in shown.items() if count is None]
    assert all(shown[k] in {None, counts[k]} for k in counts)
    assert all(k in hidden for k, n in counts.items() if 0 < n < smallest)
    if hidden and any(n >= smallest for n in counts.values()):
        assert len(hidden) > 1, "the rest of the total would tell the only hidden one"


@pytest.mark.parametrize(
    ("birth", "today", "band"),
    [
        (date(2008, 2, 29), date(2026, 2, 28), "0-17"),
        (date(2008, 2, 29), date(2026, 3, 1), "18-24"),
        (date(1940, 1, 1), date(2026, 1, 1), "75+"),
        (date(2027, 1, 1), date(2026, 1, 1), ""),
        (None, date(2026, 1, 1), ""),
    ],
)
def test_a1_ages_are_bands(birth: date | None, today: date, band: str) -> None:
    assert analysis.age_band(birth, today) == band


def test_a1_no_analysis_under_a_purpose_that_does_not_say_how_long_figures_are_kept(
    company: Company, ada: UUID
) -> None:
    with pytest.raises(ExtractNotKeptError) as refused:
        drawn(company, "order_management")
    assert (refused.value.article, bool(refused.value.advice)) == ("5(1)(b)", True)
    assert not AnalyticExtract.objects.exists()
