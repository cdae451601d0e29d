"""Fixtures of the API tests."""

from uuid import UUID

import pytest

from tests.api.world import World, a_world, days_ago


@pytest.fixture
def world(db: None) -> World:
    return a_world()


@pytest.fixture
def anna(world: World) -> UUID:
    """Anna Bianchi: an e-mail, a phone, two orders."""
    return world.person(phone="+39 02 1234567", orders=[days_ago(40), days_ago(10)])
