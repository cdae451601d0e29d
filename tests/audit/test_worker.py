"""A worker on a real broker, woken up by the name of a task and nothing else."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from uuid import uuid4

import kombu
import psycopg
import pytest

from audit import tasks
from audit.sequencer import drain
from tests.audit.history import an_old_entry
from tests.audit.sealing import connection_of
from tests.databases import Run

PATIENCE = 90  # seconds, for a worker that starts on a busy machine
COUNTED = "SELECT count(*) FROM audit.entry WHERE controller_id = %s AND action = 'log.counted'"


@pytest.mark.usefixtures("fresh_database")
def test_a_worker_counts_the_log(superuser: psycopg.Connection[object], broker_url: str) -> None:
    controller = uuid4()
    an_old_entry(superuser, controller, at=datetime.now(UTC))
    with connection_of("custode_sequencer") as connection:
        drain(connection)
    queue = f"custode-test-{uuid4().hex}"  # a broker that CI shares has other queues
    variables = Run.current.variables() | {"CELERY_BROKER_URL": broker_url}
    arguments = ["-A", "governance", "worker", "--pool", "solo", "-Q", queue, "--loglevel", "ERROR"]
    worker = subprocess.Popen([sys.executable, "-m", "celery", *arguments], env=variables)
    try:
        with kombu.Connection(broker_url) as broker:
            tasks.count_entries.apply_async(connection=broker, queue=queue)
            deadline = time.monotonic() + PATIENCE
            while superuser.execute(COUNTED, [controller]).fetchone() != (1,):
                assert time.monotonic() < deadline, "the worker did not count"
                assert worker.poll() is None, "the worker ended"
                time.sleep(0.2)
            broker.SimpleQueue(queue).queue.delete()
    finally:
        worker.terminate()
        worker.wait(PATIENCE)
