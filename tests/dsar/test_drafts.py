"""Drafted reasons: each ground has its text, and nothing is sent with a gap in it."""

import re

import pytest
from django.utils import translation

from dsar import drafts, requests, second_person, timekeeping
from dsar.errors import DraftUnfinishedError
from governance.policy.deadlines import ExtensionGround, PauseGround
from governance.policy.refusals import RefusalGround
from governance.policy.vocabulary import Right, Role
from tests.builders import NOW, Company, a_person
from tests.dsar.acts import ask
from tests.scenarios.answering import LANGUAGES, letters_sent, the_letter

ARTICLES = {
    "manifestly_unfounded": "12", "excessive": "12", "not_identifiable": "11",
    "identity_not_proven": "12", "freedom_of_expression": "17", "legal_obligation": "17",
    "public_health": "17", "archiving_or_research": "89", "legal_claims": "17",
    "rights_of_others": "15", "trade_secret": "15", "defence_in_court": "2-undecies",
    "limited_by_law": "2-duodecies", "compelling_grounds": "21",
}  # fmt: skip


def test_every_ground_has_a_draft() -> None:
    wanted = {f"refusal.{g}" for g in RefusalGround} | {f"extension.{g}" for g in ExtensionGround}
    assert set(drafts.DRAFTS) == wanted | {f"question.{g}" for g in PauseGround}


@pytest.mark.parametrize("key", sorted(drafts.DRAFTS))
def test_a_draft_asks_for_the_same_facts_in_both_languages_and_cites_the_law(key: str) -> None:
    said = {}
    for language in ("it", "en"):
        with translation.override(language):
            said[language] = str(drafts.DRAFTS[key])
    assert said["it"] != said["en"]
    assert set(drafts.fields(said["it"])) == set(drafts.fields(said["en"])) <= set(drafts.GAPS)
    assert drafts.gaps(key), "a reason without a fact of the case is no reason"
    if article := ARTICLES.get(key.removeprefix("refusal.")):
        assert all(article in text for text in said.values())


@LANGUAGES
def test_a_refusal_is_sent_once_its_gaps_are_filled_and_always_with_the_remedies(
    company: Company, language: str
) -> None:
    request, dpo = ask(company, language=language), company.actor(Role.DPO)
    with translation.override(language):
        text = drafts.filled(str(drafts.DRAFTS["refusal.identity_not_proven"]), request)
    said = {"ground": "identity_not_proven", "by": dpo, "now": NOW}
    with pytest.raises(DraftUnfinishedError) as left:
        requests.refuse(request.pk, reasons=text, **said)
    assert set(left.value.details["gaps"]) == drafts.gaps("refusal.identity_not_proven")
    assert letters_sent(company) == []
    written = re.sub(r"\{\w+\}", "Fatto", text)
    requests.refuse(request.pk, reasons=written, **said)
    assert written in the_letter(company, language)


def test_no_way_of_writing_sends_a_gap(company: Company) -> None:
    request = ask(company, subject=a_person(company))
    about = {"by": company.actor(Role.DPO), "now": NOW}
    with pytest.raises(DraftUnfinishedError):
        second_person.propose_part(
            request.pk, record="crm.Contact", ground="trade_secret", reasons="{what_it_is}", **about
        )
    with pytest.raises(DraftUnfinishedError):
        timekeeping.announce_extension(request.pk, ground="complexity", reasons="{where}", **about)
    with pytest.raises(DraftUnfinishedError):
        timekeeping.write_question(request.pk, "identity_doubt", question="{from_where}", **about)
    assert letters_sent(company) == []


def test_what_the_request_says_is_filled_in(company: Company) -> None:
    request = ask(company, Right.ERASURE)
    with translation.override("it"):
        text = drafts.filled("{controller}, {reference}, {received_on}: {law}", request)
    assert text == f"Acme S.r.l., {request.reference}, 23 novembre 2026: {{law}}"
