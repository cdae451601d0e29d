"""The manual: the same in both languages, without a broken link, true to what is on the screen."""

import gettext
import re
from collections import Counter
from functools import cache

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from governance.manual import chapters
from governance.manual.contents import BOOKS
from governance.manual.places import EXPLAINED, PLACES, help_for, place_of
from governance.policy.vocabulary import Role
from tests.audit.covering import places
from tests.builders import a_company

LANGUAGES = ("it", "en")
CHAPTERS = [(book.name, name) for book in BOOKS for name in book.chapters]
ALL = [(language, *chapter) for language in LANGUAGES for chapter in CHAPTERS]
FEWEST, MOST = 90, 460  # words of a chapter, anchors included


def anchors(language: str, book: str, name: str) -> tuple[str, ...]:
    return chapters.read(language, book, name).anchors


# F10: every page has its help


def test_f10_every_url_name_has_a_help_entry() -> None:
    """A page that is new is explained in `docs/manual/` and entered in `governance.manual.places`."""
    without = sorted({p.name for p in places() if place_of(p.name) is None})
    assert without == [], "no help: explain it in docs/manual, enter it in manual/places.py"


def test_no_page_is_explained_twice_and_none_that_is_gone() -> None:
    named = Counter(name for names in EXPLAINED.values() for name in names)
    assert [name for name, times in named.items() if times > 1] == []
    served = {place.name for place in places()}
    lists = {re.sub(r"_(changelist|add|change|delete|history)$", "", name) for name in served}
    modules = {name.rpartition(".")[0] for name in served}
    assert set(PLACES) - served - lists - modules == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_help_entry_leads_to_a_section(language: str) -> None:
    wrong = []
    for place in EXPLAINED:
        path, _, anchor = place.partition("#")
        if anchor not in anchors(language, *path.split("/")):
            wrong.append(place)
    assert wrong == []


# The text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_books_have_the_chapters_that_are_written(language: str) -> None:
    folder = chapters.FOLDER / language
    written = {(p.parent.name, p.stem) for p in folder.glob("*/*.md")}
    assert written == set(CHAPTERS)


@pytest.mark.parametrize(("book", "name"), CHAPTERS)
def test_both_languages_have_the_same_sections_and_links(book: str, name: str) -> None:
    italian, english = (chapters.source(language, book, name) for language in LANGUAGES)
    assert anchors("it", book, name) == anchors("en", book, name)
    assert len(set(anchors("it", book, name))) == len(anchors("it", book, name)) > 0
    assert sorted(chapters.links(italian)) == sorted(chapters.links(english))
    assert shape(italian) == shape(english), "paragraphs, lists, code: one says more"


def shape(text: str) -> list[str]:
    """What a chapter is made of, without its words."""
    return re.findall(r"^(?:#+ |- |\d\. |    )|`[^`]+`", text, re.MULTILINE)


@pytest.mark.parametrize(("language", "book", "name"), ALL)
def test_links_lead_to_sections_and_documents(language: str, book: str, name: str) -> None:
    broken = []
    for link in chapters.links(chapters.source(language, book, name)):
        place = chapters.chapter_of(link, book)
        if place is None:
            here = chapters.FOLDER / language / book / link
            found = here.exists() and settings.BASE_DIR in here.resolve().parents
        else:
            there, chapter, anchor = place
            found = not anchor or anchor in anchors(language, there, chapter)
        if not found:
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize(("book", "name"), CHAPTERS)
def test_what_is_named_in_bold_is_on_the_screen(book: str, name: str) -> None:
    """Buttons and pages are named as they are: a label that changes is changed here too."""
    italian, english = (
        re.findall(r"\*\*([^*]+)\*\*", chapters.source(language, book, name))
        for language in LANGUAGES
    )
    pairs = zip(italian, english, strict=True)
    assert [pair for pair in pairs if pair[0] not in on_screen().get(pair[1], set())] == []


@cache
def on_screen() -> dict[str, set[str]]:
    """Every text of the catalogues in English, with what it is in Italian."""
    said: dict[str, set[str]] = {}
    for app in ("governance", "dsar", "api"):
        path = settings.BASE_DIR / app / "locale/it/LC_MESSAGES/django.mo"
        with path.open("rb") as file:
            texts = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # no other way to list it
        for key, italian in texts.items():
            english = key[0] if isinstance(key, tuple) else key
            said.setdefault(english.rpartition("\x04")[2], set()).add(italian)
    return said


@pytest.mark.parametrize(("language", "book", "name"), ALL)
def test_chapters_are_short(language: str, book: str, name: str) -> None:
    assert FEWEST <= len(chapters.source(language, book, name).split()) <= MOST


def test_a_chapter_is_html_with_its_links_and_no_tags_of_its_own() -> None:
    made = chapters._html(
        "See [it](erasure.md#plan), [more](../../../spec/gate.md). <b>x</b>", "dpo"
    )
    assert made == (
        '<p>See <a href="/manual/dpo/erasure/#plan">it</a>, <code>more</code>.'
        " &lt;b&gt;x&lt;/b&gt;</p>\n"
    )


# The pages


@pytest.mark.parametrize(("language", "book", "name"), ALL)
@pytest.mark.django_db
def test_every_chapter_is_a_page(language: str, book: str, name: str) -> None:
    address = chapters.address(book, name)
    answer = Client(headers={"accept-language": language}).get(address)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in text
    for anchor in anchors(language, book, name):
        assert f'<section id="{anchor}"' in text
    assert len(text.encode()) < 40_000


@pytest.mark.django_db
def test_the_contents_lead_to_every_chapter() -> None:
    text = Client(headers={"accept-language": "en"}).get(reverse("manual")).content.decode()
    assert [path for path in CHAPTERS if f'href="{chapters.address(*path)}"' not in text] == []


@pytest.mark.django_db(databases=["default", "keys"])
@pytest.mark.parametrize(("role", "work"), [(Role.AGENT, "/desk/"), (Role.LEGAL, "/admin/")])
def test_the_way_back_leads_to_the_work_of_the_role(role: Role, work: str) -> None:
    reader = Client(headers={"accept-language": "it"})
    assert "Torna al lavoro" not in reader.get(reverse("manual")).content.decode()
    reader.force_login(a_company().staff[role], backend="django.contrib.auth.backends.ModelBackend")
    text = reader.get(reverse("manual")).content.decode()
    assert f'<a href="{work}">Torna al lavoro</a>' in text


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/manual/dpo/nothing/", "/manual/nobody/requests/"])
def test_a_chapter_that_does_not_exist_is_not_found(path: str) -> None:
    assert Client().get(path).status_code == 404


def test_the_link_of_a_page_leads_to_its_chapter() -> None:
    request = RequestFactory().get("/admin/retention/retentionrun/")
    request.resolver_match = resolve(request.path)
    made = Template("{% load manual %}{% help_link %}").render(Context({"request": request}))
    assert 'href="/manual/dpo/retention/#preview"' in made


def test_a_page_that_nobody_explained_leads_to_the_contents() -> None:
    assert help_for("no:such_page") == help_for("") == "/manual/"
