"""Fixtures of the API tests."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.api.world import World, a_world, days_ago
from tests.retention.receiver import certificates


@pytest.fixture(scope="session")
def signing_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The authority that vouches for us, and a file with our key and certificate."""
    folder = tmp_path_factory.mktemp("opendsr")
    authority, own = folder / "authority.pem", folder / "own.pem"
    certificates(authority, own)
    return authority, own


@pytest.fixture(autouse=True)
def opendsr(settings: Any, signing_files: tuple[Path, Path]) -> None:
    settings.OPENDSR_KEY = settings.OPENDSR_CERTIFICATE = str(signing_files[1])


@pytest.fixture
def world(db: None) -> World:
    return a_world()


@pytest.fixture
def anna(world: World) -> UUID:
    """Anna Bianchi: an e-mail, a phone, two orders."""
    return world.person(phone="+39 02 1234567", orders=[days_ago(40), days_ago(10)])
