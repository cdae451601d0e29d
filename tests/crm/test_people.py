"""The people a company serves: rows F1, F2, F5, F6, F7, F15, F19, C2, O3, O20."""

import ast
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from crm import operations as crm
from crm.models import (
    Account,
    Contact,
    ContactPoint,
    HandleLink,
    Interaction,
    Membership,
    Order,
    StageEvent,
)
from crm.people import accounts, handles, provenance, stages, timeline, wording
from crm.people.errors import (
    CodeWrongError,
    HandleNotShownError,
    HandleTakenError,
    MembershipStateError,
    StageNotReachedError,
    UserOfOtherAccountError,
)
from crm.service import operations as service
from dsar import requests
from dsar.gathering import gather
from dsar.identity import Requester
from governance.policy.categories import Category
from governance.policy.decisions import Refusal
from governance.policy.lifecycle import LifeStage
from governance.policy.vocabulary import (
    Channel,
    ConsentState,
    Duty,
    Operation,
    Right,
    Role,
    SubjectKind,
)
from governance.policy.wording import Chosen, Why, Wording
from registry import consent
from registry.datamap import data_map
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.errors import GateRefusedError
from registry.models import DataSubject, Sending
from tests.builders import NOW, Company, a_consent, a_person, amend, an_interaction

pytestmark = pytest.mark.django_db
BOUGHT = (date(2026, 10, 1),)
REPOSITORY = Path(__file__).parents[2]


def opened(
    company: Company,
    subject: UUID | None,
    *,
    purpose: str = "order_management",
    operation: Operation = Operation.UPDATE,
    role: Role = Role.AGENT,
    now: datetime = NOW,
) -> AbstractContextManager[Access]:
    return gate.open(company.actor(role), purpose, operation, subjects=subject, now=now)


def whole(company: Company, subject: UUID, now: datetime = NOW) -> AbstractContextManager[Access]:
    return gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=now
    )


# F1, F2


STORE = {"Contact", "ContactPoint", "Account", "Membership"}
MANAGERS = {"objects", "_default_manager", "_base_manager"}


def test_f1_nothing_outside_the_store_and_its_api_asks_the_contacts_past_an_access() -> None:
    apart = ("crm/", "api/v1/", "governance/demo/", "tests/", "bench/", ".venv/", "var/")
    past = []
    for path in sorted(REPOSITORY.rglob("*.py")):
        place = path.relative_to(REPOSITORY).as_posix()
        nodes = (
            [] if place.startswith(apart) else list(ast.walk(ast.parse(path.read_text("utf-8"))))
        )
        store = {
            (alias.asname or alias.name)
            for node in nodes
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("crm.models")
            for alias in node.names
            if alias.name in STORE
        }
        for node in nodes:
            if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
                named = node.value.id if isinstance(node.value, ast.Name) else ""
                past += [f"{place}: {named}"] if named in store else []
    assert past == []


def test_f1_an_address_is_held_once_so_that_a_change_shows_everywhere_at_once() -> None:
    holding = {
        f"{h.model}.{name}"
        for h in data_map().about_people()
        for name, said in h.personal().items()
        if said.category is Category.EMAIL and h.model.startswith("crm.")
    }
    assert holding == {"crm.ContactPoint.email"}


def test_f2_order_case_call_and_campaign_are_in_one_list_by_time(company: Company) -> None:
    anna = a_person(company, orders=BOUGHT)
    an_interaction(company, anna, body="Pronto", at=NOW - timedelta(days=3))
    with opened(company, anna, purpose="customer_care") as access:
        service.open_case(
            access, service.NewCase("Lampada rotta"), subject=anna, purpose="customer_care"
        )
    with whole(company, anna):
        Sending(
            controller_id=company.controller.pk, subject_id=anna, channel=Channel.EMAIL,
            purpose=company.purpose("newsletter"), at=NOW - timedelta(days=10), collected_at=NOW,
        ).save()  # fmt: skip
    with opened(company, anna, operation=Operation.READ) as access:
        entries, more = timeline.page(access, size=10)
        assert [e.kind for e in entries] == ["case", "interaction", "sending", "order"]
        assert [e.at for e in entries] == sorted((e.at for e in entries), reverse=True)
        assert more is None
        first, position = timeline.page(access, size=3)
        rest, end = timeline.page(access, size=3, before=position)
        assert [e.row.pk for e in [*first, *rest]] == [e.row.pk for e in entries]
        assert end is None
    with whole(company, anna) as access:  # who may see consents sees them in it
        a_kind = {kind.name for kind in timeline.granted(access)}
    assert a_kind == {kind.name for kind in timeline.KINDS}


# F5, O20


def test_f5_a_lead_becomes_a_customer_with_one_id_and_one_history(company: Company) -> None:
    ugo = a_person(
        company, given="Ugo", kind=SubjectKind.PROSPECT, purpose="lead_management", role=Role.SALES
    )
    with whole(company, ugo):
        Contact.objects.filter(subject=ugo).update(stage="lead")
    lead = {"purpose": "lead_management", "role": Role.SALES}
    with opened(company, ugo, **lead) as access:
        with pytest.raises(StageNotReachedError):
            stages.move(access, ugo, LifeStage.PROSPECT)  # has not turned to us yet
        crm.record_interaction(
            access, subject=ugo, channel=Channel.PHONE, direction="in", occurred_at=NOW,
            topic="Preventivo", body="Vorrei un preventivo",
        )  # fmt: skip
        stages.move(access, ugo, LifeStage.PROSPECT)
        with pytest.raises(StageNotReachedError):
            stages.move(access, ugo, LifeStage.CUSTOMER)  # no contract
        consent.qualify(access, subject=ugo, kind="contract", at=NOW)
    with opened(company, ugo, now=NOW + timedelta(days=1), **lead) as access:
        stages.move(access, ugo, LifeStage.CUSTOMER)
        assert stages.move(access, ugo, LifeStage.CUSTOMER) is None
        told = [(one.stage, one.ground) for one in stages.history(access, ugo)]
        assert access.rows(Interaction).count() == 1
        assert access.rows(Contact).get().subject_id == ugo
        assert told == [("lead", ""), ("prospect", "turned_to_us"), ("customer", "contract")]
    with opened(company, ugo, operation=Operation.READ, now=NOW + timedelta(days=1)) as access:
        assert access.rows(Interaction).count() == 1  # for the contract too, under the same id
    with whole(company, ugo) as access:
        assert DataSubject.objects.get(pk=ugo).kind == SubjectKind.CUSTOMER
        refused = pytest.raises(DatabaseError, match="stays as it was")
        with refused, transaction.atomic():
            StageEvent.objects.filter(subject=ugo).update(stage="former")
        assert "crm.StageEvent" in {group.record for group in gather(access, ugo).groups}


def test_o20_each_stage_has_the_purposes_that_the_register_has_for_it(company: Company) -> None:
    ugo = a_person(
        company, given="Ugo", kind=SubjectKind.PROSPECT, purpose="lead_management", role=Role.SALES
    )
    with opened(company, ugo, purpose="lead_management", role=Role.SALES) as access:
        of_lead = stages.purposes_of(access, LifeStage.LEAD)
        of_customer = stages.purposes_of(access, LifeStage.CUSTOMER)
    assert "order_management" in of_customer
    assert "order_management" not in of_lead
    assert "lead_management" in of_lead
    with pytest.raises(GateRefusedError) as refused, opened(company, ugo):
        pass
    assert refused.value.code == "subject_not_covered"


# F6, F7


def an_account(company: Company, *roles: str) -> UUID:
    with opened(company, None, operation=Operation.CREATE) as access:
        account = accounts.create(
            access, kind="company", fields={"name": "Luce S.p.A."}, stands_as=list(roles),
            source=company.source,
        )  # fmt: skip
        assert accounts.roles(access, account) == sorted(roles)
    return account.pk


def file_of(company: Company, account: UUID) -> UUID:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        subject: UUID = Account.objects.get(pk=account).subject_id
    return subject


def test_f6_a_person_is_served_without_an_account_and_with_several(company: Company) -> None:
    consumer = a_person(company, given="Ugo", orders=BOUGHT)
    buyer = a_person(company, given="Pia", email="pia@luce.example", orders=BOUGHT,
                     kind=SubjectKind.COMPANY_CONTACT)  # fmt: skip
    one, other = an_account(company, "customer"), an_account(company, "supplier")
    with opened(company, consumer, operation=Operation.READ) as access:
        assert access.rows(Order).count() == 1
        assert not access.rows(Membership).exists()
    with opened(company, buyer) as access:
        accounts.join(access, buyer, one, since=date(2026, 1, 1), job_title="Acquisti")
        accounts.join(access, buyer, other, since=date(2026, 2, 1))
        with pytest.raises(MembershipStateError):
            accounts.leave(access, buyer, other, on=date(2026, 1, 1))
        accounts.leave(access, buyer, other, on=date(2026, 3, 1))
        with pytest.raises(MembershipStateError):
            accounts.leave(access, buyer, other, on=date(2026, 4, 1))
        spans = access.rows(Membership).order_by("active_from").values_list("active_to", flat=True)
        assert list(spans) == [None, date(2026, 3, 1)]


def test_f6_the_contact_of_a_company_is_found_by_email_and_answered(company: Company) -> None:
    buyer = a_person(company, given="Pia", email="pia@luce.example", orders=BOUGHT,
                     kind=SubjectKind.COMPANY_CONTACT)  # fmt: skip
    account = an_account(company, "customer")
    with opened(company, buyer) as access:
        accounts.join(access, buyer, account, since=date(2026, 1, 1), job_title="Acquisti")
    request = requests.receive(
        company.actor(Role.DPO), right=Right.ACCESS, channel="email", received_at=NOW,
        language="it", requester=Requester("Pia", "PIA@luce.example", "", ""), now=NOW,
    )  # fmt: skip
    assert request.subject_id == buyer
    with whole(company, buyer) as access:
        held = {group.record: group for group in gather(access, buyer).groups}
    cells = {cell.name: cell.value for cell in held["crm.Membership"].rows[0].cells}
    assert cells["job_title"] == "Acquisti"
    assert cells["active_from"] == "2026-01-01"


def test_f7_an_account_is_several_things_and_a_partner_sees_its_own_shared_cases(
    company: Company,
) -> None:
    anna = a_person(company, orders=BOUGHT)
    ugo = a_person(company, given="Ugo", orders=BOUGHT)
    mine, others = an_account(company, "partner", "supplier"), an_account(company, "partner")
    amend(company, "customer_care", roles=["agent", "partner", "system"])
    partner, lead = company.staff[Role.PARTNER], {"purpose": "lead_management"}
    cases = {}
    for subject in (anna, ugo):
        with opened(company, subject, purpose="customer_care") as access:
            cases[subject] = service.open_case(
                access, service.NewCase("Guasto"), subject=subject, purpose="customer_care"
            )
            account = mine if subject == anna else others
            accounts.share(access, cases[subject], account, by=company.staff[Role.AGENT])
    with opened(company, file_of(company, mine), **lead) as access:
        accounts.let_in(access, access.rows(Account).get(), partner)

    def seen() -> list[UUID]:
        people = accounts.shared_people(partner.pk)
        with gate.open(
            company.actor(Role.PARTNER), "customer_care", Operation.LIST, subjects=people, now=NOW
        ) as access:
            return [case.pk for case in accounts.shared_cases(access, partner.pk)]

    assert seen() == [cases[anna].pk]
    with opened(company, file_of(company, others), **lead) as access:
        with pytest.raises(UserOfOtherAccountError):
            accounts.let_in(access, access.rows(Account).get(), partner)
    with opened(company, anna, purpose="customer_care") as access:
        assert accounts.take_back(access, cases[anna], mine) == 1
    assert seen() == []


# C2, O3


def test_c2_a_handle_is_linked_by_a_code_by_the_network_or_by_an_agents_reason(
    company: Company,
) -> None:
    anna, ugo = a_person(company, orders=BOUGHT), a_person(company, given="Ugo", orders=BOUGHT)
    controller, lead = company.controller.pk, {"purpose": "lead_management"}
    with opened(company, anna, **lead) as access:
        link, code = handles.ask(access, anna, network="x", handle="@anna_b")
        assert handles.whose(controller, "x", "anna_b") is None  # nothing shown yet
        wrong = "000000" if code != "000000" else "111111"
        assert not handles.confirm(access, link.pk, wrong)
        assert handles.confirm(access, link.pk, code)
        assert handles.whose(controller, "x", "@Anna_B") == anna
        point = access.rows(ContactPoint).get(kind="social")
        assert (point.handle, point.verified_at) == ("@anna_b", NOW)
        handles.vouched(access, anna, network="facebook", handle="anna.b", proof="fb-4711")
    agent = company.staff[Role.AGENT]
    with opened(company, ugo, **lead) as access:
        with pytest.raises(HandleTakenError):
            handles.vouch(access, ugo, network="x", handle="anna_b", by=agent, reason="Sua")
        with pytest.raises(HandleNotShownError):
            handles.vouch(access, ugo, network="x", handle="ugo", by=agent, reason=" ")
        with pytest.raises(HandleNotShownError):
            handles.vouched(access, ugo, network="x", handle="ugo", proof="")
        handles.vouch(access, ugo, network="x", handle="ugo", by=agent, reason="Detto in negozio")
        assert handles.whose(controller, "x", "ugo") == ugo
        shown = set(access.rows(HandleLink).values_list("shown_by", "linked_by"))
        assert shown == {("agent", agent.pk)}


def test_c2_a_code_ends_after_half_an_hour_and_five_tries(company: Company) -> None:
    anna = a_person(company, orders=BOUGHT)
    with opened(company, anna, purpose="lead_management") as access:
        link, code = handles.ask(access, anna, network="x", handle="anna_b")
        wrong = "000000" if code != "000000" else "111111"
        assert [handles.confirm(access, link.pk, wrong) for _ in range(5)] == [False] * 5
        with pytest.raises(CodeWrongError):
            handles.confirm(access, link.pk, code)
        late, code = handles.ask(access, anna, network="instagram", handle="anna_b")
    later = NOW + timedelta(minutes=31)
    with opened(company, anna, purpose="lead_management", now=later) as access:
        with pytest.raises(CodeWrongError):
            handles.confirm(access, late.pk, code)
        unlinked = pytest.raises(IntegrityError, match="linked_handle_has_its_point")
        with unlinked, transaction.atomic():
            HandleLink.objects.filter(pk=late.pk).update(linked_at=later)


def test_o3_each_attribute_shows_where_it_came_from_and_since_when(company: Company) -> None:
    anna = a_person(company, orders=BOUGHT)
    later = NOW + timedelta(days=2)
    with opened(company, anna, now=later) as access:
        crm.update_contact(access, access.rows(Contact).get(), {"job_title": "Architetta"})
    with opened(company, anna, operation=Operation.READ, now=later) as access:
        held = {a.name: a for a in provenance.of(access, anna)}
    given, job = held["crm.Contact.given_name"], held["crm.Contact.job_title"]
    assert (given.source, given.at) == ("Interessato", NOW)
    assert (job.source, job.at) == ("", later)
    assert held["crm.ContactPoint.email"].source == "Interessato"
    assert {a.origin for a in held.values()} == {"provided", "observed"}


# F15, F19

BODIES = [
    Wording("it", "Novità per Lei"), Wording("en", "News for you"),
    Wording("it", "Nuove lampade", "lampade"),
]  # fmt: skip


def chosen(company: Company, subject: UUID, **more: object) -> Chosen:
    with gate.open(
        company.actor(Role.MARKETING), "newsletter", Operation.READ, subjects=subject, now=NOW
    ) as access:
        return wording.choose(access, subject, BODIES, **more)


def test_f15_language_and_declared_interests_choose_the_wording(company: Company) -> None:
    anna = a_person(company, orders=BOUGHT)
    a_consent(company, anna)
    assert chosen(company, anna).wording.body == "Novità per Lei"
    with whole(company, anna) as access:
        contact = access.rows(Contact).get()
        contact.language, contact.interests = "en", "sedie"
        contact.save()
    assert chosen(company, anna).wording.body == "News for you"
    with whole(company, anna) as access:
        contact = access.rows(Contact).get()
        contact.language, contact.interests = "it", "sedie, Lampade"
        contact.save()
    assert chosen(company, anna) == Chosen(BODIES[2], Why.DECLARED)


def test_f19_without_a_basis_for_profiling_everybody_gets_the_same_and_is_told_why(
    company: Company,
) -> None:
    anna = a_person(company, orders=BOUGHT)
    a_consent(company, anna)
    concluded = {"inferred": ["lampade"]}
    assert chosen(company, anna, **concluded) == Chosen(
        BODIES[0], Why.NO_PROFILING, Refusal.NO_ACTIVE_ACTIVITY
    )
    other = a_person(company, given="Ugo", orders=BOUGHT)
    a_consent(company, other)
    a_consent(company, other, state=ConsentState.WITHDRAWN, at=NOW + timedelta(minutes=1))
    with opened(company, other, operation=Operation.READ) as access:
        refused = wording.choose(access, other, BODIES, **concluded, profiling="newsletter")
    assert refused == Chosen(BODIES[0], Why.NO_PROFILING, Refusal.NO_CONSENT)
    allowed = chosen(company, anna, **concluded, profiling="newsletter")
    assert allowed == Chosen(BODIES[2], Why.INFERRED)
