"""Versions of a person's key: the next one only while one is alive, and old ones are retired."""

from datetime import datetime, timedelta
from threading import Thread
from uuid import UUID, uuid4

import pytest
from django.db import ProgrammingError, connections, transaction
from django.utils import timezone

from governance.crypto import keystore
from governance.crypto.orders import Line
from governance.policy.vocabulary import Scope
from tests.builders import NOW
from tests.crypto.destroying import destroy_subject_keys
from tests.databases import Run

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
CONTROLLER = uuid4()


def somebody(*scopes: Scope) -> UUID:
    subject = uuid4()
    keystore.create_subject_keys(CONTROLLER, [subject], scopes=scopes or [Scope.ORDINARY])
    return subject


def versions(subject: UUID, scope: str = "ordinary") -> list[int]:
    lines = keystore.living_lines(CONTROLLER, [subject])
    return sorted(line.version for line in lines if line.scope == scope)


def raised(subject: UUID, version: int = 1, scope: str = "ordinary") -> None:
    keystore.create_next_keys(CONTROLLER, [Line(subject, scope, version)])


def destroyed(subject: UUID) -> None:
    destroy_subject_keys(CONTROLLER, subject, scopes=[Scope.ORDINARY], ordered_by=uuid4(), now=NOW)


def retired(line: Line, ending: datetime | None = None) -> int:
    with Run.current.server.connect(Run.current.names.keys) as connection:
        ((count,),) = connection.execute(
            "SELECT keystore.retire(%s, %s::uuid[], %s::text[], %s::smallint[], %s)",
            [CONTROLLER, [line.subject], [line.scope], [line.version], ending],
        )
        return int(count)


def test_the_next_version_is_another_key_and_the_first_goes_on(db: None) -> None:
    anna = somebody()
    raised(anna)
    raised(anna)  # repeated, it changes nothing
    assert versions(anna) == [1, 2]
    found = keystore.opened(CONTROLLER, [anna], scopes=[Scope.ORDINARY], categories=["name"])
    assert list(found) == [(anna, "ordinary", 1), (anna, "ordinary", 2)], "the newest is last"
    first, second = found.values()
    assert first.commitment != second.commitment
    assert first.by_category["name"] != second.by_category["name"]


@pytest.mark.parametrize("version", [0, 2, 254])
def test_no_version_is_made_but_the_one_above_a_living_one(db: None, version: int) -> None:
    anna = somebody()
    raised(anna, version)
    assert versions(anna) == [1]


def test_nobody_whose_key_was_destroyed_gets_another_version(db: None) -> None:
    anna = somebody()
    raised(anna)
    destroyed(anna)
    raised(anna)
    raised(anna, 2)
    keystore.create_subject_keys(CONTROLLER, [anna], scopes=[Scope.ORDINARY])
    assert versions(anna) == []
    assert keystore.closed_scopes(CONTROLLER, anna) == {"ordinary"}


def test_the_name_in_the_log_keeps_one_version(db: None) -> None:
    anna = somebody(Scope.AUDIT)
    raised(anna, scope="audit")
    assert versions(anna, "audit") == [1]


def test_a_version_made_beside_a_destruction_does_not_survive_it(fresh_database: None) -> None:
    """However often both are tried at once, in whatever order they come."""
    people = [somebody() for _ in range(12)]

    def in_thread(act: object) -> Thread:
        def run() -> None:
            act()  # type: ignore[operator]
            connections.close_all()

        thread = Thread(target=run)
        thread.start()
        return thread

    threads = [
        in_thread(lambda who=subject, act=act: act(who))
        for subject in people
        for act in (raised, destroyed)
    ]
    for thread in threads:
        thread.join()
    assert keystore.living_lines(CONTROLLER, people) == set()


def test_the_application_retires_nothing(db: None) -> None:
    anna = somebody()
    raised(anna)
    with pytest.raises(ProgrammingError), transaction.atomic(using="keys"):
        keystore.retire(CONTROLLER, [Line(anna, "ordinary", 1)])
    assert versions(anna) == [1, 2]


def test_an_old_version_is_noted_first_and_removed_later(fresh_database: None) -> None:
    anna = somebody()
    raised(anna)
    old = Line(anna, "ordinary", 1)
    later = timezone.now() + timedelta(days=1)
    assert retired(old, ending=later) == 0, "not noted yet"
    assert retired(old) == 1
    assert retired(old) == 0
    assert retired(old, ending=timezone.now() - timedelta(days=1)) == 0, "noted too late"
    assert versions(anna) == [1, 2]
    assert retired(old, ending=later) == 1
    assert versions(anna) == [2]
    assert keystore.destroyed(CONTROLLER) == [], "no erasure, which an entry would have to order"
    assert keystore.closed_scopes(CONTROLLER, anna) == set()
    raised(anna, 2)
    assert versions(anna) == [2, 3]


def test_the_newest_version_is_not_retired(fresh_database: None) -> None:
    anna = somebody()
    raised(anna)
    with pytest.raises(Exception, match="newest") as refused:
        retired(Line(anna, "ordinary", 2))
    assert getattr(refused.value, "sqlstate", "") == "CU024"
    assert versions(anna) == [1, 2]
    destroyed(anna)
    assert len(keystore.destroyed(CONTROLLER)) == 2, "an erasure takes all versions"
