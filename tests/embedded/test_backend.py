"""A kept connection that the server has ended is noticed without asking the server."""

from contextlib import closing

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


def test_a_connection_that_is_alive_is_not_asked() -> None:
    with closing(connection.copy()) as kept:
        kept.connect()
        asked: list[str] = []
        kept.connection.execute = asked.append
        assert kept.is_usable()
        assert asked == []


def test_a_connection_that_the_server_ended_is_not_usable() -> None:
    with closing(connection.copy()) as kept:
        kept.connect()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(%s, 5000)", [kept.connection.info.backend_pid]
            )
            assert cursor.fetchone()[0]
        assert not kept.is_usable()


def test_a_connection_that_is_closed_is_not_usable() -> None:
    kept = connection.copy()
    assert not kept.is_usable()
