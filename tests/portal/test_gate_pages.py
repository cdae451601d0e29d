"""The pages about decisions of the gate: why, emergency access, provisions and checks."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from governance.policy.provisions import Parameter
from governance.policy.vocabulary import Role
from registry import provisions
from registry.models import OppositionList, Provision
from tests.builders import Company, a_person
from tests.portal.conftest import As, entries, new_entries

pytestmark = pytest.mark.django_db
REASON = "Pacco pericoloso in consegna: va avvisata subito"


@pytest.fixture
def anna(company: Company, now: datetime) -> UUID:
    return a_person(company, orders=[now.date()], phone="347 1234567", now=now)


def asked(**more: str) -> dict[str, str]:
    return {
        "who": "anna.bianchi@example.it", "purpose": "newsletter", "operation": "send",
        "channel": "email", "role": "marketing", **more,
    }  # fmt: skip


def test_the_dpo_sees_each_question_with_its_answer(
    company: Company, anna: UUID, as_role: As
) -> None:
    dpo, before = as_role(Role.DPO), entries(company)
    page = dpo.post(reverse("admin:why"), asked()).content.decode()
    assert "The person has not consented to this purpose on this channel." in page
    assert "Ask for consent where the person is" in page
    assert page.index("Is the purpose in the register?") < page.index("Is there no objection?")
    assert str(anna) in page
    assert "Bianchi" not in page.replace("anna.bianchi@example.it", "")
    (entry,) = new_entries(company, before)
    assert (entry.action, b'"reason":"no_consent"' in bytes(entry.entry)) == (
        "decision.explained", True,
    )  # fmt: skip
    opened = dpo.post(
        reverse("admin:why"), asked(purpose="order_management", operation="read", role="agent")
    ).content.decode()
    assert "The gate opens." in opened
    assert "qualifyingevent:" in opened


def test_an_agent_asks_for_purposes_of_their_own(company: Company, anna: UUID, as_role: As) -> None:
    agent = as_role(Role.AGENT)
    assert "Asked as" not in agent.get(reverse("admin:why")).content.decode()
    own = asked(purpose="order_management", operation="read")
    assert "The gate opens." in agent.post(reverse("admin:why"), own).content.decode()
    other = agent.post(reverse("admin:why"), asked())
    assert other.status_code == 403
    assert b"Your role may not act for this purpose." in other.content
    nobody = agent.post(reverse("admin:why"), own | {"who": "nessuno"})
    assert (nobody.status_code, b"We hold nothing about this person." in nobody.content) == (
        404, True,
    )  # fmt: skip


def test_an_auditor_looks_nobody_up(anna: UUID, as_role: As) -> None:
    auditor, why = as_role(Role.AUDITOR), reverse("admin:why")
    assert auditor.post(why, asked()).status_code == 403
    assert b"has not consented" in auditor.post(why, asked(who=str(anna))).content


def test_an_emergency_from_its_reason_to_its_review(
    company: Company, anna: UUID, as_role: As, now: datetime
) -> None:
    marketing, dpo = as_role(Role.MARKETING), as_role(Role.DPO)
    new = reverse("admin:emergency_new")
    said = {"who": "anna.bianchi@example.it", "reason": REASON}
    assert b"does not give your role" in marketing.get(new).content
    assert marketing.post(new, said).status_code == 403
    provisions.enter(
        controller=company.controller, parameter=Parameter.EMERGENCY_ROLES, value="marketing",
        valid_from=now.date(), source="Delibera", by=company.staff[Role.DPO], now=now,
    )  # fmt: skip
    opened = marketing.post(new, said)
    assert opened.status_code == 302
    shown = marketing.get(opened["Location"])
    assert b"Bianchi" in shown.content
    assert "no-store" in shown["Cache-Control"]
    assert dpo.get(opened["Location"]).status_code == 403, "it is nobody else's"
    home = dpo.get(reverse("admin:index")).content.decode()
    review = f"{opened['Location']}review/"
    assert review in home
    assert company.staff[Role.MARKETING].username in home
    assert "Pacco" not in home
    assert marketing.get(review).status_code == 403
    assert REASON in dpo.get(review).content.decode()
    filed = dpo.post(review, {"verdict": "justified", "note": "Rischio reale, un solo sguardo"})
    assert filed.status_code == 302
    assert review not in dpo.get(reverse("admin:index")).content.decode()
    assert "Rischio reale" in dpo.get(review).content.decode()


def test_a_provision_and_an_answer_of_the_register_come_by_the_page(
    company: Company, anna: UUID, as_role: As, now: datetime
) -> None:
    dpo, page = as_role(Role.DPO), reverse("admin:provisions")
    shown = dpo.get(page).content.decode()
    assert "P15D" in shown
    assert "Hours for e-mail" in shown, "what is not set is said"
    said = {
        "parameter": "opposition.valid_for", "value": "P1M", "source": "D.M. di prova",
        "valid_from": now.date().isoformat(),
    }  # fmt: skip
    assert dpo.post(reverse("admin:provision_enter"), said).status_code == 302
    assert Provision.objects.filter(parameter="opposition.valid_for").count() == 2
    wrong = dpo.post(reverse("admin:provision_enter"), said | {"value": "due settimane"})
    assert (wrong.status_code, b"This is not a period." in wrong.content) == (200, True)
    file = SimpleUploadedFile("rpo.csv", b"numero;iscritto\n347 1234567;no\n")
    yesterday = (now.date() - timedelta(days=1)).isoformat()
    taken = dpo.post(
        reverse("admin:opposition_take"),
        {"channel": "phone", "checked_on": yesterday, "file": file},
    )
    assert taken.status_code == 302
    assert OppositionList.objects.get().matched == 1
    assert "Lines read: 1. People of ours checked: 1." in dpo.get(page).content.decode()
    assert as_role(Role.AUDITOR).post(reverse("admin:provision_enter"), said).status_code == 403
