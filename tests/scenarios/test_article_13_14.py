"""Art. 13, 14: people are told, in a version that somebody else approved, and it is known whom."""

from datetime import date, datetime, timedelta

import pytest
from django.db import InternalError, ProgrammingError, transaction
from django.utils import translation

from crm import operations as crm
from dsar import notice
from dsar.gathering import gather
from governance.policy.notifications import Telling
from governance.policy.vocabulary import Channel, Duty, Operation, Role
from registry import consent, notices, operations
from registry.gate import opening as gate
from registry.gate.disclosing import To
from registry.gate.errors import GateRefusedError
from registry.gate.facts import notice_due_on
from registry.models import DataSource, DataSubject, PrivacyNotice
from registry.notices import NoticeApprovalError, NoticeOutdatedError, Told
from retention import rules
from tests.builders import NOW, Company, a_consent, a_person, amend

ONE_MONTH = date(2026, 12, 23)  # from 23 November 2026


def approved(company: Company) -> PrivacyNotice:
    version = notice.draft(company.controller, by=company.staff[Role.DPO], now=NOW)[0]
    notice.approve(company.controller, version.number, by=company.staff[Role.LEGAL], now=NOW)
    found = notices.in_force(company.controller.pk, "it")
    assert found is not None
    return found


def from_a_fair(company: Company) -> DataSource:
    source = operations.add_source(
        controller=company.controller, name="Fiera", kind="import",
        by=company.staff[Role.DPO], now=NOW,
    )  # fmt: skip
    operations.verify_source(source=source, by=company.staff[Role.DPO], now=NOW)
    return source


def owed(company: Company) -> list[tuple[object, date]]:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        return list(notices.owed().values_list("pk", "tell_by"))


def test_the_notice_says_every_item_of_13_and_14(company: Company) -> None:
    with translation.override("it"):
        text = notice.text(company.controller, now=NOW)
    for item in (
        company.controller.name, company.controller.email,  # 13(1)(a)
        "Inviare novità e offerte", "il Suo consenso, art. 6(1)(a)",  # 13(1)(c)
        "interesse a sviluppare rapporti commerciali",  # 13(1)(d)
        "Chi li riceve: ",  # 13(1)(e)
        "10 anni dalla data del documento",  # 13(2)(a)
        "Può vedere, correggere, cancellare",  # 13(2)(b)
        "Può revocare il consenso in ogni momento",  # 13(2)(c)
        "Garante per la protezione dei dati personali",  # 13(2)(d)
        "Servono al contratto", "Li richiede una legge", "È libero di non darli",  # 13(2)(e)
        "Non prendiamo decisioni su di Lei soltanto in modo automatizzato",  # 13(2)(f)
        "Dati: nome, indirizzo e-mail",  # 14(1)(d)
        "Da dove provengono: Sistema gestionale precedente; da Lei",  # 14(2)(f)
        "Può opporsi al marketing diretto",  # 21(4)
    ):  # fmt: skip
        assert item in text, item
    assert "Amministrazione del personale" not in text  # staff are told apart


def test_a_machine_that_decides_says_how_and_what_it_means(company: Company) -> None:
    amend(
        company, "customer_care", automated_decisions=True,
        decision_logic="Conta i reclami.", decision_significance="Oltre tre, niente rimborso.",
    )  # fmt: skip
    with translation.override("it"):
        text = notice.text(company.controller, now=NOW)
    assert "Come decide: Conta i reclami." in text
    assert "Che cosa significa per Lei: Oltre tre, niente rimborso." in text
    assert "riesaminare una tale decisione da una persona" in text
    assert "Non prendiamo decisioni su di Lei" not in text


def test_a_version_is_approved_by_somebody_else_and_says_what_the_register_says(
    company: Company,
) -> None:
    dpo, legal = company.staff[Role.DPO], company.staff[Role.LEGAL]
    first = notice.draft(company.controller, by=dpo, now=NOW)
    assert [(v.number, v.language) for v in first] == [(1, "en"), (1, "it")]
    with pytest.raises(NoticeApprovalError):
        notice.approve(company.controller, 1, by=dpo, now=NOW)
    with pytest.raises(NoticeApprovalError):
        notice.approve(company.controller, 1, by=company.staff[Role.AGENT], now=NOW)

    company.controller.dpo_contact = "dpo@acme.example"
    company.controller.save(update_fields=["dpo_contact"])
    with pytest.raises(NoticeOutdatedError):
        notice.approve(company.controller, 1, by=legal, now=NOW)
    notice.draft(company.controller, by=dpo, now=NOW)
    with pytest.raises(NoticeApprovalError):  # an older draft
        notice.approve(company.controller, 1, by=legal, now=NOW)
    notice.approve(company.controller, 2, by=legal, now=NOW)
    found = notices.in_force(company.controller.pk, "it")
    assert found is not None
    assert (found.number, found.digest) == (2, notices.digest_of(found.text))


def test_the_database_keeps_a_version_as_it_was(company: Company) -> None:
    version = approved(company)
    rows = PrivacyNotice.objects.filter(pk=version.pk)
    for change in (
        lambda: rows.update(text="Nothing is done with your data."),
        lambda: rows.update(approved_by=company.staff[Role.DPO]),
        rows.delete,
        lambda: PrivacyNotice.objects.create(
            controller=company.controller, number=9, language="it", text="x", digest="0" * 64
        ),
    ):
        with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
            change()


def test_when_the_register_changes_the_notice_is_behind_in_words(company: Company) -> None:
    version = approved(company)
    newsletter = company.purpose("newsletter")
    newsletter.text_it = "Inviare novità, offerte e inviti"
    newsletter.save(update_fields=["text_it"])
    with translation.override("it"):
        now_said = notice.text(company.controller, now=NOW)
    changes = notice.changes(version.text, now_said)
    assert [(c.is_new, c.text) for c in changes] == [
        (False, "Inviare novità e offerte"),
        (True, "Inviare novità, offerte e inviti"),
    ]


def test_what_a_person_was_given_is_known_and_handed_over(company: Company) -> None:
    told = Told(approved(company), NOW, Telling.FORM)
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, now=NOW
    ) as access:
        new = crm.NewContact({"given_name": "Anna"}, [])
        subject = crm.create_contact(access, new, source=company.source, told=told).subject_id
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=subject, now=NOW) as access:
        gathered = gather(access, subject)
    (group,) = [g for g in gathered.groups if g.record == "registry.NoticeGiven"]
    (row,) = group.rows
    assert {cell.name: cell.value for cell in row.cells} == {
        "notice": "1/it", "at": NOW.isoformat(), "how": "form",
    }  # fmt: skip


def test_whose_data_came_from_elsewhere_is_told_within_a_month(company: Company) -> None:
    by_themselves = a_person(company)
    from_outside = a_person(company, given="Bea", source=from_a_fair(company))
    assert owed(company) == [(from_outside, ONE_MONTH)]
    assert by_themselves != from_outside
    done = notices.give_owed(
        company.actor(Role.DPO), tell_by=ONE_MONTH,
        told=Told(approved(company), NOW, Telling.EMAIL), now=NOW,
    )  # fmt: skip
    assert done == 1
    assert owed(company) == []


def test_the_first_message_or_disclosure_makes_it_due_sooner(company: Company) -> None:
    source = from_a_fair(company)
    written_to = a_person(company, given="Bea", source=source)
    disclosed = a_person(company, given="Carla", source=source)
    waiting = a_person(company, given="Dora", source=source)
    agent = company.actor(Role.AGENT)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, reference=written_to, now=NOW
    ) as access:
        crm.record_interaction(
            access, subject=written_to, channel="email", direction="out",
            occurred_at=NOW - timedelta(days=1), topic="Benvenuta", body="…",
        )  # fmt: skip
    carrier = company.controller.recipients.get(name="Corriere")
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=disclosed, now=NOW) as access:
        consent.qualify(access, subject=disclosed, kind="order", at=NOW)
    with gate.open(
        agent, "order_management", Operation.EXPORT, subjects=[disclosed], recipient=carrier.pk,
        now=NOW,
    ) as access:  # fmt: skip
        list(access.rows(crm.Contact))
    today = NOW.date()
    assert owed(company) == [
        (written_to, today - timedelta(days=1)),
        (disclosed, today),
        (waiting, ONE_MONTH),
    ]


def test_who_was_told_is_owed_nothing_by_a_disclosure(company: Company) -> None:
    subject = a_person(company, orders=[date(2026, 5, 1)])
    carrier = company.controller.recipients.get(name="Corriere")
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.EXPORT, subjects=[subject],
        recipient=carrier.pk, now=NOW,
    ) as access:  # fmt: skip
        list(access.rows(crm.Contact))
    assert owed(company) == []
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        days = DataSubject.objects.annotate(by=notice_due_on()).values_list("by", flat=True)
        assert set(days) == {None}


def test_who_was_not_told_in_time_gets_no_marketing(company: Company) -> None:
    bea = a_person(company, given="Bea", source=from_a_fair(company))
    a_consent(company, bea, at=NOW)
    marketing = company.actor(Role.MARKETING)

    def sent(now: datetime) -> str:
        try:
            with gate.open(
                marketing, "newsletter", Operation.SEND, subjects=bea, channel=Channel.EMAIL,
                recipient=To.THE_PERSON, now=now,
            ) as access:  # fmt: skip
                list(access.rows(crm.Contact))
                return "left"
        except GateRefusedError as refused:
            return refused.code

    assert sent(NOW) == "left"
    assert owed(company) == [(bea, NOW.date())], "the first message makes it due that day"
    tomorrow = NOW + timedelta(days=1)
    assert sent(tomorrow) == "notice_overdue"
    book = rules.in_force(company.controller.pk, at=tomorrow)
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=tomorrow):
        held = rules.bases_that_hold(book, [bea], now=tomorrow)[bea]
    assert "newsletter.v1" in held, "a debt of ours ends no consent, and nothing is erased for it"
    notices.give_owed(
        company.actor(Role.DPO), tell_by=NOW.date(),
        told=Told(approved(company), tomorrow, Telling.EMAIL), now=tomorrow,
    )  # fmt: skip
    assert sent(tomorrow) == "left"
