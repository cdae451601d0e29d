"""The page of one person: what they said, restrictions announced and lifted, their own link."""

import json
import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.actions import Action
from dsar import links
from dsar.links import Kind
from dsar.models import PreferenceLink
from governance.policy.vocabulary import Channel, ConsentState, Duty, Role
from registry import restriction
from registry.gate import opening as gate
from registry.models import ConsentEvent, ConsentStanding, Restriction
from tests.builders import Company, a_company, a_consent, a_person
from tests.portal.conftest import As, entries, new_entries

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(company: Company, now: datetime) -> UUID:
    anna = a_person(company, now=now)
    a_consent(company, anna, channel=Channel.SMS, at=now - timedelta(days=2))
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=now
    ) as access:
        placed = now - timedelta(days=1)
        restriction.place(access, subject=anna, ground="a", at=placed)
    return anna


def test_a_person_is_found_by_an_address_that_never_comes_into_one(
    company: Company, anna: UUID, as_role: As
) -> None:
    dpo, page, before = as_role(Role.DPO), reverse("admin:people"), entries(company)
    listed = dpo.get(page).content.decode()
    assert reverse("admin:person", args=[anna]) in listed
    assert "contests that the data is right" in listed
    assert "Bianchi" not in listed
    found = dpo.post(page, {"who": "anna.bianchi@example.it"})
    assert (found.status_code, found["Location"]) == (302, reverse("admin:person", args=[anna]))
    nobody = dpo.post(page, {"who": "nessuno@example.it"})
    assert (nobody.status_code, b"Not exactly one person matches" in nobody.content) == (422, True)
    shown = dpo.get(found["Location"])
    assert "no-store" in shown["Cache-Control"]
    assert all(word in shown.content.decode() for word in ("Anna Bianchi", "Given", "Evidence"))
    last = new_entries(company, before)[-1]
    assert last.action == Action.DUTY_PERFORMED
    assert b'"purpose":"duty:answering"' in bytes(last.entry)
    receipt = json.loads(dpo.get(reverse("admin:person_receipt", args=[anna])).content)
    assert receipt["receipt"]["pii_principal_id"] == str(anna)
    for role in (Role.AUDITOR, Role.AGENT, Role.ADMINISTRATOR):
        assert as_role(role).get(found["Location"]).status_code == 403


def test_a_restriction_is_lifted_only_after_the_person_was_told(
    company: Company, anna: UUID, as_role: As, now: datetime
) -> None:
    dpo, row = as_role(Role.DPO), Restriction.objects
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=now):
        key = row.get(subject=anna).pk
    lift = reverse("admin:restriction_lift", args=[anna, key])
    announce = reverse("admin:restriction_announce", args=[anna, key])
    early = dpo.post(lift)
    assert (early.status_code, b"has not been told yet" in early.content) == (409, True)
    tomorrow = {"at": f"{now + timedelta(days=1):%Y-%m-%dT%H:%M}", "how": "phone"}
    assert dpo.post(announce, tomorrow).status_code == 422
    before_it_stood = {"at": f"{now - timedelta(days=3):%Y-%m-%dT%H:%M}", "how": "phone"}
    refused = dpo.post(announce, before_it_stood)
    assert (refused.status_code, b"was not placed yet" in refused.content) == (422, True)
    told = {"at": f"{now - timedelta(hours=5):%Y-%m-%dT%H:%M}", "how": "phone"}
    assert dpo.post(announce, told).status_code == 422, "nothing shows it"
    assert dpo.post(announce, told | {"evidence": "Called at noon, note 12"}).status_code == 302
    page = dpo.get(reverse("admin:person", args=[anna])).content.decode()
    assert "Called at noon, note 12" in page
    other = a_person(company, given="Berta", now=now)
    assert dpo.post(reverse("admin:restriction_lift", args=[other, key])).status_code == 404
    assert dpo.post(lift).status_code == 302
    assert dpo.post(lift).status_code == 404, "it stands no more"
    page = dpo.get(reverse("admin:person", args=[anna])).content.decode()
    assert "Lifted on" in page
    actions = [entry.action for entry in entries(company)]
    assert actions.count(Action.RESTRICTION_ANNOUNCED) == 1
    assert actions.count(Action.RESTRICTION_LIFTED) == 1


def test_a_caller_withdraws_and_gets_a_link_to_their_own_page(
    company: Company, anna: UUID, as_role: As, now: datetime
) -> None:
    legal = as_role(Role.LEGAL)
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=now):
        standing = ConsentStanding.objects.get(subject=anna)
    withdraw = reverse("admin:person_withdraw", args=[anna])
    assert legal.post(withdraw, {"what": str(anna), "how": "phone"}).status_code == 422
    assert legal.post(withdraw, {"what": str(standing.pk), "how": "phone"}).status_code == 302
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=now):
        assert ConsentStanding.objects.get(subject=anna).state == ConsentState.WITHDRAWN
        line = ConsentEvent.objects.filter(subject=anna).latest("at")
        assert (line.method, line.recorded_by) == ("phone", company.staff[Role.LEGAL].pk)
    made = legal.post(reverse("admin:person_link", args=[anna]))
    assert "no-store" in made["Cache-Control"]
    (token,) = re.findall(r"/preferences/([\w-]{43})/", made.content.decode())
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=now):
        link = PreferenceLink.objects.get(digest=links.digest_of(token))
    assert (link.subject_id, link.kind) == (anna, Kind.PREFERENCES)
    assert link.expires_on == timezone.localdate(now) + links.VALID_FOR


def test_another_company_sees_nobody_here(anna: UUID, as_role: As, now: datetime) -> None:
    theirs = a_person(a_company("other", now=now), now=now)
    assert as_role(Role.DPO).get(reverse("admin:person", args=[theirs])).status_code == 404
