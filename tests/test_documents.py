"""The documents say what is true: named tests exist, and links lead somewhere."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
TESTS = REPOSITORY / "tests"
TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")])


def test_every_proof_is_a_test() -> None:
    named = TEST.findall((REPOSITORY / "docs" / "proofs.md").read_text(encoding="utf-8"))
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (TESTS / file).exists()
        or f"def {name}(" not in (TESTS / file).read_text(encoding="utf-8")
    ]
    assert missing == []
    assert len(named) > 50


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_links_lead_to_files(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    own = [link for link in links if "://" not in link]
    assert [link for link in own if not (document.parent / link).exists()] == []


def test_each_headline_promise_has_its_part() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    proofs = (REPOSITORY / "docs" / "proofs.md").read_text(encoding="utf-8")
    promised = readme.split("## What it promises")[1].split("## What it does not promise")[0]
    numbers = re.findall(r"^(\d)\. ", promised, re.MULTILINE)
    assert numbers == re.findall(r"^## (\d)\. ", proofs, re.MULTILINE) == ["1", "2", "3", "4", "5"]
