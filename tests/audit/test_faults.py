"""What happens when the log takes no entry: nothing is shown, nothing is done, and then it goes on.

Each fault is a real one of database or disk, with real commits; afterwards everything works again
without a restart, and the log is whole.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import close_old_connections, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import log
from audit.sequencer import drain
from audit.spool import Spool
from audit.verify import verify
from governance.policy.vocabulary import Role
from tests.api.world import World, days_ago
from tests.audit.history import seal
from tests.audit.sealing import connection_of
from tests.audit.test_coverage import browser_of, session_of
from tests.builders import a_company
from tests.databases import Run, superuser_connection

Superuser = psycopg.Connection[Any]
Fault = Callable[[Superuser, Path, pytest.MonkeyPatch], AbstractContextManager[None]]
PASSWORD = "a long enough password"
ERROR = 500
TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname IN ('public', 'audit') AND tablename <> 'django_session'
"""


@contextmanager
def broken_function(superuser: Superuser, *_: object) -> Iterator[None]:
    """The function that appends raises."""
    (whole,) = superuser.execute(
        "SELECT pg_get_functiondef('audit.append(bytea, bytea[])'::regprocedure)"
    ).fetchone()
    superuser.execute(
        "CREATE OR REPLACE FUNCTION audit.append(body bytea, members bytea[] DEFAULT '{}')"
        " RETURNS bytea LANGUAGE plpgsql SECURITY DEFINER AS"
        " $$ BEGIN RAISE EXCEPTION 'broken'; END $$"
    )
    yield
    superuser.execute(whole)


@contextmanager
def forbidden_function(superuser: Superuser, *_: object) -> Iterator[None]:
    """The application may not append."""
    superuser.execute("REVOKE EXECUTE ON FUNCTION audit.append FROM custode_app")
    yield
    superuser.execute("GRANT EXECUTE ON FUNCTION audit.append TO custode_app")


@contextmanager
def full_table(superuser: Superuser, *_: object) -> Iterator[None]:
    """The table of entries takes no row more."""
    superuser.execute("ALTER TABLE audit.entry ADD CONSTRAINT is_full CHECK (false) NOT VALID")
    yield
    superuser.execute("ALTER TABLE audit.entry DROP CONSTRAINT is_full")


@contextmanager
def full_queue(superuser: Superuser, *_: object) -> Iterator[None]:
    """The queue takes no row more: the entry before it has to go as well."""
    superuser.execute("ALTER TABLE audit.queue ADD CONSTRAINT is_full CHECK (false) NOT VALID")
    yield
    superuser.execute("ALTER TABLE audit.queue DROP CONSTRAINT is_full")


@contextmanager
def locked_queue(superuser: Superuser, *_: object) -> Iterator[None]:
    """Somebody holds a lock for longer than anybody waits."""
    name = Run.current.names.main
    superuser.execute(f"ALTER ROLE custode_app IN DATABASE {name} SET lock_timeout = '100ms'")
    connections.close_all()  # a default of new sessions
    with superuser_connection() as other, other.transaction():
        other.execute("LOCK TABLE audit.queue IN SHARE ROW EXCLUSIVE MODE")
        yield
    superuser.execute(f"ALTER ROLE custode_app IN DATABASE {name} RESET lock_timeout")


@contextmanager
def halted_log(superuser: Superuser, *_: object) -> Iterator[None]:
    """The signer found a fork."""
    superuser.execute("SELECT audit.halt('fork')")
    yield
    superuser.execute("UPDATE audit.head SET halted = NULL")


@contextmanager
def starved_sequencer(superuser: Superuser, *_: object) -> Iterator[None]:
    """Nothing was sequenced for two minutes; it ends when somebody does it."""
    superuser.execute(
        "UPDATE audit.head SET write_limit = '60 s', drained_at = drained_at - interval '2 min'"
    )
    superuser.execute("UPDATE audit.queue SET at = at - interval '2 min'")
    yield
    with connection_of("custode_sequencer") as connection:
        drain(connection)


@contextmanager
def full_disk(_: Superuser, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The spool is on a disk without space."""
    (folder / "spool").mkdir()
    for day in (timezone.now(), timezone.now() + timezone.timedelta(days=1)):
        (folder / "spool" / f"{day:%Y-%m-%d}.spool").symlink_to("/dev/full")
    with monkeypatch.context() as patch:
        patch.setattr(log, "spool", Spool(folder / "spool"))
        yield


@contextmanager
def lost_folder(_: Superuser, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The folder of the spool can not be made; when it can, the same spool goes on."""
    blocked = folder / "audit"
    blocked.write_text("")
    monkeypatch.setattr(log, "spool", Spool(blocked / "spool"))
    yield
    blocked.unlink()


@dataclass
class Scene:
    """A person, and everybody who asks for her data."""

    world: World
    anna: UUID
    dpo: Client

    def calls(self) -> dict[str, tuple[Callable[[], Any], int]]:
        """What is asked, and the status where the log works."""
        call = self.world.call
        order = {
            "contact": str(self.anna), "number": uuid4().hex[:8],
            "ordered_on": days_ago(0).isoformat(),
            "lines": [{"description": "Lampada", "quantity": 1, "unit_price": "39.90"}],
        }  # fmt: skip
        recipient = {
            "name": f"Stampatore {uuid4().hex[:8]}", "role": "processor",
            "category_it": "Stampa", "category_en": "Printers", "country": "IT",
            "transfers-TOTAL_FORMS": 0, "transfers-INITIAL_FORMS": 0,
        }  # fmt: skip
        agent = self.world.company.staff[Role.AGENT]
        password = {"login": agent.username, "password": PASSWORD}
        add = reverse("admin:registry_recipient_add")
        return {
            "read": (partial(call, "GET", f"contacts/{self.anna}/"), 200),
            "list": (partial(call, "GET", "contacts/"), 200),
            "write": (partial(call, "POST", "orders/", body=order), 201),
            "refusal": (partial(call, "GET", f"contacts/{self.anna}/", purpose="nothing"), 403),
            "nobody": (partial(call, "GET", f"contacts/{uuid4()}/"), 404),
            "index": (partial(self.dpo.get, reverse("admin:index")), 200),
            "page": (partial(self.dpo.get, reverse("admin:registry_purpose_changelist")), 200),
            "change": (partial(self.dpo.post, add, recipient), 302),
            "login": (partial(browser_of().post, reverse("account_login"), password), 302),
        }

    def statuses(self) -> dict[str, int]:
        """Ask for everything; the status of each answer."""
        found = {}
        for name, (call, _) in self.calls().items():
            close_old_connections()  # as the server does between two requests
            answer = call()
            status = getattr(answer, "status", None) or answer.status_code
            content = getattr(answer, "raw", None) or getattr(answer, "content", b"")
            assert status < ERROR or b"Bianchi" not in content, name
            found[name] = status
        return found

    def wanted(self) -> dict[str, int]:
        """The statuses where the log works."""
        return {name: status for name, (_, status) in self.calls().items()}


@pytest.fixture
def scene(fresh_database: None) -> Scene:
    now = timezone.now()
    company = a_company(now=now)
    world = World(company, now)
    agent = company.staff[Role.AGENT]
    agent.set_password(PASSWORD)
    agent.save(update_fields=["password"])
    world.token(Role.AGENT)
    return Scene(
        world, world.person(orders=[days_ago(9)]), browser_of(session_of(company, Role.DPO))
    )


def rows(superuser: Superuser) -> dict[str, int]:
    """How many rows each table has, the log's among them."""
    names = [name for (name,) in superuser.execute(TABLES)]
    return {name: superuser.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


@pytest.mark.parametrize(
    "fault",
    [
        broken_function, forbidden_function, full_table, full_queue, locked_queue, halted_log,
        starved_sequencer, full_disk, lost_folder,
    ],
)  # fmt: skip
def test_without_an_entry_nothing_happens(
    fault: Fault, scene: Scene, superuser: Superuser, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert scene.statuses() == scene.wanted()
    before = rows(superuser)
    with fault(superuser, tmp_path, monkeypatch):
        found = scene.statuses()
        assert {name: status for name, status in found.items() if status < ERROR} == {}
        assert rows(superuser) == before
    assert scene.statuses() == scene.wanted()
    with connection_of("custode_sequencer") as connection:
        drain(connection)
    verified = verify()
    assert (verified.fault, verified.doubt) == (None, None)
    assert verified.entries == before["audit.entry"] + len(scene.wanted())


def test_without_the_auditor_the_log_is_not_shown_and_work_goes_on(
    scene: Scene, superuser: Superuser, tmp_path: Path
) -> None:
    """Checkpoints are read through the auditor's connection; what is done needs none of it."""
    seal(tmp_path / "signer")
    ask = partial(scene.world.call, "GET", "audit/checkpoint/", purpose=None)
    assert ask().status == 200
    name = Run.current.names.main
    superuser.execute(f"REVOKE CONNECT ON DATABASE {name} FROM custode_auditor")
    superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = 'custode_auditor' AND datname = current_database()"
    )
    for _ in range(2):  # the connection that broke, and none
        close_old_connections()
        answer = ask()
        assert (answer.status, answer.body["code"]) == (503, "temporarily_unavailable")
    assert scene.statuses() == scene.wanted()
    superuser.execute(f"GRANT CONNECT ON DATABASE {name} TO custode_auditor")
    close_old_connections()
    assert ask().status == 200
    assert (verify().fault, verify().doubt) == (None, None)
