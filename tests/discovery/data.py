"""Where the real files are, and how to read them; tests that need one skip when it is absent."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[2].parent / "shared" / "data"
ROWS = 1000


def path(name: str) -> Path:
    found = DATA / name
    if not found.exists():
        pytest.skip(f"the sample file {name} is not on this computer")
    return found


def table(name: str, delimiter: str = ",") -> tuple[list[str], list[list[str]]]:
    csv.field_size_limit(10**7)
    with path(name).open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = list(csv.reader(file, delimiter=delimiter))
    return rows[0], rows[1 : ROWS + 1]


def cases(file: str) -> list[dict[str, Any]]:
    content = json.loads(path("identifiers/presidio_recognizer_cases.json").read_text("utf-8"))
    return [c for c in content[file] if c.get("text") or c.get("iban")]
