"""A3 at the desk: a segment is built without a script, counted, kept, and approved by another."""

from datetime import datetime
from html import unescape
from uuid import UUID

import pytest
from django.urls import reverse

from crm.models import Segment
from governance.policy.vocabulary import ConsentState, Role
from tests.builders import Company, a_consent, a_person
from tests.crm.console.conftest import At, show_every_count
from tests.crm.console.entries import newest

pytestmark = pytest.mark.django_db(databases=["default", "keys", "auditor"])
ASKED = {"life_stage.words": ["customer"], "title_it": "Tutti i clienti", "title_en": "Customers"}


@pytest.fixture
def people(company: Company, now: datetime) -> list[UUID]:
    made = [a_person(company, given=n, orders=[now.date()], now=now) for n in ("Ada", "Bea")]
    for one in made:
        a_consent(company, one, purpose="profiling", at=now)
    show_every_count(company)
    return made


def drawn(at_desk: At) -> None:
    page = at_desk(Role.MARKETING, "profiling").post(reverse("desk:segment_draw"), follow=True)
    assert "of 2 people, without their names" in unescape(page.content.decode())


def test_a3_a_segment_is_counted_with_who_is_left_out_kept_and_approved_by_another(
    company: Company, people: list[UUID], now: datetime, at_desk: At
) -> None:
    drawn(at_desk)
    a_consent(company, people[0], purpose="profiling", state=ConsentState.WITHDRAWN, at=now)
    marketing = at_desk(Role.MARKETING, "profiling")
    page = marketing.post(reverse("desk:segment_new"), ASKED | {"do": "count"})
    text = unescape(page.content.decode())
    assert "1 person may be used" in text
    assert "It finds 2 people." in text
    assert newest(company)["counts"] == {"no_consent": 1}
    assert not Segment.objects.exists()
    marketing.post(reverse("desk:segment_new"), ASKED | {"do": "keep"})
    kept = Segment.objects.get()
    assert kept.definition == {"all": [{"field": "life_stage", "is": ["customer"]}]}
    act = reverse("desk:segment_act", args=[kept.pk])
    assert act not in marketing.get(reverse("desk:segments")).content.decode()
    assert marketing.post(act, {"do": "approve"}).status_code == 409
    manager = at_desk(Role.MANAGER, "profiling")
    assert act in manager.get(reverse("desk:segments")).content.decode()
    assert manager.post(act, {"do": "approve", "shown": "0" * 64}).status_code == 409
    kept.refresh_from_db()
    done = manager.post(act, {"do": "approve", "shown": kept.fingerprint}, follow=True)
    assert "1 people on" in unescape(done.content.decode())
    kept.refresh_from_db()
    assert (kept.state, kept.reached, kept.left_out) == ("approved", 1, {"no_consent": 1})


def test_a3_what_is_wrong_is_said_and_what_was_typed_stays(people: list[UUID], at_desk: At) -> None:
    drawn(at_desk)
    marketing = at_desk(Role.MARKETING, "profiling")
    for said, words in (
        ({"do": "count"}, "a segment of everybody is none"),
        ({"do": "count", "orders.from": "molti"}, "written in digits"),
        ({"do": "keep", "orders.from": "1"}, "in both languages"),
    ):
        page = marketing.post(reverse("desk:segment_new"), said)
        text = unescape(page.content.decode())
        assert (page.status_code, words in text) == (422, True)
    assert 'name="orders.from" inputmode="decimal" autocomplete="off" value="1"' in text


def test_a3_the_builder_offers_what_the_purpose_declares(at_desk: At, company: Company) -> None:
    page = at_desk(Role.MARKETING, "customer_value").get(reverse("desk:segment_new"))
    text = page.content.decode()
    assert "orders.from" in text
    assert "age_band" not in text
    asked = {"age_band.words": ["35-44"], "do": "count"}
    answer = at_desk(Role.MARKETING, "customer_value").post(reverse("desk:segment_new"), asked)
    assert answer.status_code == 422, "what is not offered is not read, so nothing was asked for"


def test_nothing_is_drawn_under_a_purpose_of_service(at_desk: At) -> None:
    answer = at_desk(Role.AGENT, "customer_care").post(reverse("desk:segment_draw"))
    assert answer.status_code == 409
    assert "none for an analysis" in unescape(answer.content.decode())
