"""Texts of the house for letters: two people, closed fields, nobody named, and the number is kept."""

import re
from typing import Any

import pytest
from django.utils import translation

from dsar import drafts, letter_drafts, requests
from dsar.errors import (
    DraftFieldError,
    DraftNamesSomebodyError,
    DraftNotFoundError,
    SecondPersonError,
)
from dsar.models import Correspondence, LetterDraft
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_company
from tests.dsar.acts import ask
from tests.scenarios.answering import the_letter

KEY = "refusal.identity_not_proven"
OURS = "Gentile cliente, {why_in_doubt}. Il {when_asked} abbiamo chiesto {what_was_asked}."


def write(company: Company, text: str = OURS, *, by: Role = Role.DPO, **said: Any) -> LetterDraft:
    about = {"key": KEY, "language": "it", **said}
    return letter_drafts.write(text=text, by=company.staff[by], now=NOW, **about)


def in_force(company: Company, language: str = "it") -> letter_drafts.InForce:
    return letter_drafts.in_force(company.controller.pk, KEY, language)


def test_a_text_is_used_once_another_person_has_approved_it(company: Company) -> None:
    made = write(company)
    assert in_force(company).name == f"{KEY}/it/0"
    with pytest.raises(SecondPersonError):
        letter_drafts.approve(made.pk, by=company.staff[Role.DPO], now=NOW)
    with pytest.raises(SecondPersonError):
        letter_drafts.approve(made.pk, by=company.staff[Role.AGENT], now=NOW)
    letter_drafts.approve(made.pk, by=company.staff[Role.LEGAL], now=NOW)
    assert in_force(company) == letter_drafts.InForce(OURS, f"{KEY}/it/1")
    assert in_force(company, "en").name == f"{KEY}/en/0"
    with pytest.raises(DraftNotFoundError):
        letter_drafts.approve(made.pk, by=company.staff[Role.LEGAL], now=NOW)


def test_a_newer_text_in_force_is_not_replaced_by_an_older_one(company: Company) -> None:
    old, new = write(company), write(company, f"{OURS} Grazie.")
    letter_drafts.approve(new.pk, by=company.staff[Role.LEGAL], now=NOW)
    with pytest.raises(DraftNotFoundError):
        letter_drafts.approve(old.pk, by=company.staff[Role.LEGAL], now=NOW)
    assert in_force(company).name == f"{KEY}/it/2"


def test_another_company_neither_uses_nor_approves_it(company: Company) -> None:
    other = a_company("beta")
    made = write(company)
    with pytest.raises(DraftNotFoundError):
        letter_drafts.approve(made.pk, by=other.staff[Role.LEGAL], now=NOW)
    letter_drafts.approve(made.pk, by=company.staff[Role.LEGAL], now=NOW)
    assert in_force(other).name == f"{KEY}/it/0"


@pytest.mark.parametrize(
    ("text", "unknown", "missing"),
    [
        (f"{OURS} {{shoe_size}}", ["shoe_size"], []),
        ("Gentile cliente, {why_in_doubt}.", [], ["what_was_asked", "when_asked"]),
        (f"{OURS} {{", [], []),
        ("{why_in_doubt}{when_asked}{what_was_asked}", [], []),
        (f"{OURS} {'x' * 4000}", [], []),
    ],
)
def test_fields_are_those_of_the_text_and_the_facts_of_the_law_stay_in(
    company: Company, text: str, unknown: list[str], missing: list[str]
) -> None:
    with pytest.raises(DraftFieldError) as refused:
        write(company, text)
    assert refused.value.details == {"unknown": unknown, "missing": missing}
    assert LetterDraft.objects.count() == 0


@pytest.mark.parametrize(
    "somebody",
    ["Chiami Marco Bianchi.", "Scriva a marco@example.org.", "Telefoni al 347 123 4567.",
     "Il codice è RSSMRA85T10A562S."],
)  # fmt: skip
def test_a_text_that_names_somebody_is_refused(company: Company, somebody: str) -> None:
    with pytest.raises(DraftNamesSomebodyError) as refused:
        write(company, f"{OURS} {somebody}")
    assert "Marco" not in str(refused.value.details)


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_text_that_is_shipped_may_be_kept_and_its_preview_names_the_remedies(
    company: Company, language: str
) -> None:
    for key in drafts.DRAFTS:
        with translation.override(language):
            text = str(drafts.DRAFTS[key])
        letter_drafts.check(key, language, text)
        shown = letter_drafts.preview(company.controller, key, language, text)
        assert "ABCD-EFGH-JKMN-PQRS" in shown, key
        if not key.startswith("question."):
            assert "Garante" in shown, key


def test_the_letter_keeps_which_version_it_was_made_of(company: Company) -> None:
    letter_drafts.approve(write(company).pk, by=company.staff[Role.LEGAL], now=NOW)
    request, dpo = ask(company), company.actor(Role.DPO)
    used = in_force(company)
    requests.refuse(
        request.pk, ground="identity_not_proven", reasons=re.sub(r"\{\w+\}", "fatto", used.text),
        draft=used.name, by=dpo, now=NOW,
    )  # fmt: skip
    assert "Gentile cliente, fatto" in the_letter(company, "it")
    with gate.duty(dpo, Duty.ANSWERING, reference=request.pk, now=NOW) as access:
        assert access.rows(Correspondence).get(kind="refusal").draft == f"{KEY}/it/1"


def test_what_is_no_name_of_a_text_is_not_kept() -> None:
    assert letter_drafts.named(f"{KEY}/it/3", "refusal") == f"{KEY}/it/3"
    for name, kind in ((f"{KEY}/it/3", "question"), ("Marco Bianchi", "refusal"), ("", "refusal")):
        assert letter_drafts.named(name, kind) == ""
