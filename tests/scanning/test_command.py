"""`manage.py scan`: the report, what the register lacks, and questions to the DPO."""

import json
import stat
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from registry.models import Finding
from tests.builders import Company

IBAN = "IT60X0542811101000000123456"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "export"
    made.mkdir()
    lines = ["Nome;Cognome;Email;Password;Religione;Conto"]
    lines += [f"Anna;Bianchi;a{n}@example.com;Segr3ta!{n};cattolica;{IBAN}" for n in range(30)]
    (made / "clienti.csv").write_text("\n".join(lines), encoding="utf-8")
    return made


def scan(*words: str) -> str:
    out = StringIO()
    call_command("scan", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_report_is_json_on_the_terminal(folder: Path) -> None:
    made = json.loads(scan(str(folder)))
    (table,) = made["tables"]
    standing = {c["name"]: c["standing"] for c in table["columns"]}
    assert standing == {
        "Nome": "seen", "Cognome": "seen", "Email": "seen", "Password": "secret",
        "Religione": "special", "Conto": "seen",
    }  # fmt: skip
    assert made["lacking_in_register"] == []


def test_the_report_says_what_the_register_lacks(company: Company, folder: Path) -> None:
    made = json.loads(scan(str(folder), "--controller", company.controller.slug))
    lacking = {one["category"]: one["places"] for one in made["lacking_in_register"]}
    assert lacking["religious_belief"] == ["clienti.csv › Religione"]
    assert "email" not in lacking
    (table,) = made["tables"]
    assert {c["name"]: c["standing"] for c in table["columns"]}["Email"] == "covered"


def test_questions_are_put_to_the_dpo_once(company: Company, folder: Path) -> None:
    words = (str(folder), "--controller", company.controller.slug, "--ask", "Vecchio gestionale")
    scan(*words)
    scan(*words)
    asked = {f.place: (f.kind, f.category, f.masked_sample) for f in Finding.objects.all()}
    place = "Vecchio gestionale › clienti.csv."
    assert asked[f"{place}Password"] == ("refused_column", "credentials", "••••••••")
    assert asked[f"{place}Religione"] == ("special_category", "religious_belief", "••••••••")
    assert f"{place}Email" not in asked
    assert Finding.objects.count() == len(asked)


class _Page(HTMLParser):
    """What a page refers to, and whether its tables name their columns."""

    def __init__(self) -> None:
        super().__init__()
        self.elsewhere: list[str] = []
        self.headings: list[str] = []
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.elsewhere += [str(said[a]) for a in ("src", "href") if a in said]
        if tag == "th":
            self.headings.append(said.get("scope") or "")
        if tag == "html":
            self.language = said.get("lang") or ""


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_page_stands_alone_and_is_for_its_owner(
    company: Company, folder: Path, tmp_path: Path, language: str
) -> None:
    where = tmp_path / "report.html"
    slug = company.controller.slug
    scan(str(folder), "--html", str(where), "--language", language, "--controller", slug)
    page = _Page()
    page.feed(where.read_text(encoding="utf-8"))
    assert page.elsewhere == []
    assert set(page.headings) == {"col", "row"}
    assert page.language == language
    assert stat.S_IMODE(where.stat().st_mode) == 0o600
    assert ("Che cosa manca nel registro" in where.read_text()) == (language == "it")


@pytest.mark.parametrize(
    "words",
    [["/nowhere"], ["x", "--ask", "y"], ["x", "--controller", "nobody"], ["x", "--sample", "0"]],
)
@pytest.mark.usefixtures("db")
def test_what_is_wrong_with_the_command_is_said(words: list[str]) -> None:
    with pytest.raises(CommandError):
        scan(*words)
