"""The public help centre as a visitor meets it: without a login, in two languages, light."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crm import tasks
from crm.help import operations, trails
from crm.help.operations import Text
from crm.models import Article, HelpTrail
from governance.policy.vocabulary import Role
from tests.builders import NOW, Company
from tests.crm.articles import LAMP, LAMP_EN, OTHERS, published, written

pytestmark = pytest.mark.django_db(databases=["default", "keys", "case"])

HOME = "/c/acme/help-centre/"
MOST_BYTES = 150_000
ITALIAN, ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "it"}, {"HTTP_ACCEPT_LANGUAGE": "en"}


def page(client: Client, address: str, **more: str) -> str:
    response = client.get(address, **more)  # type: ignore[arg-type]
    assert response.status_code == 200, address
    assert len(response.content) < MOST_BYTES
    assert "no-store" in response["Cache-Control"]
    text: str = response.content.decode()
    assert "<script" not in text
    return text


def found(client: Client, words: str, language: dict[str, str] = ITALIAN) -> list[str]:
    response = client.post(f"{HOME}search/", {"q": words}, **language)  # type: ignore[arg-type]
    assert response.status_code == 200
    return re.findall(r"<h2><a [^>]*>([^<]+)</a></h2>", response.content.decode())


def test_o15_anybody_finds_and_reads_what_is_published_in_both_languages(
    company: Company, client: Client
) -> None:
    published(company, slug="lampada")
    published(company, LAMP_EN, language="en", slug="lampada")
    assert LAMP.title in page(client, HOME, **ITALIAN)
    assert found(client, "lampada accende") == [LAMP.title]
    assert found(client, "lamp switch on", ENGLISH) == [LAMP_EN.title]
    read = page(client, f"{HOME}it/lampada/", **ITALIAN)
    assert "<li>Prema il tasto Reset per cinque secondi.</li>" in read
    assert f'href="{HOME}en/lampada/" lang="en"' in read
    assert "Did this help you?" in page(client, f"{HOME}en/lampada/", **ENGLISH)
    assert not client.cookies.get("help_trail")


def test_o15_drafts_and_internal_articles_are_on_no_page(company: Company, client: Client) -> None:
    draft = Article.objects.get(pk=written(company, Text("Lampada bozza", "lampada")))
    inside = published(company, Text("Lampada interna", "lampada"), audience="internal")
    assert found(client, "lampada bozza interna") == []
    assert "Lampada" not in page(client, HOME)
    for article in (draft, inside):
        address = f"{HOME}it/{article.slug}/"
        assert client.get(address).status_code == 404
        assert client.post(f"{address}vote/", {"useful": "yes"}).status_code == 404
    assert client.get("/c/nobody/help-centre/").status_code == 404
    assert client.get(f"{HOME}it/nothing/").status_code == 404


def test_o15_words_that_are_searched_for_are_in_no_address(
    company: Company, client: Client
) -> None:
    response = client.get(f"{HOME}search/?q=Anna+Bianchi")
    assert (response.status_code, response["Location"]) == (302, HOME)
    assert "Anna" not in response.content.decode()
    shown = client.post(f"{HOME}search/", {"q": "<b>Anna</b>" * 100}).content.decode()
    assert "<b>Anna" not in shown


def test_o17_a_vote_is_counted_and_who_was_not_helped_is_shown_whom_to_ask(
    company: Company, client: Client
) -> None:
    article = published(company)
    address = f"{HOME}it/{article.slug}/"
    helped = client.post(f"{address}vote/", {"useful": "yes"})
    assert helped["Location"] == f"{address}?thanks"
    not_helped = client.post(f"{address}vote/", {"useful": "no"})
    assert not_helped["Location"] == f"{HOME}contact/"
    article.refresh_from_db()
    assert (article.useful, article.not_useful) == (1, 1)
    assert client.get(f"{address}vote/").status_code == 405


def test_o18_pages_are_shown_only_by_who_asked_for_it_once_and_for_a_day(
    company: Company, client: Client
) -> None:
    first, second = published(company), published(company, OTHERS[0])
    page(client, f"{HOME}it/{first.slug}/")
    assert "help_trail" not in client.cookies
    assert client.post(f"{HOME}contact/").status_code == 200
    assert not HelpTrail.objects.exists()
    client.post(f"{HOME}trail/", {"do": "begin"})
    for article in (second, first, second):
        page(client, f"{HOME}it/{article.slug}/")
    shown = client.post(f"{HOME}contact/").content.decode()
    code = re.search(r'class="reference">([A-Z2-9]{3}-[A-Z2-9]{3})<', shown)
    assert code
    here, now = company.controller.pk, timezone.now()
    assert trails.take(here, "AAA-AAA", now=now) == []
    assert trails.take(here, code[1].lower().replace("-", " "), now=now) == [
        LAMP.title, OTHERS[0].title,
    ]  # fmt: skip
    assert trails.take(here, code[1], now=now) == []
    again = trails.keep(here, [str(first.pk)], now=now - timedelta(days=1, minutes=1))
    assert trails.take(here, again, now=now) == []
    assert tasks.forget_help_trails() == 1
    client.post(f"{HOME}trail/", {"do": "end"})
    assert client.cookies["help_trail"].value == ""


def test_a_cookie_that_is_not_ours_is_no_trail(company: Company, client: Client) -> None:
    client.cookies["help_trail"] = "WzFd:forged"
    assert client.post(f"{HOME}contact/").status_code == 200
    assert not HelpTrail.objects.exists()


def test_a_withdrawn_article_is_gone_from_its_address(company: Company, client: Client) -> None:
    article = published(company)
    operations.withdraw(article.pk, by=company.staff[Role.AGENT], now=NOW)
    assert client.get(f"{HOME}it/{article.slug}/").status_code == 404
