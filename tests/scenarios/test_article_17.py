"""Art. 17: what no duty keeps is erased, what a duty keeps is named, and both can be proved."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from crm.models import Contact, Order
from dsar import certificate_page, erasure_right, requests
from dsar.certificate import Certificate
from dsar.certificate_page import Later
from dsar.errors import (
    ApproverError,
    ErasureBusyError,
    ErasureStateError,
    NotIdentifiedError,
    PlanStaleError,
    ProposalOpenError,
)
from dsar.models import Erasure
from governance.crypto import keystore
from governance.policy.categories import Category
from governance.policy.vocabulary import Duty, Operation, Right, Role
from registry import search
from registry.datamap import Lookup, data_map
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import DataSubject, Disclosure, Recipient, SubjectRow
from registry.suppression import Reason
from retention import recipients
from retention.models import Notification
from tests.builders import NOW, Company, a_company, a_consent, a_person, an_interaction
from tests.dsar import acts, erasing
from tests.dsar.acts import ask, ask_and_identify, copy_of, data_of, fulfilled, rows_by_sql
from tests.dsar.erasing import approved
from tests.scenarios.answering import LANGUAGES, the_letter

ORDERED = date(2026, 3, 2)
LATER = NOW + timedelta(minutes=11)  # after the lease of a worker that died


@pytest.fixture
def company(fresh_database: None) -> Company:
    """Committed: the log is signed while an erasure is under way."""
    return a_company()


@pytest.fixture
def anna(company: Company) -> UUID:
    return a_customer(company, "Anna", "Bianchi")


def a_customer(company: Company, given: str, family: str) -> UUID:
    subject = a_person(
        company, given=given, family=family, phone="+39 347 123 4567", orders=[ORDERED]
    )
    an_interaction(company, subject, body=f"Sono {given} {family}, la lampada non si accende")
    a_consent(company, subject)
    return subject


def carried_out(company: Company, erasure: Erasure, *, now: datetime = NOW) -> Erasure:
    return erasing.carried_out(company, erasure.pk, now=now)


def certified(company: Company, erasure: Erasure) -> dict[str, Any]:
    assert carried_out(company, erasure).state == "certified"
    (issued,) = erasing.certificates(company, erasure.pk)
    return issued


def whole_database(company: Company) -> list[tuple[str, str]]:
    """Every row of every table of the data map, with every value that a remaining key opens."""
    found = []
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, reference=company.controller.pk, now=NOW
    ) as access:
        for holding in data_map():
            if holding.whole:
                continue
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT t::text FROM "{holding.table}" t')
                found += [(holding.model, text) for (text,) in cursor.fetchall()]
            if issubclass(holding.model_class, SubjectRow):
                rows = holding.model_class.objects.all()
                found += [(holding.model, str(access.values(row))) for row in rows]
    return found


def where(database: list[tuple[str, str]], needle: str) -> set[str]:
    return {model for model, text in database if needle.lower() in text.lower()}


def test_the_plan_is_shown_before_anything_is_destroyed(company: Company, anna: UUID) -> None:
    before = rows_by_sql(company, anna)
    request = ask_and_identify(company, Right.ERASURE)
    erasure = erasure_right.plan(request.pk, company.actor(Role.DPO), NOW)
    decisions = {
        (h["table"], h["decision"], h["ground"], h["law"], h["until"], h["count"])
        for h in erasure.plan["holdings"]
    }
    assert decisions == {
        ("crm_contact", "erased", "", "", None, 1),
        ("crm_contactpoint", "erased", "", "", None, 2),
        ("crm_interaction", "erased", "", "", None, 1),
        ("registry_consentevent", "erased", "", "", None, 1),
        ("registry_consentstanding", "erased", "", "", None, 1),
        ("registry_qualifyingevent", "erased", "", "", None, 1),
        ("crm_order", "kept", "17(3)(b)", "art. 2220 c.c.", "2036-03-02", 1),
        ("crm_orderline", "kept", "17(3)(b)", "art. 2220 c.c.", "2036-03-02", 1),
        ("dsar_subjectrequest", "kept", "17(3)(b)", LAW_OF_FILES, None, 1),
        ("dsar_identityproof", "kept", "17(3)(b)", LAW_OF_FILES, None, 1),
        ("dsar_erasure", "kept", "17(3)(b)", LAW_OF_FILES, None, 1),
    }
    assert len(erasure.plan_hash) == 64
    after = rows_by_sql(company, anna)
    for made in ("SubjectRequest", "IdentityProof", "Erasure"):
        del after[f"dsar.{made}"]
    assert after == before


LAW_OF_FILES = "art. 28 L. 689/1981 (prescrizione delle sanzioni)"


def test_after_it_the_person_is_found_only_where_the_certificate_says(
    company: Company, anna: UUID
) -> None:
    control = a_customer(company, "Carla", "Verdi")
    before = rows_by_sql(company, control, derived=True)
    issued = certified(company, approved(company))
    database = whole_database(company)

    file = {"dsar.SubjectRequest", "dsar.Correspondence"}  # the answer, and where it went
    assert where(database, "bianchi") == {"crm.Order", *file}
    assert where(database, "anna.bianchi@example.it") == file
    assert where(database, "lampada non si accende") == {"crm.Interaction"}  # Carla's
    assert where(database, "Sono Anna") == set()
    assert where(database, "Sono Carla") == {"crm.Interaction"}
    assert where(database, "carla.verdi@example.it") == {"crm.ContactPoint"}
    kept = {line["title_en"] for line in issued["records"] if line["result"] == "kept"}
    assert kept == {
        "Orders and invoices", "Order lines", "Requests about own data", "Letters about requests",
        "Erasures", "How we checked who asks",
    }  # fmt: skip
    assert rows_by_sql(company, control, derived=True) == before


def test_keys_of_what_was_erased_are_gone_and_those_of_what_is_kept_live(
    company: Company, anna: UUID
) -> None:
    erasure = approved(company)
    assert keystore.surviving_scopes(company.controller.pk, anna) == {
        "ordinary",
        "fiscal",
        "request",
        "audit",
    }
    issued = certified(company, erasure)
    assert keystore.surviving_scopes(company.controller.pk, anna) == {"fiscal", "request", "audit"}
    assert issued["scopes"] == [
        {"scope": "audit", "until": None},
        {"scope": "fiscal", "until": "2036-03-02"},
        {"scope": "request", "until": "2031-11-23"},
    ]
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=anna, now=NOW):
        assert Order.objects.get(subject=anna).billing_name == "Anna Bianchi"
        assert DataSubject.objects.get(pk=anna).status == "erased"


def test_the_certificate_names_each_field_with_ground_law_and_day(
    company: Company, anna: UUID
) -> None:
    erasure = approved(company)
    issued = certified(company, erasure)
    records = {line["title_it"]: line for line in issued["records"]}
    contact = {f["name"]: f["result"] for f in records["Anagrafica"]["fields"]}
    assert contact["given_name"] == contact["family_name"] == contact["stage"] == "erased"
    assert contact["iban"] == contact["birth_date"] == "not_held"
    order = records["Ordini e fatture"]
    assert (order["ground"], order["law"], order["until"]) == (
        "17(3)(b)",
        "art. 2220 c.c.",
        "2036-03-02",
    )
    assert {f["name"]: f["result"] for f in order["fields"]}["billing_name"] == "kept"
    assert {f["name"]: f["result"] for f in order["fields"]}["billing_street"] == "not_held"
    file = records["Richieste sui propri dati"]
    assert (file["law"], file["until"]) == (LAW_OF_FILES, "2031-11-23")
    assert {e["title_it"] for e in issued["not_held"]} >= {"Opposizioni"}
    assert issued["verification"]["result"] == "verified"
    assert issued["plan_hash"] == erasure.plan_hash
    assert "Bianchi" not in str(issued)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("it", ["Certificato di cancellazione", "Ordini e fatture", "2 marzo 2036",
                "art. 2220 c.c.", "Anagrafica"]),
        ("en", ["Certificate of erasure", "Orders and invoices", "2 March 2036",
                "art. 2220 c.c.", "Master data"]),
    ],
)  # fmt: skip
def test_the_certificate_can_be_read(
    company: Company, anna: UUID, language: str, expected: list[str]
) -> None:
    issued = Certificate(certified(company, approved(company)), "")
    page = certificate_page.page(issued, Later(), language=language)
    assert [text for text in expected if text not in page] == []


def test_a_copy_that_was_handed_over_dies_with_the_data(company: Company, anna: UUID) -> None:
    dpo = company.actor(Role.DPO)
    package = fulfilled(company, ask_and_identify(company))
    with gate.duty(dpo, Duty.ANSWERING, reference=anna, now=NOW) as access:
        stored = access.rows(type(package)).get().content
    done = carried_out(company, approved(company))
    assert done.state == "certified"
    assert "dsar.AccessPackage" not in rows_by_sql(company, anna, derived=True)

    from dsar.package import opened_copy
    from governance.crypto.errors import KeyDestroyedError

    # What a backup would bring back does not open any more.
    with (
        gate.duty(dpo, Duty.ANSWERING, reference=anna, now=NOW) as access,
        pytest.raises(KeyDestroyedError),
    ):
        opened_copy(access, anna, package.pk, stored)


def test_the_memory_of_deletions_knows_the_addresses_and_cannot_say_them(
    company: Company, anna: UUID
) -> None:
    carried_out(company, approved(company))
    emails = ("anna.bianchi@example.it", "ANNA.BIANCHI@example.it ", "joanna.bianchi@example.it")
    because = {Reason.ERASED}
    assert acts.remembered(company, Lookup.EMAIL, *emails) == dict.fromkeys(emails[:2], because)
    phone = "0039 3471234567"
    assert acts.remembered(company, Lookup.PHONE, phone) == {phone: because}
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=anna, now=NOW):
        held = search.subjects_with(company.controller.pk, Lookup.EMAIL, emails[0])
        assert not held.exists()


def test_nobody_can_write_about_the_person_any_more(company: Company, anna: UUID) -> None:
    carried_out(company, approved(company))
    with (
        pytest.raises(GateRefusedError) as refused,
        gate.open(
            company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=anna, now=NOW
        ),
    ):
        pass
    assert refused.value.code == "subject_erased"


def test_an_erased_person_who_asks_again_is_told_what_is_still_kept(
    company: Company, anna: UUID
) -> None:
    carried_out(company, approved(company))
    request = ask_and_identify(company, subject=anna)
    groups = {g["record"]: len(g["rows"]) for g in data_of(copy_of(company, request))["groups"]}
    assert groups == {
        "crm.Order": 1,
        "crm.OrderLine": 1,
        "dsar.IdentityProof": 2,
        "dsar.SubjectRequest": 2,
        "dsar.Correspondence": 1,
        "dsar.Erasure": 1,
    }


def test_only_the_dpo_approves_and_only_what_was_shown(company: Company, anna: UUID) -> None:
    dpo, legal = company.actor(Role.DPO), company.actor(Role.LEGAL)
    request = ask_and_identify(company, Right.ERASURE)
    first = erasure_right.plan(request.pk, legal, NOW)
    with pytest.raises(ApproverError):
        erasure_right.approve(first.pk, legal, shown=first.plan_hash, now=NOW)
    with pytest.raises(ErasureStateError):
        carried_out(company, first)
    an_interaction(company, anna, body="ancora una cosa")
    with pytest.raises(PlanStaleError):
        erasure_right.approve(first.pk, dpo, shown=first.plan_hash, now=NOW)
    with pytest.raises(PlanStaleError):  # a second click does not approve the new plan unread
        erasure_right.approve(first.pk, dpo, shown=first.plan_hash, now=NOW)
    read = erasure_right.plan(request.pk, dpo, NOW)
    assert read.plan_hash != first.plan_hash
    again = erasure_right.approve(first.pk, dpo, shown=read.plan_hash, now=NOW)
    assert again.state == "approved"


def test_a_row_added_after_the_approval_stops_the_erasure_before_it_begins(
    company: Company, anna: UUID
) -> None:
    erasure = approved(company)
    an_interaction(company, anna, body="scritto nel frattempo")
    with pytest.raises(PlanStaleError):
        carried_out(company, erasure)
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=anna, now=NOW):
        assert DataSubject.objects.get(pk=anna).status == "active"
        assert Contact.objects.get(subject=anna).given_name == "Anna"
    read = erasure_right.plan(erasure.request_id, company.actor(Role.DPO), NOW)
    approved_again = erasure_right.approve(
        read.pk, company.actor(Role.DPO), shown=read.plan_hash, now=NOW
    )
    assert carried_out(company, approved_again, now=LATER).state == "certified"


def test_an_erasure_of_an_unidentified_person_is_not_planned(company: Company, anna: UUID) -> None:
    with pytest.raises(NotIdentifiedError):
        erasure_right.plan(ask(company, Right.ERASURE).pk, company.actor(Role.DPO), NOW)


def test_where_nothing_is_held_the_certificate_says_so(company: Company, anna: UUID) -> None:
    request = ask(company, Right.ERASURE, email="nobody@example.it", name="Nessuno")
    erasure = erasure_right.plan(request.pk, company.actor(Role.DPO), NOW)
    erasure_right.approve(erasure.pk, company.actor(Role.DPO), shown=erasure.plan_hash, now=NOW)
    issued = certified(company, erasure)
    assert [line["result"] for line in issued["records"]] == ["kept"] * 3
    assert rows_by_sql(company, anna)["crm.Contact"]


class Killed(BaseException):
    """What a kill looks like from inside: nothing after it runs."""


def dying_at(number: int) -> tuple[Callable[..., Any], list[int]]:
    """Return a wrapper of the database that dies at a statement, and its count so far."""
    count = [0]

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        count[0] += 1
        if count[0] == number:
            raise Killed
        return execute(sql, params, many, context)

    return wrapper, count


def test_a_worker_killed_anywhere_is_followed_by_one_that_finishes(
    company: Company, anna: UUID
) -> None:
    counting, count = dying_at(0)
    erasure = approved(company)
    with connection.execute_wrapper(counting):
        carried_out(company, erasure)
    expected = without_times(certified(company, erasure))
    busy = 0
    for step, at in enumerate(range(5, count[0], max(1, count[0] // 12))):
        name = f"Zoe{'abcdefghijklmnop'[step]}"
        a_customer(company, name, "Neri")
        erasure = approved(company, email=f"{name}.neri@example.it".lower(), name="Neri")
        dying, _ = dying_at(at)
        with connection.execute_wrapper(dying), pytest.raises(Killed):
            carried_out(company, erasure)
        try:
            carried_out(company, erasure)
        except ErasureBusyError:  # it died with the lease in its hands
            busy += 1
        done = carried_out(company, erasure, now=LATER)
        assert done.state == "certified"
        (issued,) = erasing.certificates(company, erasure.pk)
        assert without_times(issued) == expected
        carried_out(company, erasure, now=LATER)
        assert erasing.certificates(company, erasure.pk) == [issued]
    assert busy > 3


def without_times(issued: dict[str, Any]) -> dict[str, Any]:
    changing = {
        "erasure",
        "reference",
        "planned_at",
        "approved_at",
        "certified_at",
        "plan_hash",
        "receipt",
        "logical_at",
        "physical_by",
        "commitment",
    }
    return {k: v for k, v in issued.items() if k not in changing}


def test_recipients_of_what_was_erased_are_told_by_what_they_call_the_person(
    company: Company, anna: UUID
) -> None:
    """The courier had the address, the accountant what an invoice keeps: one is told all."""
    for role, purpose, name in (
        (Role.AGENT, "order_management", "Corriere"), (Role.LEGAL, "accounting", "Commercialista"),
    ):  # fmt: skip
        to = Recipient.objects.get(controller=company.controller, name=name)
        with gate.open(
            company.actor(role), purpose, Operation.EXPORT, subjects=anna, recipient=to.pk, now=NOW
        ) as access:
            list(access.rows(Order))
            access.names_outside = {anna: f"{name}-88"}
    erasure = carried_out(company, approved(company))
    assert erasure.state == "certified"
    kept = {
        Category(c)
        for h in erasure.plan["holdings"] if h["decision"] == "kept"
        for _field, c in h["fields"]
    }  # fmt: skip
    assert kept, "an invoice is"
    notice = Notification.objects.get(recipient__name="Corriere")
    assert (notice.job, notice.state) == (erasure.pk, "manual")
    assert recipients.known_as(notice) == ["Corriere-88"], "although the person's keys are gone"
    assert "communications" in notice.categories
    assert not set(notice.categories) & kept
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        left = {d.recipient.name: (set(d.categories), d.external_id)
                for d in access.rows(Disclosure).select_related("recipient")}  # fmt: skip
    accounting = {Category.NAME, Category.POSTAL_ADDRESS, Category.NATIONAL_ID,
                  Category.CUSTOMER_NUMBER, Category.PURCHASES}  # fmt: skip
    assert left["Commercialista"] == (accounting & kept, "Commercialista-88")
    assert left["Corriere"][0] <= kept


@LANGUAGES
def test_the_answer_leaves_as_a_letter_that_says_what_went_and_what_stays_and_why(
    company: Company, anna: UUID, language: str
) -> None:
    certified(company, approved(company, language=language))
    text = the_letter(company, language, now=LATER)
    went, stays = {
        "it": ("Abbiamo cancellato", "fino al 2 marzo 2036"),
        "en": ("We have erased", "until 2 March 2036"),
    }[language]
    before, _heading, after = text.partition({"it": "Conserviamo", "en": "We keep"}[language])
    assert went in before
    assert stays in after
    assert "Art. 17(3)(b), art. 2220 c.c." in after
    assert not any(value in text for value in ("Anna", "Bianchi", "347")), text


def test_an_erasure_waits_while_its_refusal_is_proposed(company: Company, anna: UUID) -> None:
    request = ask_and_identify(company, Right.ERASURE)
    dpo = company.actor(Role.DPO)
    erasure = erasure_right.plan(request.pk, dpo, NOW)
    requests.refuse(request.pk, ground="excessive", reasons="La quarta volta.", by=dpo, now=NOW)
    with pytest.raises(ProposalOpenError):
        erasure_right.approve(erasure.pk, dpo, shown=erasure.plan_hash, now=NOW)
