"""Duplicates at the desk: found, compared side by side, decided with a reason, parted again."""

from datetime import date
from uuid import UUID

import pytest
from django.urls import reverse

from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from registry.models import DataSubject, Merge
from tests.builders import NOW, Company, a_person
from tests.crm.console.conftest import At

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def people(company: Company) -> list[UUID]:
    said = {"email": "lucia@example.it", "orders": [date(2026, 10, 1)]}
    return [
        a_person(company, given=given, family=family, **said)
        for given, family in (("Lucia", "Fontana"), ("Fontana", "Lucia"))
    ]


def states(company: Company) -> set[str]:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        return set(Merge.objects.values_list("state", flat=True))


def test_f16_an_agent_finds_compares_merges_and_parts_two_records(
    company: Company, at_desk: At
) -> None:
    one, other = people(company)
    browser = at_desk(Role.AGENT, "order_management")
    seek = reverse("desk:seek-duplicates", args=[one])
    assert "Nobody is merged by it." in browser.get(seek).content.decode()
    found = browser.post(seek).content.decode()
    assert "1 record may be the same person" in found
    listed = browser.get(reverse("desk:duplicates")).content.decode()
    assert "same name, in another order" in listed
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        pair = Merge.objects.filter(subject=one).get().pair
    page = reverse("desk:duplicate", args=[pair])
    shown = browser.get(page)
    assert shown["Cache-Control"] == "no-store"
    text = shown.content.decode()
    assert "Lucia Fontana" in text
    assert "Fontana Lucia" in text
    assert browser.post(page, {"decision": "merge", "words": ""}).status_code == 422
    assert states(company) == {"proposed"}
    said = {"decision": "merge", "words": "Asked her on the phone"}
    assert browser.post(page, said).status_code == 302
    assert states(company) == {"merged"}
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        people_now = set(DataSubject.objects.filter(pk__in=[one, other]).values_list("person"))
    assert people_now == {(min(one, other),)}
    assert "Part them again" in browser.get(page).content.decode()
    assert browser.post(page, said | {"decision": "undo"}).status_code == 302
    assert states(company) == {"undone"}


def test_f16_whose_role_may_not_change_people_decides_nothing(
    company: Company, at_desk: At
) -> None:
    one, _other = people(company)
    seek = reverse("desk:seek-duplicates", args=[one])
    assert at_desk(Role.MARKETING, "newsletter").post(seek).status_code == 403
    assert states(company) == set()
