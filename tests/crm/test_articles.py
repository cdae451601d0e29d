"""The knowledge base: written, read by somebody else, published about nobody, and found."""

import pytest
from django.db import IntegrityError, transaction

from crm.help import finding, operations
from crm.help.errors import (
    ArticleNamesSomebodyError,
    ArticleNotFoundError,
    ArticleStateError,
    OwnArticleError,
)
from crm.help.operations import Text
from crm.models import Article, ArticleVersion, Case, Product
from crm.service import operations as service
from governance.policy.cases import CaseKind
from governance.policy.vocabulary import Operation, Role
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from tests.builders import NOW, Company, a_person
from tests.crm.articles import LAMP, LAMP_EN, OTHERS, published, written
from tests.crm.serving import CARE, column, does
from tests.crm.test_cases import a_case, a_customer

pytestmark = pytest.mark.django_db

SYMPTOM = "Buongiorno, da ieri la mia lampada da tavolo non si accende più: che cosa posso fare?"


def titles(found: object) -> list[str]:
    return [version.title for version in found]  # type: ignore[attr-defined]


def a_library(company: Company) -> Article:
    for text in OTHERS:
        published(company, text)
    return published(company)


def test_o10_the_right_article_is_among_three_for_the_words_of_a_customer(
    company: Company,
) -> None:
    right = a_library(company)
    best = finding.suggestions(
        company.controller.pk, SYMPTOM, "it", kind=CaseKind.FAULT, product=None
    )
    assert len(best) <= 3
    assert (best[0].article, best[0].solved) == (right.pk, 0)


def test_o10_what_solved_the_same_product_before_comes_up_without_a_word_in_common(
    company: Company,
) -> None:
    a_library(company)
    lamp = Product.objects.create(controller=company.controller, code="L-1", name="Lampada Alba")
    fuse = published(company, Text("Sostituire il fusibile", "Apra lo sportello con una moneta."))
    anna = a_customer(company)
    for _ in range(3):
        case = a_case(company, anna, kind=CaseKind.FAULT)
        with gate.open(
            company.actor(Role.AGENT), CARE, Operation.UPDATE, subjects=anna, now=NOW
        ) as access:
            access.rows(Case).filter(pk=case).update(product=lamp)
            service.solve(access, case, solution="Fusibile cambiato ad Anna", article=fuse)
    found = finding.suggestions(
        company.controller.pk, SYMPTOM, "it", kind=CaseKind.FAULT, product=lamp.pk
    )
    assert fuse.pk in {one.article for one in found}
    assert {one.article: one.solved for one in found}[fuse.pk] == 3
    elsewhere = finding.suggestions(
        company.controller.pk, "xyz", "it", kind=CaseKind.COMPLAINT, product=lamp.pk
    )
    assert elsewhere == []


def test_o17_a_solved_case_becomes_a_draft_that_somebody_else_reviews(company: Company) -> None:
    anna = a_customer(company)
    agent, manager = company.staff[Role.AGENT], company.staff[Role.MANAGER]
    case = a_case(company, anna, kind=CaseKind.FAULT, description="Anna Bianchi, 347 1234567")
    does(company, anna, service.solve, case, solution="Detto ad Anna Bianchi di premere Reset")
    with gate.open(agent.actor(), CARE, Operation.UPDATE, subjects=anna, now=NOW) as access:
        article = operations.from_case(access, case, LAMP, "it", by=agent)
    draft = ArticleVersion.objects.get(article=article)
    assert (draft.state, draft.article.kind, draft.title) == ("draft", "fault", LAMP.title)
    assert "Bianchi" not in draft.title + draft.body
    assert column(company, anna, case, "article_id") == article
    with pytest.raises(ArticleStateError):
        operations.publish(article, by=manager, now=NOW)
    operations.submit(article, by=agent, now=NOW)
    with pytest.raises(OwnArticleError):
        operations.publish(article, by=agent, now=NOW)
    operations.publish(article, by=manager, now=NOW)
    second = operations.write(
        article, Text("La lampada non si accende più", LAMP.body), by=manager, now=NOW
    )
    assert second.number == 2
    operations.submit(article, by=manager, now=NOW)
    operations.publish(article, by=agent, now=NOW)
    states = ArticleVersion.objects.filter(article=article).order_by("number")
    assert list(states.values_list("state", flat=True)) == ["superseded", "published"]
    operations.vote(company.controller.pk, article, is_useful=True)
    operations.vote(company.controller.pk, article, is_useful=True)
    operations.vote(company.controller.pk, article, is_useful=False)
    held = Article.objects.get(pk=article)
    assert (held.useful, held.not_useful) == (2, 1)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (Text(LAMP.title, f"{LAMP.body} Risolto con Lucas Mancini."), "body: Lxxxx Xxxxxxi"),
        (Text("Anna Bianchi: lampada spenta", LAMP.body), "title: Axxx Xxxxxxi"),
        (Text(LAMP.title, "Chiamare il cliente al 347 1234567."), "body: 399 9999997"),
        (Text(LAMP_EN.title, "Ask Lucas Mancini how he did it."), "body: Lxxxx Xxxxxxi"),
        (Text(LAMP.title, "Scrivere a anna.bianchi@example.it"), "body: axxx.xxxxxxx@xxxxxxx.xt"),
    ],
)
def test_o17_what_names_a_customer_is_not_kept_and_the_place_is_shown_masked(
    company: Company, text: Text, masked: str
) -> None:
    with pytest.raises(ArticleNamesSomebodyError) as error:
        written(company, text)
    assert [f"{p.part}: {p.masked}" for p in error.value.places] == [masked]
    assert not Article.objects.filter(controller=company.controller).exists()


def test_o17_publication_asks_again_for_somebody_who_became_a_customer(company: Company) -> None:
    text = Text(LAMP.title, f"{LAMP.body}\n\nUsi la chiave Zorbo Quaxis in dotazione.")
    article = written(company, text)
    operations.submit(article, by=company.staff[Role.AGENT], now=NOW)
    a_person(company, given="Zorbo", family="Quaxis")
    with pytest.raises(ArticleNamesSomebodyError) as error:
        operations.publish(article, by=company.staff[Role.MANAGER], now=NOW)
    assert [p.masked for p in error.value.places] == ["Zxxxx Xxxxxs"]
    assert ArticleVersion.objects.get(article=article).state == "review"


def test_o17_names_of_products_and_of_the_house_are_nobodys(company: Company) -> None:
    Product.objects.create(controller=company.controller, code="L-2", name="Lampada Anna Rossi")
    body = (
        f"La Lampada Anna Rossi di {company.controller.name} si accende dal tasto. "
        f"Scriva a {company.controller.email}."
    )
    article = published(company, Text("Accendere la lampada", body))
    assert ArticleVersion.objects.get(article=article).state == "published"
    published(company, LAMP_EN, language="en")


def test_o15_drafts_internal_and_withdrawn_articles_are_never_found(company: Company) -> None:
    here = company.controller.pk
    shown = published(company)
    written(company, Text("Lampada in prova", "La lampada che non si accende, bozza"))
    published(
        company, Text("Lampada, nota interna", "La lampada non si accende"), audience="internal"
    )
    gone = published(company, Text("Lampada ritirata", "La lampada non si accende"))
    operations.withdraw(gone.pk, by=company.staff[Role.AGENT], now=NOW)
    operations.write(
        shown.pk,
        Text("Lampada, nuova versione", "La lampada"),
        by=company.staff[Role.AGENT],
        now=NOW,
    )
    for words in (
        "lampada",
        "lampada accende",
        "nota interna",
        "bozza",
        "ritirata",
        "nuova versione",
    ):
        assert set(titles(finding.find(here, words, "it"))) <= {LAMP.title}
    assert titles(finding.find(here, "lampada", "it")) == [LAMP.title]
    assert titles(finding.most_useful(here, "it")) == [LAMP.title]
    with pytest.raises(ArticleNotFoundError):
        operations.vote(here, gone.pk, is_useful=True)


def test_o15_both_languages_are_searched_and_ones_own_comes_first(company: Company) -> None:
    here = company.controller.pk
    italian = published(company, slug="lampada")
    published(company, LAMP_EN, language="en", slug="lampada")
    assert titles(finding.find(here, "lamp switches", "en")) == [LAMP_EN.title]
    assert titles(finding.find(here, "reset", "en")) == [LAMP_EN.title, LAMP.title]
    assert titles(finding.find(here, "reset", "it")) == [LAMP.title, LAMP_EN.title]
    assert titles(finding.pair(italian)) == [LAMP_EN.title]
    assert titles(finding.find(here, "'; drop & | ! (", "it")) == []


def test_the_database_refuses_an_article_that_its_writer_approved(company: Company) -> None:
    version = ArticleVersion.objects.get(article=published(company))
    with pytest.raises(IntegrityError, match="nobody_reviews"), transaction.atomic():
        ArticleVersion.objects.filter(pk=version.pk).update(reviewed_by=version.written_by)
    with pytest.raises(IntegrityError, match="unreviewed"), transaction.atomic():
        ArticleVersion.objects.filter(pk=version.pk).update(reviewed_by=None)


def test_who_has_no_part_in_it_writes_no_article(company: Company) -> None:
    article = published(company)
    for role in (Role.MARKETING, Role.FIELD_AGENT, Role.ADMINISTRATOR):
        with pytest.raises(GateRefusedError):
            operations.withdraw(article.pk, by=company.staff[role], now=NOW)
    assert ArticleVersion.objects.get(article=article).state == "published"
