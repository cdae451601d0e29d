"""How a person stands to the house, and what is shared with partners, on pages of the desk."""

import re
from datetime import datetime
from html import unescape
from uuid import UUID

import pytest
from django.urls import reverse

from crm import operations as crm
from crm.models import Contact, HandleLink, Membership, StageEvent
from crm.people import accounts
from governance.policy.vocabulary import Operation, Role, SubjectKind
from registry.gate import opening as gate
from tests.builders import Company, a_person
from tests.crm.console.conftest import At
from tests.crm.serving import a_case

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

LEADS, PARTNERS = "lead_management", "partnership"


def a_company_of_theirs(company: Company, name: str, *stands_as: str, now: datetime) -> UUID:
    with gate.open(company.actor(Role.AGENT), LEADS, Operation.CREATE, now=now) as access:
        made: UUID = accounts.create(
            access, kind="company", fields={"name": name}, stands_as=list(stands_as),
            source=company.source,
        ).pk  # fmt: skip
    return made


def a_lead(company: Company, now: datetime) -> UUID:
    return a_person(company, kind=SubjectKind.PROSPECT, purpose=LEADS, role=Role.SALES, now=now)


def read(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined]


def of(company: Company, subject: UUID, model: type, now: datetime) -> list:  # type: ignore[type-arg]
    with gate.open(
        company.actor(Role.AGENT), LEADS, Operation.READ, subjects=subject, now=now
    ) as access:
        return list(access.rows(model))


def test_f5_a_stage_is_moved_at_the_desk_on_what_the_file_shows(
    company: Company, now: datetime, at_desk: At
) -> None:
    lead = a_lead(company, now)
    with gate.open(
        company.actor(Role.AGENT), LEADS, Operation.UPDATE, subjects=lead, now=now
    ) as access:
        row = access.rows(Contact).get()
        row.stage = "lead"
        row.save()
    desk, page = at_desk(Role.SALES, LEADS), reverse("desk:relation", args=[lead])
    act = reverse("desk:relation_act", args=[lead])
    shown = read(desk.get(page))
    assert 'value="prospect"' in shown
    refused = desk.post(act, {"do": "stage", "stage": "prospect"})
    assert refused.status_code == 409
    assert "does not show what this stage stands for" in read(refused)
    an_interaction_of(company, lead, now)
    moved = read(desk.post(act, {"do": "stage", "stage": "prospect"}, follow=True))
    assert "The stage and its day are recorded." in moved
    assert "they turned to us" in moved
    (event,) = of(company, lead, StageEvent, now)
    assert (event.came_from, event.stage) == ("lead", "prospect")


def an_interaction_of(company: Company, lead: UUID, now: datetime) -> None:
    with gate.open(
        company.actor(Role.AGENT), LEADS, Operation.CREATE, subjects=lead, now=now
    ) as access:
        crm.record_interaction(
            access, subject=lead, channel="phone", direction="in", occurred_at=now, topic="x",
            body="x",
        )  # fmt: skip


def test_f6_a_company_is_found_joined_and_left_at_the_desk(
    company: Company, now: datetime, at_desk: At
) -> None:
    lead = a_lead(company, now)
    luce = a_company_of_theirs(company, "Luce S.p.A.", "customer", now=now)
    desk, act = at_desk(Role.SALES, LEADS), reverse("desk:relation_act", args=[lead])
    assert "Luce" not in read(desk.get(reverse("desk:relation", args=[lead])))
    found = read(desk.post(act, {"do": "find", "q": "luce"}))
    assert f'value="{luce}"' in found
    joined = desk.post(
        act, {"do": "join", "account": str(luce), "since": "2026-01-05", "job_title": "Acquisti"},
        follow=True,
    )  # fmt: skip
    assert "Luce S.p.A." in read(joined)
    assert "Acquisti" in read(joined)
    again = desk.post(act, {"do": "join", "account": str(luce)})
    assert again.status_code == 409
    desk.post(act, {"do": "leave", "account": str(luce)})
    (row,) = of(company, lead, Membership, now)
    assert row.active_to is not None
    nowhere = desk.post(act, {"do": "join", "account": str(lead)})
    assert nowhere.status_code == 404


def test_c2_a_profile_is_linked_at_the_desk_by_a_code_or_a_reason(
    company: Company, now: datetime, at_desk: At
) -> None:
    lead = a_lead(company, now)
    desk, act = at_desk(Role.SALES, LEADS), reverse("desk:relation_act", args=[lead])
    asked = read(desk.post(act, {"do": "link", "network": "x", "handle": "@anna_b"}, follow=True))
    code = re.search(r"Send (\d{6}) to the profile", asked)
    assert code
    (link,) = of(company, lead, HandleLink, now)
    wrong = "000000" if code[1] != "000000" else "111111"
    said = {"do": "confirm", "link": str(link.pk)}
    assert "not the one that was sent" in read(desk.post(act, {**said, "code": wrong}, follow=True))
    (link,) = of(company, lead, HandleLink, now)
    assert link.linked_at is None
    desk.post(act, {**said, "code": code[1]})
    (link,) = of(company, lead, HandleLink, now)
    assert (link.linked_at is None, link.shown_by) == (False, "code")
    by_word = {"do": "link", "network": "instagram", "handle": "anna.b"}
    shown = read(desk.post(act, {**by_word, "reason": "Detto al telefono"}, follow=True))
    assert "on the word of a colleague" in shown


def test_f6_what_the_purpose_does_not_use_is_not_on_the_page(
    company: Company, now: datetime, at_desk: At
) -> None:
    anna = a_person(company, orders=[now.date()], now=now)
    page = read(at_desk(Role.AGENT, "customer_care").get(reverse("desk:relation", args=[anna])))
    assert "Stages of the relation" in page
    assert "Profiles on networks" not in page
    assert "Companies they belong to" not in page


def test_f7_a_case_is_shared_at_the_desk_and_a_partner_sees_those_of_their_own_company(
    company: Company, now: datetime, at_desk: At
) -> None:
    anna = a_person(company, orders=[now.date()], now=now)
    ours = a_company_of_theirs(company, "Luce S.p.A.", "partner", now=now)
    other = a_company_of_theirs(company, "Buio S.r.l.", "partner", now=now)
    a_company_of_theirs(company, "Cliente S.r.l.", "customer", now=now)
    case, hidden = (a_case(company, anna, at=now, topic=t) for t in ("Guasto", "Altro guasto"))
    manager = at_desk(Role.MANAGER, PARTNERS)
    manager.post(
        reverse("desk:company_act", args=[ours]),
        {"do": "let_in", "user": str(company.staff[Role.PARTNER].pk)},
    )
    agent = at_desk(Role.AGENT, PARTNERS)
    page = read(agent.get(reverse("desk:case_share", args=[anna, case])))
    assert ("Luce S.p.A." in page, "Buio S.r.l." in page, "Cliente S.r.l." in page) == (
        True, True, False,
    )  # fmt: skip
    act = reverse("desk:share_act", args=[anna, case])
    agent.post(act, {"do": "share", "account": str(ours)})
    agent.post(
        reverse("desk:share_act", args=[anna, hidden]), {"do": "share", "account": str(other)}
    )
    partner = at_desk(Role.PARTNER, PARTNERS)
    assert partner.get(reverse("desk:home"))["Location"] == reverse("desk:shared")
    seen = read(partner.get(reverse("desk:shared")))
    assert "Guasto" in seen
    assert "Altro guasto" not in seen
    assert "Bianchi" not in seen, "whose it is, they need not know"
    for name, args in (("case", [anna, case]), ("person", [anna]), ("inbox", [])):
        assert partner.get(reverse(f"desk:{name}", args=args)).status_code == 403
    agent.post(act, {"do": "end", "account": str(ours)})
    assert "Nothing is shared with your company." in read(partner.get(reverse("desk:shared")))


def test_f7_a_case_is_not_shared_with_who_is_no_partner(
    company: Company, now: datetime, at_desk: At
) -> None:
    anna = a_person(company, orders=[now.date()], now=now)
    customer = a_company_of_theirs(company, "Cliente S.r.l.", "customer", now=now)
    case = a_case(company, anna, at=now)
    act = reverse("desk:share_act", args=[anna, case])
    agent = at_desk(Role.AGENT, PARTNERS)
    assert agent.post(act, {"do": "share", "account": str(customer)}).status_code == 404


def test_f7_a_company_is_made_found_and_called_what_it_is(
    company: Company, now: datetime, at_desk: At
) -> None:
    desk = at_desk(Role.AGENT, LEADS)
    said = {"name": "Ferro S.r.l.", "kind": "company", "source": company.source.pk,
            "stands_as": ["supplier"]}  # fmt: skip
    made = desk.post(reverse("desk:company_new"), said, follow=True)
    assert "Supplier" in read(made)
    account = made.redirect_chain[-1][0].rstrip("/").rsplit("/", 1)[-1]
    act = reverse("desk:company_act", args=[account])
    both = read(desk.post(act, {"do": "stand", "stands_as": "press"}, follow=True))
    assert "Press" in both
    assert account in read(desk.post(reverse("desk:companies"), {"q": "ferro"}))
