"""Gaps of the register as a whole: each is found, says where it is mended, and goes when mended."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.utils import translation

from governance.policy.vocabulary import Duty, Role
from registry import gaps, operations, questions, validator
from registry.gaps import GapKind
from registry.gate import opening as gate
from registry.models import (
    ActivityVersion,
    Controller,
    DataSource,
    ProcessingOnBehalf,
    Purpose,
    Recipient,
    Transfer,
)
from tests.builders import NOW, Company, a_person, amend

LATER = NOW + timedelta(days=1)


def found(company: Company, *, now=LATER) -> set[tuple[str, str, tuple[str, ...]]]:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=now):
        rows = gaps.find(Controller.objects.get(pk=company.controller.pk), now=now)
    return {(gap.kind, gap.about, gap.words) for gap in rows}


def of(company: Company, kind: GapKind, **more) -> set[tuple[str, tuple[str, ...]]]:
    return {(about, words) for k, about, words in found(company, **more) if k == kind}


def in_force(company: Company, key: str) -> ActivityVersion:
    return ActivityVersion.objects.get(
        controller=company.controller, activity__purpose__key=key, state="approved"
    )


def test_the_company_itself_is_letter_a(company: Company) -> None:
    assert of(company, GapKind.LETTER_MISSING) == {("Acme S.r.l.", ("dpo_contact",))}
    Controller.objects.filter(pk=company.controller.pk).update(dpo_contact="dpo@acme.example")
    assert of(company, GapKind.LETTER_MISSING) == set()
    # Art. 27(1): who has no seat in the Union names a representative.
    Controller.objects.filter(pk=company.controller.pk).update(country="CH")
    assert of(company, GapKind.LETTER_MISSING) == {("Acme S.r.l.", ("representative",))}


def test_what_is_held_and_no_activity_covers(company: Company) -> None:
    a_person(company, phone="+393331234567")
    assert of(company, GapKind.UNCOVERED_CATEGORY) == set()
    for key in ("order_management", "customer_care", "field_service", "lead_management", "newsletter",
                "personnel", "rights_requests", "suppression", "deletion_memory"):  # fmt: skip
        kept = [c for c in in_force(company, key).categories if c != "phone"]
        amend(company, key, categories=kept)
    assert of(company, GapKind.UNCOVERED_CATEGORY) == {("", ("phone",))}


def test_an_activity_that_nothing_uses(company: Company) -> None:
    a_person(company)
    assert ("newsletter v1", ()) not in of(company, GapKind.UNUSED_ACTIVITY)
    amend(company, "newsletter", categories=["health"], special_ground="9(2)(a)")
    amend(company, "customer_care", roles=["sales"])
    company.staff[Role.SALES].is_active = False
    company.staff[Role.SALES].save(update_fields=["is_active"])
    assert {("newsletter v2", ()), ("customer_care v2", ())} <= of(company, GapKind.UNUSED_ACTIVITY)


def test_records_that_nothing_ends(company: Company) -> None:
    a_person(company, orders=[date(2026, 5, 1)])
    assert of(company, GapKind.INDEFINITE_RETENTION) == set()
    no_invoices = lambda draft: draft.retention_rules.filter(record_class="fiscal_record").delete()  # noqa: E731 - said twice
    amend(company, "order_management", no_invoices)
    assert of(company, GapKind.INDEFINITE_RETENTION) == set(), "accounting still ends them"
    amend(company, "accounting", no_invoices, no_time_limits_because="until the audit")
    assert of(company, GapKind.INDEFINITE_RETENTION) == {
        ("", ("fiscal_record",)), ("accounting v2", ()),
    }  # fmt: skip


def test_reviews_that_are_late(company: Company) -> None:
    assert of(company, GapKind.REVIEW_OVERDUE) == set()
    version = in_force(company, "newsletter")
    version.activity.review_on = date(2026, 11, 23)
    version.activity.save(update_fields=["review_on"])
    assert of(company, GapKind.REVIEW_OVERDUE) == {("newsletter v1", ())}
    operations.review(version=version, by=company.staff[Role.DPO], now=LATER)
    assert of(company, GapKind.REVIEW_OVERDUE) == set()


def test_processors_whose_agreement_is_missing_over_or_not_whole(company: Company) -> None:
    rows = Recipient.objects.filter(controller=company.controller, name="Commercialista")
    missing = ("Fornitore di servizi informatici", ())
    assert of(company, GapKind.AGREEMENT_MISSING) == {("Commercialista", ()), missing}
    rows.update(agreement_on=date(2025, 1, 1), agreement_until=date(2026, 11, 23))
    assert of(company, GapKind.AGREEMENT_ENDED) == {("Commercialista", ())}
    every = ["instructions", "confidentiality", "security", "sub_processors", "rights",
             "assistance", "end", "audits"]  # fmt: skip
    rows.update(agreement_until=date(2026, 11, 24), clauses=every[:6])
    assert of(company, GapKind.AGREEMENT_ENDED) == set(), "it binds on its last day"
    assert of(company, GapKind.AGREEMENT_INCOMPLETE) == {("Commercialista", ("end", "audits"))}
    rows.update(clauses=every)
    assert of(company, GapKind.AGREEMENT_INCOMPLETE) == set()
    assert of(company, GapKind.AGREEMENT_MISSING) == {missing}
    ProcessingOnBehalf.objects.create(
        controller=company.controller, principal="Altra", principal_contact="p@altra.example",
        processing_it="Assistenza", processing_en="Support",
    )  # fmt: skip
    assert of(company, GapKind.AGREEMENT_MISSING) == {missing, ("Altra", ())}


def test_companies_of_whom_the_register_says_too_little(company: Company) -> None:
    """Art. 26(2): the essence of the arrangement. Art. 28(2), (4): who engages whom, and may they."""
    house = {"controller": company.controller, "category_it": "x", "category_en": "x"}
    joint = Recipient.objects.create(name="Insieme", role="joint", **house)
    further = Recipient.objects.create(name="Sotto", role="sub_processor", **house)
    assert of(company, GapKind.ARRANGEMENT_INCOMPLETE) == {("Insieme", ("contact", "arrangement"))}
    assert of(company, GapKind.SUB_PROCESSOR_UNKNOWN) == {("Sotto", ())}
    joint.contact, joint.arrangement = "info@insieme.example", "Risponde la capogruppo"
    joint.save()
    accountant = Recipient.objects.get(name="Commercialista")
    further.sub_processor_of, accountant.sub_processing = accountant, "none"
    further.save()
    accountant.save()
    assert of(company, GapKind.ARRANGEMENT_INCOMPLETE) == set()
    assert of(company, GapKind.SUB_PROCESSOR_UNKNOWN) == set()
    assert of(company, GapKind.SUB_PROCESSING_REFUSED) == {("Commercialista", ("Sotto",))}
    Recipient.objects.filter(pk=accountant.pk).update(sub_processing="general")
    assert of(company, GapKind.SUB_PROCESSING_REFUSED) == set()


def test_a_source_in_use_that_nobody_has_verified(company: Company) -> None:
    old = DataSource.objects.get(
        controller=company.controller, name="Sistema gestionale precedente"
    )
    assert of(company, GapKind.SOURCE_UNVERIFIED) == {(old.name, ())}
    operations.verify_source(source=old, by=company.staff[Role.DPO], now=NOW)
    assert of(company, GapKind.SOURCE_UNVERIFIED) == set()


def test_the_letters_of_what_we_do_for_others(company: Company) -> None:
    row = ProcessingOnBehalf.objects.create(
        controller=company.controller, principal="Altra", principal_contact="p@altra.example",
        processing_it="Assistenza", processing_en="Support", agreement_on=date(2026, 1, 1),
    )  # fmt: skip
    before = {("Acme S.r.l.", ("dpo_contact",))}
    assert of(company, GapKind.LETTER_MISSING) == {*before, ("Altra", ("measure_kinds",))}
    ProcessingOnBehalf.objects.filter(pk=row.pk).update(measures="Come in casa nostra")
    assert of(company, GapKind.LETTER_MISSING) == before


def test_a_purpose_without_an_activity(company: Company) -> None:
    operations.retire(version=in_force(company, "newsletter"), by=company.staff[Role.DPO], now=NOW)
    Purpose.objects.create(
        controller=company.controller, key="contest", text_it="Concorso", text_en="Contest"
    )
    assert of(company, GapKind.PURPOSE_WITHOUT_ACTIVITY) == {("newsletter", ()), ("contest", ())}


def test_an_assessment_that_the_register_asks_for_since(company: Company) -> None:
    """An approval came first: what makes it needed is written into the version by its terms."""
    from registry import impact

    amend(company, "personnel", risk_criteria=[])
    assert of(company, GapKind.ASSESSMENT_MISSING) == set()
    with pytest.raises(impact.ImpactAssessmentMissingError):
        amend(company, "newsletter", risk_criteria=["large_scale", "combining"])


# Letters


def letter(company: Company, name: str, key: str = "newsletter") -> validator.Letter:
    version = ActivityVersion.objects.filter(activity__purpose__key=key).latest("number")
    return next(one for one in validator.letters(version) if one.letter == name)


def test_every_letter_of_the_starter_register_is_complete_but_the_companys(
    company: Company,
) -> None:
    for version in ActivityVersion.objects.filter(controller=company.controller):
        states = {one.letter: one.status for one in validator.letters(version)}
        assert states == {"a": "missing", **dict.fromkeys("bcdefg", "complete")}


def test_letter_e_wants_the_transfer_of_everybody_outside(company: Company) -> None:
    recipient = Recipient.objects.get(
        controller=company.controller, name="Fornitore di servizi informatici"
    )
    assert letter(company, "e").status == "complete"
    Recipient.objects.filter(pk=recipient.pk).update(country="US")
    assert letter(company, "e") == validator.Letter("e", ("transfers",))
    assert of(company, GapKind.TRANSFER_INCOMPLETE) == {(recipient.name, ())}
    assert of(company, GapKind.LETTER_MISSING) == {("Acme S.r.l.", ("dpo_contact",))}
    transfer = Transfer.objects.create(
        controller=company.controller, recipient=recipient, country="US", mechanism="adequacy"
    )
    assert letter(company, "e").status == "complete"
    for mechanism, wanted in (
        ("", "missing"), ("standard_clauses", "missing"), ("explicit_consent", "complete"),
        ("compelling_interest", "missing"),
    ):  # fmt: skip
        transfer.mechanism = mechanism
        transfer.save(update_fields=["mechanism"])
        assert letter(company, "e").status == wanted, mechanism
    Transfer.objects.filter(pk=transfer.pk).update(
        mechanism="standard_clauses", document="SCC 2021/914, modulo 2", assessment="TIA",
        assessed_on=date(2026, 1, 1),
    )  # fmt: skip
    assert letter(company, "e").status == "complete"


def test_a_processor_here_that_brings_data_there_is_a_transfer(company: Company) -> None:
    recipient = Recipient.objects.get(
        controller=company.controller, name="Fornitore di servizi informatici"
    )
    assert not recipient.is_outside
    Transfer.objects.create(controller=company.controller, recipient=recipient, country="IN")
    assert recipient.is_outside
    assert letter(company, "e").status == "missing"


def test_letters_f_and_g_may_be_not_possible_with_a_reason(company: Company) -> None:
    amend(
        company, "newsletter", lambda draft: draft.retention_rules.all().delete(),
        no_time_limits_because="while the campaign lasts", measures="", measure_kinds=[],
        no_measures_because="secret",
    )  # fmt: skip
    for name, because in (("f", "while the campaign lasts"), ("g", "secret")):
        assert letter(company, name).status == "not_possible"
        assert letter(company, name).because == because


# The seven questions


@pytest.fixture
def in_italian() -> Iterator[None]:
    with translation.override("it"):
        yield


@pytest.mark.usefixtures("in_italian")
def test_the_seven_questions_are_answered_by_what_is_in_force(company: Company) -> None:
    Recipient.objects.filter(name="Corriere").update(role="joint", contact="info@corriere.example")
    analyses = ActivityVersion.objects.filter(
        activity__purpose__key__in=["customer_value", "loyalty", "profiling"]
    )
    for version in analyses:
        operations.retire(version=version, by=company.staff[Role.DPO], now=NOW)
    answers = questions.answer(company.controller, now=LATER)
    assert [r.name for r in answers.joint] == ["Corriere"]
    assert {use.title for use in answers.uses} >= {
        "Marketing diretto",
        "Gestione ordini e contratti",
    }
    newsletter = next(u for u in answers.uses if u.title == "Marketing diretto")
    assert newsletter.basis == "Consenso (art. 6(1)(a))"
    assert {o.source.name for o in answers.origins} == {
        "Interessato", "Sistema gestionale precedente",
    }  # fmt: skip
    courier = next(p for p in answers.parties if p.recipient.name == "Corriere")
    assert courier.uses == ["Gestione ordini e contratti"]
    assert answers.principals == []
    (age,) = [rule for rule in answers.rules if "2-quinquies" in rule.source]
    assert age.says == "14 anni"
    (master, kept), (purchases, none), *_others = answers.kept
    assert (master, purchases, none) == ("Dati anagrafici", "Dettagli degli acquisti", [])
    assert ("Marketing diretto", "24 mesi dall'ultimo contatto") in {
        (row.use, row.period) for row in kept
    }

    def add(draft: ActivityVersion) -> None:
        draft.retention_rules.create(
            controller=company.controller, record_class="purchase_detail", anchor="document_date",
            period="P12M", legal_reference="Garante 24 febbraio 2005",
        )  # fmt: skip

    amend(company, "newsletter", add, now=LATER)
    (_master, purchases), *_others = questions.answer(company.controller, now=LATER).kept[1:]
    assert [(row.use, row.period) for row in purchases] == [
        ("Marketing diretto", "12 mesi dalla data del documento")
    ]


@pytest.mark.usefixtures("in_italian")
def test_the_third_question_names_everybody_data_goes_to_and_for_whom_we_act(
    company: Company,
) -> None:
    house = {"controller": company.controller, "category_it": "x", "category_en": "x"}
    provider = Recipient.objects.get(name="Fornitore di servizi informatici")
    first = Recipient.objects.create(
        name="Nuvola", role="sub_processor", sub_processor_of=provider, **house
    )
    Recipient.objects.create(name="Sala", role="sub_processor", sub_processor_of=first, **house)
    Recipient.objects.create(name="Nessuno", role="processor", **house)
    ProcessingOnBehalf.objects.create(
        controller=company.controller, principal="Altra", principal_contact="p@altra.example",
        processing_it="Assistenza", processing_en="Support",
    )  # fmt: skip
    answers = questions.answer(company.controller, now=LATER)
    uses = {party.recipient.name: party.uses for party in answers.parties}
    assert uses["Nuvola"] == uses["Sala"] == uses[provider.name]
    assert "Nessuno" not in uses, "nothing goes to them"
    assert answers.principals == [("Altra", "Assistenza")]
