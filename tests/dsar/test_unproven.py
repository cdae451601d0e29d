"""What somebody says of whom nobody knows who they are stops at once, and destroys nothing."""

from uuid import UUID

import pytest

from dsar import attaching, requests
from dsar.models import SubjectRequest
from governance.policy.vocabulary import Duty, Right, Role
from registry.datamap import Lookup
from registry.gate import opening as gate
from registry.models import ActivityVersion, ConsentEvent, ConsentStanding, Objection
from tests.builders import NOW, Company, a_company, a_consent, a_person
from tests.dsar import acts
from tests.retention.scenes import a_lead, held, swept


@pytest.fixture
def company(fresh_database: None) -> Company:
    """Committed: the log is signed while the sweep waits for it."""
    return a_company()


@pytest.fixture
def lead(company: Company) -> UUID:
    """Somebody whose data consent alone keeps."""
    subject = a_lead(company, "Bianchi")
    ActivityVersion.objects.filter(activity__purpose__key="lead_management").update(
        state="retired", active_to=NOW
    )
    a_consent(company, subject)
    return subject


def asked(company: Company, right: Right) -> SubjectRequest:
    """A stranger types the address; the same address belongs to a second person, so nobody's."""
    a_person(company, given="Carla", family="Verdi", email="anna.bianchi@example.it")
    request = acts.ask(company, right, name="")
    assert request.identity == "ambiguous"
    return request


def state(company: Company, subject: UUID) -> tuple[str, int]:
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        standing = ConsentStanding.objects.get(subject=subject)
        return standing.state, Objection.objects.filter(subject=subject).count()


@pytest.mark.parametrize("right", [Right.WITHDRAWAL, Right.OBJECTION])
def test_the_sweep_destroys_nothing_until_they_are_identified(
    company: Company, lead: UUID, right: Right
) -> None:
    request = asked(company, right)
    before = held(company, lead)
    swept(company)
    assert held(company, lead) == before
    dpo = company.actor(Role.DPO)
    attaching.attach(request.pk, lead, by=dpo, now=NOW)
    requests.identify(request.pk, "known_contact", by=dpo, now=NOW)
    with gate.duty(dpo, Duty.ANSWERING, reference=request.pk, now=NOW) as access:
        requests.close(requests.get(access, request.pk), "fulfilled", by=dpo, now=NOW)
    swept(company)
    assert "crm_contact" not in held(company, lead)


def unproven(company: Company, subject: UUID) -> int:
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        mine = {"subject": subject, "unproven__isnull": False}
        return (
            ConsentStanding.objects.filter(**mine).count()
            + Objection.objects.filter(**mine).count()
        )


@pytest.mark.parametrize("right", [Right.WITHDRAWAL, Right.OBJECTION])
def test_a_refusal_before_anybody_was_identified_takes_it_back(
    company: Company, lead: UUID, right: Right
) -> None:
    request = asked(company, right)
    assert state(company, lead) != ("given", 0)
    requests.refuse(
        request.pk, ground="identity_not_proven", reasons="Nessuna risposta.",
        by=company.actor(Role.DPO), now=NOW,
    )  # fmt: skip
    assert state(company, lead) == ("given", 0)
    assert acts.remembered(company, Lookup.EMAIL, "anna.bianchi@example.it") == {}
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        assert ConsentEvent.objects.filter(subject=lead).count() == 1


def test_once_identified_it_stands(company: Company, lead: UUID) -> None:
    request = acts.ask(company, Right.WITHDRAWAL)
    assert unproven(company, lead) == 1
    dpo = company.actor(Role.DPO)
    requests.identify(request.pk, "known_contact", by=dpo, now=NOW)
    assert unproven(company, lead) == 0
    requests.refuse(request.pk, ground="legal_claims", reasons="Terza volta.", by=dpo, now=NOW)
    assert state(company, lead) == ("withdrawn", 0)
