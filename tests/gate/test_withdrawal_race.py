"""Art. 7(3) in a race: a withdrawal is seen by the next message, or comes after it has left."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connections

from crm.models import ContactPoint
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, Role
from registry import consent, restriction
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.disclosing import To
from registry.gate.errors import GateRefusedError
from tests.builders import NOW, Company, a_company, a_consent, a_person

PATIENCE = 20
LATER = NOW + timedelta(minutes=1)


def send(company: Company, subject: UUID, leaving: Callable[[], None] = lambda: None) -> str:
    """Take one waiting message out: decide, read the address, let it leave."""
    try:
        with gate.open(
            company.actor(Role.MARKETING), "newsletter", Operation.SEND, subjects=subject,
            channel=Channel.EMAIL, recipient=To.THE_PERSON, now=LATER,
        ) as access:  # fmt: skip
            assert access.rows(ContactPoint).get().email
            leaving()
            return "left"
    except GateRefusedError as refused:
        return refused.code


def withdraw(access: Access, company: Company, subject: UUID) -> None:
    consent.record(
        access, subject=subject, purpose=company.purpose("newsletter"), channel=Channel.EMAIL,
        state=ConsentState.WITHDRAWN, method="form", at=NOW,
    )  # fmt: skip


def object_to(access: Access, _company: Company, subject: UUID) -> None:
    consent.object_to(access, subject=subject, at=NOW)


def restrict(access: Access, _company: Company, subject: UUID) -> None:
    restriction.place(access, subject=subject, ground="a", at=NOW)


def stop(company: Company, subject: UUID, say, then: Callable[[], None] = lambda: None) -> None:
    """Somebody says stop, and it is filed."""
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        say(access, company, subject)
        then()


STOPS = {withdraw: "no_consent", object_to: "objected", restrict: "restricted"}


class Other:
    """Somebody else, in a thread of their own."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.result: object = None
        self._act = act
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._act()
        finally:
            connections.close_all()

    def ended(self) -> object:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        return self.result


def wait_until_blocked(superuser: psycopg.Connection) -> None:
    for _ in range(PATIENCE * 20):
        (waiting,) = superuser.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN"
            " ('tuple', 'transactionid')"
        ).fetchone() or (0,)
        if waiting:
            return
        time.sleep(0.05)
    pytest.fail("nobody waits")


@pytest.mark.usefixtures("fresh_database")
def test_a_stop_between_two_steps_stops_the_second_in_any_order(
    superuser: psycopg.Connection,
) -> None:
    company = a_company()
    for say, refusal in STOPS.items():
        # It comes while the first step leaves: it waits for that, and the second step sees it.
        anna = _somebody(company)
        others: list[Other] = []

        def meanwhile(anna: UUID = anna, say=say, others: list[Other] = others) -> None:
            others.append(Other(lambda: stop(company, anna, say)))
            wait_until_blocked(superuser)

        assert send(company, anna, meanwhile) == "left"
        others.pop().ended()
        assert send(company, anna) == refusal
        # A step is taken out while it is being filed: it waits for that, and does not leave.
        bruno = _somebody(company)

        def meanwhile_sent(bruno: UUID = bruno, others: list[Other] = others) -> None:
            others.append(Other(lambda: send(company, bruno)))
            wait_until_blocked(superuser)

        stop(company, bruno, say, meanwhile_sent)
        assert others.pop().ended() == refusal


def _somebody(company: Company) -> UUID:
    subject = a_person(company, email=f"{uuid4().hex}@example.it")
    a_consent(company, subject, at=NOW - timedelta(days=1))
    return subject
