"""The register goes out and comes in whole: as a document, as linked data, on authorities' sheets."""

import json
import re
from datetime import date
from typing import Any

import pytest
from django.db.models import Model

from governance.policy.vocabulary import ActivityState, Role
from registry import operations, starter
from registry.exchange import asked, drafting, linked, sheets
from registry.exchange.document import document
from registry.exchange.drafting import RegisterDocumentError, take_in
from registry.exchange.facts import FACTS, LEFT_OUT
from registry.exchange.layouts import CNIL, GARANTE, ICO, LAYOUTS, Kind, Layout
from registry.exchange.sheets import Sheet, laid_out, read_back
from registry.models import (
    ActivityVersion,
    Controller,
    DataSource,
    ImpactAssessment,
    ProcessingActivity,
    ProcessingOnBehalf,
    Recipient,
    Transfer,
)
from tests.builders import NOW, Company, amend
from tests.realdata import FOLDER, table

DPV = FOLDER / "taxonomy" / "dpv-2.3"
OF_THE_MOMENT = {"made_on", "updated_on"}


@pytest.fixture
def filled(company: Company) -> Company:
    """A register in which every fact says something."""
    house = {"controller": company.controller}
    cloud = Recipient.objects.create(
        name="Nuvola S.p.A.", category_it="hosting", category_en="hosting", country="US",
        address="1 Main St", contact="privacy@nuvola.example", agreement_on=date(2025, 1, 1),
        agreement_until=date(2030, 1, 1), agreement_subject="Hosting", agreement_document="C-1",
        clauses=["instructions", "audits"], sub_processing="general", at_end="return", **house,
    )  # fmt: skip
    Recipient.objects.create(
        name="Sotto Inc.", role="sub_processor", sub_processor_of=cloud, category_it="hosting",
        category_en="hosting", **house,
    )  # fmt: skip
    Recipient.objects.create(
        name="Insieme S.r.l.", role="joint", category_it="gruppo", category_en="group",
        arrangement="Risponde la capogruppo", **house,
    )  # fmt: skip
    Transfer.objects.create(
        recipient=cloud, country="US", mechanism="standard_clauses", document="SCC 2021/914",
        assessment="Legge valutata", assessed_on=date(2025, 1, 1), **house,
    )  # fmt: skip
    altra = ProcessingOnBehalf.objects.create(
        principal="Altra S.p.A.", principal_contact="privacy@altra.example",
        processing_it="Assistenza", processing_en="Support", measure_kinds=["backups"],
        agreement_on=date(2025, 1, 1), agreement_until=date(2026, 1, 1), **house,
    )  # fmt: skip
    Transfer.objects.create(
        on_behalf=altra, country="IN", mechanism="standard_clauses", document="SCC di Altra",
        assessed_on=date(2025, 2, 1), **house,
    )  # fmt: skip
    activity = ProcessingActivity.objects.get(purpose=company.purpose("order_management"))
    ImpactAssessment.objects.create(
        activity=activity, description="Che cosa", necessity="Perché", risks="Quali",
        measures="Come", views="Non chieste", residual_risk="low", review_on=date(2027, 1, 1),
        advice="Favorevole", advised_by=company.staff[Role.DPO], advised_at=NOW,
        drafted_by=company.staff[Role.LEGAL], concluded_by=company.staff[Role.DPO],
        concluded_at=NOW, **house,
    )  # fmt: skip
    amend(
        company, "order_management", lambda draft: draft.recipients.add(cloud),
        profiling=True, automated_decisions=True, decision_logic="Somma di punti",
        decision_significance="Pagamento anticipato", measure_kinds=["backups", "access_control"],
        answers=dict.fromkeys(asked.ASKED, "risposta\nsu due righe"),
    )  # fmt: skip
    return company


@pytest.fixture
def empty(db: None) -> Company:
    """Another company with staff and nothing in its register."""
    controller = Controller.objects.create(slug="vuota", name="Vuota S.r.l.")
    staff = {
        role: operations.hire(
            controller=controller, username=f"vuota-{role}", role=role, password=None, now=NOW
        )
        for role in (Role.DPO, Role.LEGAL)
    }
    source = DataSource(controller=controller, name="none")
    return Company(controller, staff, source)


def taken_in(said: dict[str, Any], into: Company) -> dict[str, Any]:
    """What the register of a company says once a document is taken in, approved and taken out."""
    take_in(said, by=into.staff[Role.DPO], now=NOW)
    for draft in ActivityVersion.objects.filter(
        controller=into.controller, state=ActivityState.DRAFT
    ):
        for assessment in draft.activity.assessments.filter(concluded_at__isnull=True):
            assessment.advised_by, assessment.advised_at = into.staff[Role.DPO], NOW
            assessment.concluded_by, assessment.concluded_at = into.staff[Role.LEGAL], NOW
            assessment.save()
        operations.approve(version=draft, by=into.staff[Role.LEGAL], now=NOW)
    into.controller.refresh_from_db()
    return document(into.controller, at=NOW)


def facts_of(said: dict[str, Any]) -> dict[str, Any]:
    """A document without the moment it was made at, and without the name of the company."""
    kept = {name: value for name, value in said.items() if name not in OF_THE_MOMENT}
    kept["controller"] = {k: v for k, v in said["controller"].items() if k != "name"}
    kept["activities"] = [
        {k: v for k, v in entry.items() if k not in OF_THE_MOMENT} for entry in said["activities"]
    ]
    return kept


@pytest.mark.parametrize("model", FACTS, ids=lambda model: model.__name__)
def test_every_field_is_taken_out_or_left_with_a_reason(model: type[Model]) -> None:
    """A field that somebody adds to the register can not be forgotten here."""
    fields = {f.name for f in model._meta.get_fields() if f.concrete} - {"id", "controller"}
    left = set(LEFT_OUT.get(model, {}))
    assert fields == {*FACTS[model], *left}
    assert not left & set(FACTS[model])


def test_a_document_comes_in_as_it_went_out(filled: Company, empty: Company) -> None:
    said = document(filled.controller, at=NOW)
    through_a_file = json.loads(json.dumps(said))
    assert facts_of(taken_in(through_a_file, empty)) == facts_of(said)


def test_nothing_that_comes_in_is_in_force_and_no_source_is_verified(
    filled: Company, empty: Company
) -> None:
    said = document(filled.controller, at=NOW)
    done = take_in(said, by=empty.staff[Role.DPO], now=NOW)
    assert len(done.drafts) == len(said["activities"])
    assert document(empty.controller, at=NOW)["activities"] == []
    mine = ActivityVersion.objects.filter(controller=empty.controller)
    assert {v.state for v in mine} == {ActivityState.DRAFT}
    own = mine.first()
    assert own is not None
    with pytest.raises(operations.ApprovalError):
        operations.approve(version=own, by=empty.staff[Role.DPO], now=NOW)
    verified = DataSource.objects.filter(controller=empty.controller, verified_at__isnull=False)
    assert not verified.exists()


def test_what_is_here_already_is_left_as_it_is(filled: Company) -> None:
    said = document(filled.controller, at=NOW)
    said["recipients"][0]["country"] = "FR"
    said["activities"][0]["version"]["context"] = "Altro"
    done = take_in(said, by=filled.staff[Role.DPO], now=NOW)
    changed = said["activities"][0]["purpose"]["key"]
    assert done.drafts == [changed]
    assert sorted([*done.same, changed]) == sorted(e["purpose"]["key"] for e in said["activities"])
    assert done.differing == [("recipient", said["recipients"][0]["name"])]
    assert not done.made
    again = take_in(said, by=filled.staff[Role.DPO], now=NOW)
    assert changed in again.same  # the draft says it already


def test_bad_documents_name_the_place_and_change_nothing(filled: Company, empty: Company) -> None:
    for spoil, place in (
        (lambda d: d.update(format="other"), "format"),
        (lambda d: d.pop("activities"), "activities"),
        (lambda d: d["activities"][0]["version"].update(basis="whim"), "basis"),
        (lambda d: d["activities"][0]["version"].update(categories=["shoes"]), "shoes"),
        (lambda d: d["activities"][0]["version"].update(answers={"who": "me"}), "who"),
        (lambda d: d["activities"][0]["version"].update(secret="x"), "secret"),
        (lambda d: d["activities"][0]["version"].update(sources=["Nessuno"]), "Nessuno"),
        (lambda d: d["activities"][0]["purpose"].update(key="not a key"), "key"),
        (lambda d: d["recipients"][0].update(role="friend"), "recipients 1"),
    ):
        said = json.loads(json.dumps(document(filled.controller, at=NOW)))
        spoil(said)
        with pytest.raises(RegisterDocumentError) as refused:
            take_in(said, by=empty.staff[Role.DPO], now=NOW)
        assert any(place in where for where in refused.value.places), (place, refused.value.places)
        assert not ActivityVersion.objects.filter(controller=empty.controller).exists()
        assert not Recipient.objects.filter(controller=empty.controller).exists()


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_sheets_carry_the_whole_register(filled: Company, empty: Company, layout: Layout) -> None:
    said = document(filled.controller, at=NOW)
    back = read_back(laid_out(said, layout), today=NOW.date())
    assert back == said
    assert facts_of(taken_in(back, empty)) == facts_of(said)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_cell_that_was_changed_counts(filled: Company, layout: Layout) -> None:
    said = document(filled.controller, at=NOW)
    changed = [
        Sheet(sheet.title, [[cell.replace("Somma", "Prodotto") for cell in row] for row in sheet.rows])
        if sheet.title == sheets.WHOLE else
        Sheet(sheet.title, [[_changed(cell) for cell in row] for row in sheet.rows])
        for sheet in laid_out(said, layout)
    ]  # fmt: skip
    back = read_back(changed, today=NOW.date())
    entry = next(e for e in back["activities"] if e["purpose"]["key"] == "order_management")
    assert entry["version"]["decision_logic"] == "Prodotto di punti"  # no cell asks for it
    assert entry["version"]["answers"]["remarks"] == "risposta\nsu tre righe"


def _changed(cell: str) -> str:
    return cell.replace("su due righe", "su tre righe")


FOREIGN = {
    Kind.BASIS: "Esecuzione di un contratto (art. 6.1.b GDPR)",
    Kind.DATE: "2019-05-25",
    Kind.UPDATED: "2024-02-29",
    Kind.RECIPIENTS: "corrieri\nconsulente fiscale",
    Kind.TRANSFERS: "Svizzera, decisione di adeguatezza",
    Kind.RETENTION: "dieci anni dalla fine del rapporto",
    Kind.MEASURES: "armadio chiuso a chiave\nantivirus",
    Kind.SOURCES: "modulo cartaceo",
    Kind.PROFILING: "solo statistiche",
    Kind.ASSESSMENT: "non necessaria secondo il consulente",
}


def foreign(layout: Layout) -> list[Sheet]:
    """A form as somebody else has filled it in: no sheet for machines, words of their own."""
    company = [(column.title, f"{column.path} di Altri") for column in layout.company]
    company[2] = (layout.company[2].title, "IT")
    company[3] = (layout.company[3].title, "privacy@altri.example")
    known = "Clienti" if layout.language == "it" else "Customers"
    own = {**FOREIGN, Kind.WORDS: f"{known}; fornitori di fornitori"}
    answers = [
        (column.title, own.get(column.kind) or f"risposta a {column.title}"[:200])
        for column in layout.activity
    ]
    answers.append(("Colonna di un'altra mano", "da non perdere"))
    if layout.by_sheet:
        return [Sheet(layout.company_title, company), Sheet(f"{layout.activity_title} 1", answers)]
    rows = [[title for title, _ in answers], [cell for _, cell in answers]]
    return [Sheet(layout.company_title, company), Sheet(layout.activity_title, rows)]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_form_filled_in_elsewhere_loses_no_word(empty: Company, layout: Layout) -> None:
    """What has a value here gets it, what has none stays in words, in the same column."""
    given = foreign(layout)
    said = read_back(given, today=NOW.date())
    (entry,) = said["activities"]
    assert entry["version"]["basis"] == "contract"
    assert entry["version"]["categories"] == []  # nothing is guessed
    take_in(said, by=empty.staff[Role.DPO], now=NOW)
    draft = ActivityVersion.objects.get(controller=empty.controller)
    assert "retention_rules" in operations.missing_parts(draft)  # words are nobody's rule
    for sheet, again in zip(given, laid_out(said, layout), strict=False):
        assert _cells(sheet, layout) <= _cells(again, layout)


def _cells(sheet: Sheet, layout: Layout) -> set[tuple[str, str]]:
    """Pairs of question and line; the reference is a key here, the update is our own now."""
    rows = sheet.rows
    if sheet.title == layout.activity_title and not layout.by_sheet:
        titles, cells = rows
        rows = list(zip(titles, cells, strict=True))
    own = {c.title for c in layout.activity if c.kind is Kind.UPDATED or c.path == "purpose.key"}
    return {
        (("Note" if title.startswith("Colonna") else title), line)
        for title, cell in rows
        for line in cell.replace("; ", "\n").splitlines()
        if title not in own and not title.startswith("Colonna")
    }


def test_an_unknown_question_is_kept_among_the_remarks(empty: Company) -> None:
    for layout in (GARANTE, CNIL, ICO):
        (entry,) = read_back(foreign(layout), today=NOW.date())["activities"]
        assert "Colonna di un'altra mano: da non perdere" in entry["version"]["answers"]["remarks"]
        assert entry["version"]["answers"]["updated_on"] == "2024-02-29"


def test_a_basis_that_nobody_can_tell_is_refused_by_its_cell(empty: Company) -> None:
    given = foreign(ICO)
    titles, cells = given[1].rows
    at = titles.index("Article 6 lawful basis")
    cells = [*cells[:at], "come sempre", *cells[at + 1 :]]
    with pytest.raises(RegisterDocumentError) as refused:
        read_back([given[0], Sheet(given[1].title, [titles, cells])], today=NOW.date())
    assert refused.value.places == ["Article 6 lawful basis: come sempre"]


def test_other_sheets_are_no_register() -> None:
    with pytest.raises(RegisterDocumentError):
        read_back([Sheet("Foglio1", [["a", "b"]])], today=NOW.date())


def test_linked_data_says_the_same(filled: Company, empty: Company) -> None:
    said = document(filled.controller, at=NOW)
    made = json.loads(json.dumps(linked.to_linked(said)))
    assert linked.from_linked(made) == said
    assert facts_of(taken_in(linked.from_linked(made), empty)) == facts_of(said)


def test_an_independent_reader_finds_the_terms_of_dpv(filled: Company) -> None:
    from pyld import jsonld

    (root,) = jsonld.expand(linked.to_linked(document(filled.controller, at=NOW)))
    dpv, gdpr = linked.PREFIXES["dpv"], linked.PREFIXES["gdpr"]
    assert root["@type"] == [f"{dpv}ROPA"]
    entries = root[f"{dpv}hasProcess"]
    versions = [entry["http://purl.org/dc/terms/hasVersion"][0] for entry in entries]
    bases = {one["@id"] for version in versions for one in version[f"{dpv}hasLegalBasis"]
             if "@id" in one}  # fmt: skip
    assert f"{gdpr}A6-1-b" in bases
    data = [one for version in versions for one in version[f"{dpv}hasPersonalData"]]
    assert {"@id": f"{linked.PREFIXES['pd']}Name"} in data
    named = {"@value": "Nuvola S.p.A."}
    (cloud,) = [r for r in root[f"{dpv}hasRecipient"] if named in r[f"{dpv}hasName"]]
    (transfer,) = cloud["urn:custode:terms:transfer"]
    assert {"@id": f"{gdpr}A46-2-c"} in transfer[f"{dpv}hasLegalBasis"]


@pytest.mark.skipif(not DPV.exists(), reason="the vocabulary is not beside the project")
def test_every_term_is_one_of_dpv() -> None:
    known = {row["iri"] for path in DPV.glob("*.csv") for row in table(path) if row.get("iri")}
    turtle = (DPV / "dpv.ttl").read_text(encoding="utf-8")
    known |= {
        linked.PREFIXES["dpv"] + name for name in re.findall(r"^dpv:(\w+) a ", turtle, re.MULTILINE)
    }
    used = {*linked.TERM.values(), *(term for term, _, _ in linked.VALUES.values())}
    used |= {meant for _, _, words in linked.VALUES.values() for meant in words.values()}
    for term in used:
        prefix, _, name = term.partition(":")
        if prefix in {"dpv", "pd", "gdpr"}:
            assert linked.PREFIXES[prefix] + name in known, term


def test_the_starter_register_survives_every_form(empty: Company) -> None:
    starter.load(controller=empty.controller, by=empty.staff[Role.DPO], now=NOW)
    for version in ActivityVersion.objects.filter(controller=empty.controller):
        operations.approve(version=version, by=empty.staff[Role.LEGAL], now=NOW)
    said = document(empty.controller, at=NOW)
    assert drafting.take_in(said, by=empty.staff[Role.DPO], now=NOW).drafts == []
    for layout in LAYOUTS.values():
        assert read_back(laid_out(said, layout), today=NOW.date()) == said
