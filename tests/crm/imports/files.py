"""Where the tests find real exports, and how they write files of their own."""

from pathlib import Path

import pytest

CRM = Path(__file__).parents[3].parent / "shared" / "data" / "crm"


def real(name: str) -> Path:
    """Return a real export, or skip the test where the collection is absent."""
    path = CRM / name
    if not path.exists():
        pytest.skip("the collection of real exports is not beside the repository")
    return path


def write(folder: Path, content: str | bytes, *, name: str = "export.csv") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
