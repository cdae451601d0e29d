"""Fixtures that every test may use."""

from datetime import datetime

import pytest

from tests.builders import NOW, Company, a_company


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def company(db: None) -> Company:
    """An approved company; rolled back after the test."""
    return a_company()
