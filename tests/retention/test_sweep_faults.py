"""Bad rows, a failing server, and a writer at the same moment: the sweep against real commits."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID

import psycopg
import pytest
from django.db import OperationalError, connections

from crm import operations as crm
from governance.policy.vocabulary import Channel, Duty, Role
from registry.gate import opening as gate
from retention import operations
from tests.builders import NOW, a_company
from tests.retention.scenes import (
    an_old_customer,
    approved,
    carried_out,
    held,
    living_keys,
    status,
    swept,
)

OLD, YOUNG = date(2011, 11, 23), date(2020, 5, 6)
ALL_KEYS = {"ordinary", "fiscal", "audit"}


def test_one_bad_record_never_stops_a_run(
    fresh_database: None, superuser: psycopg.Connection
) -> None:
    """One row that a trigger refuses to delete, one that a trigger keeps in silence."""
    company = a_company()
    bad, silent, good = (
        an_old_customer(company, name, orders=[OLD]) for name in ("Rotti", "Muti", "Buoni")
    )
    superuser.execute(
        f"""
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.subject_id = '{bad}' THEN RAISE EXCEPTION 'broken'; END IF;
            IF OLD.subject_id = '{silent}' THEN RETURN NULL; END IF;
            RETURN OLD;
        END $$;
        CREATE TRIGGER refuse BEFORE DELETE ON crm_contact
            FOR EACH ROW EXECUTE FUNCTION public.refuse();
        """
    )
    run = swept(company)
    assert {(a.table, a.error) for a in run.set_aside.all()} == {
        ("crm_contact", "RaiseException"),
        ("crm_contact", "SilentlyKeptError"),
    }
    assert (run.rows_erased, run.rows_set_aside) == (13, 2)
    assert held(company, good) == {}
    for subject in (bad, silent):
        rows = held(company, subject)
        assert rows.pop("registry_searchtoken") > 0
        assert rows == {"crm_contact": 1}
        assert living_keys(company, subject) == ALL_KEYS


def test_a_fault_of_the_server_is_nobodys_row_and_the_run_is_repeated(
    fresh_database: None, superuser: psycopg.Connection
) -> None:
    company = a_company()
    subject = an_old_customer(company, "Vecchi", orders=[OLD])
    run = approved(company)
    superuser.execute(
        """
        CREATE FUNCTION public.die() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'going down' USING ERRCODE = '57P01'; END $$;
        CREATE TRIGGER die BEFORE DELETE ON registry_qualifyingevent
            FOR EACH ROW EXECUTE FUNCTION public.die();
        """
    )
    with pytest.raises(OperationalError):
        operations.carry_out(run.pk, now=NOW)
    assert held(company, subject)["crm_contact"] == 1  # the whole batch came back
    run.refresh_from_db()
    assert (run.state, run.attempts, run.rows_erased) == ("running", 1, 0)
    superuser.execute("DROP TRIGGER die ON registry_qualifyingevent")
    later = NOW + operations.LEASE
    assert operations.waiting(now=later) == [run.pk]
    assert carried_out(run, now=later).state == "done"
    assert held(company, subject) == {}
    assert living_keys(company, subject) == set()


def test_the_sweep_waits_for_a_writer_and_sees_what_was_written(
    fresh_database: None, superuser: psycopg.Connection
) -> None:
    """A message is being written down while the batch wants to erase its sender."""
    company = a_company()
    subject = an_old_customer(company, "Contemporanei", orders=[OLD])
    run = approved(company)
    with (
        ThreadPoolExecutor(1) as worker,  # left after the writer has committed
        gate.duty(
            company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
        ) as access,
    ):
        crm.record_interaction(
            access, subject=subject, channel=Channel.EMAIL, direction="in", occurred_at=NOW,
            topic="Domanda", body="Sono ancora vostro cliente",
        )  # fmt: skip
        sweeping = worker.submit(_carry_out_elsewhere, run.pk)
        _wait_until_blocked(superuser)
    assert sweeping.result(timeout=60) == "done"
    assert held(company, subject)["crm_contact"] == 1
    assert held(company, subject)["crm_interaction"] == 1
    assert status(company, subject) == "active"


def _carry_out_elsewhere(run_id: UUID) -> str:
    try:
        return operations.carry_out(run_id, now=NOW).state
    finally:
        connections.close_all()


def _wait_until_blocked(superuser: psycopg.Connection) -> None:
    for _ in range(600):
        waiting = superuser.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
        ).fetchone()
        if waiting == (1,):
            return
        time.sleep(0.05)
    pytest.fail("the sweep did not wait for the writer")
