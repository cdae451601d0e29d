"""The signer tells the keystore what it signed, whether the keystore is there or not."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from audit import log, process, proofs, signer
from audit.actions import Action
from audit.proofs import NotYetProvableError
from audit.sequencer import drain
from audit.signer import Signer
from audit.signing import Folder
from audit.verify import verify
from audit.witnessing import Witness
from governance.crypto import destruction, keystore
from governance.crypto.orders import Line, Order
from governance.policy.actors import system
from governance.policy.vocabulary import Role, Scope
from tests.audit.sealing import connection_of, url_of
from tests.builders import Company, a_company

PATIENCE = 60


@pytest.fixture
def company(fresh_database: None) -> Company:
    return a_company()


@pytest.fixture
def running(company: Company, tmp_path: Path) -> Iterator[Callable[[Witness], None]]:
    """Starts signers as processes do, and stops them after the test."""
    started: list[tuple[process.Stop, threading.Thread]] = []

    def start(witness: Witness) -> None:
        stop = process.Stop()
        folder = Folder(tmp_path / "signer")
        thread = threading.Thread(
            target=signer.run,
            args=(folder, lambda: _connected("custode_signer"), stop),
            kwargs={"name": "acme.example", "interval": 0.05, "witness": witness},
        )
        thread.start()
        started.append((stop, thread))

    yield start
    for stop, thread in started:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def _connected(role: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url_of(role), autocommit=True)


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _signed() -> tuple[int, int, bytes] | None:
    with connection_of("custode_signer") as connection:
        found = connection.execute(
            "SELECT epoch, size, root FROM audit.checkpoint ORDER BY size DESC LIMIT 1"
        ).fetchone()
        return found and (found[0], found[1], bytes(found[2]))


def _say(company: Company, *, action: Action, about: UUID, **more: Any) -> log.Receipt:
    event = log.Event(
        action=action, purpose="duty:erasing", object_type="erasure", object_id=about, **more
    )
    actor = system(company.controller.pk)
    if action is Action.ERASURE_APPROVED:
        actor = company.actor(Role.DPO)
    return log.record_apart(actor, event, now=datetime.now(UTC))


def _drain() -> None:
    with connection_of("custode_sequencer") as connection:
        drain(connection)


def test_an_order_of_the_real_log_destroys_keys_once_the_signer_told(
    company: Company, tmp_path: Path
) -> None:
    anna, controller = uuid4(), company.controller.pk
    keystore.create_subject_keys(controller, [anna], scopes=[Scope.ORDINARY])
    order = Order.of(controller, uuid4(), [Line(anna, "ordinary", 1)])
    approved = _say(company, action=Action.ERASURE_APPROVED, about=order.job)
    ordered = _say(
        company, action=Action.KEY_DESTROYED, about=order.job, reason=order.reason(),
        counts={"rows": 1},
    )  # fmt: skip
    entries = [ordered.id, approved.id]
    with connection_of("custode_signer") as connection:
        signs = Signer(Folder(tmp_path / "signer"), connection, name="acme.example")
        witness = Witness(lambda: _connected("custode_keys_witness"))
        for prepare in (
            lambda: None,  # not sequenced
            _drain,  # not signed
            lambda: signs.tick(datetime.now(UTC)),  # the keystore was not told
        ):
            prepare()
            with pytest.raises(NotYetProvableError):
                proofs.evidence_of(entries)
        witness.tell(signs.state)
        witness.close()
    size, evidence = proofs.evidence_of(entries)
    with pytest.raises(NotYetProvableError):
        proofs.evidence_of([*entries, uuid4()])
    _say(company, action=Action.PAGE_VIEWED, about=uuid4())
    _drain()  # the tree has grown since
    assert proofs.evidence_of(entries) == (size, evidence)
    assert destruction.destroy(order, evidence, size=size).closed == 1
    assert keystore.subject_keys(controller, [anna], scopes=[Scope.ORDINARY]) == {}
    assert keystore.destroyed(controller)[0][1] == ordered.id
    assert verify().fault is None  # T24: the log ordered what is gone


def test_the_signer_signs_on_without_the_keystore_and_tells_it_later(
    company: Company, running: Callable[[Witness], None], caplog: pytest.LogCaptureFixture
) -> None:
    is_away = threading.Event()
    is_away.set()

    def connect() -> psycopg.Connection[Any]:
        if is_away.is_set():
            return psycopg.connect("host=/nowhere dbname=keys")
        return _connected("custode_keys_witness")

    with caplog.at_level(logging.ERROR):
        running(Witness(connect))
        _drain()
        _until(lambda: _signed() is not None)
        first = _signed()
        _say(company, action=Action.PAGE_VIEWED, about=uuid4())
        _drain()
        _until(lambda: _signed() != first)
    assert destruction.witnessed() is None
    assert [r.message for r in caplog.records] == [
        "the keystore is not told what was signed: OperationalError"
    ]
    is_away.clear()
    _until(lambda: destruction.witnessed() == _signed())


def test_what_is_on_the_signers_disk_alone_is_not_told(
    company: Company, running: Callable[[Witness], None], tmp_path: Path
) -> None:
    """A signer that died between its disk and the database has signed nothing that can be shown."""
    _drain()
    with connection_of("custode_signer") as connection:
        signs = Signer(Folder(tmp_path / "signer"), connection, name="acme.example")
        assert not signs.is_public()
        with connection_of("custode_owner") as owner:
            ((size, root),) = owner.execute("SELECT size, root FROM audit.head").fetchall()
        Folder(tmp_path / "signer").save(
            signs.state.moved(size=size, root=bytes(root), signed_at=datetime.now(UTC))
        )
        again = Signer(Folder(tmp_path / "signer"), connection, name="acme.example")
        assert not again.is_public()
    running(Witness(lambda: _connected("custode_keys_witness")))
    _say(company, action=Action.PAGE_VIEWED, about=uuid4())
    _drain()
    _until(lambda: destruction.witnessed() is not None)
    assert destruction.witnessed() == _signed()
    with connection_of("custode_keys") as keys:
        assert keys.execute("SELECT count(*) FROM crypto_checkpoint").fetchone() == (1,)
