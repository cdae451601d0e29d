"""Entries for the benchmarks of the audit log, and threads that write them."""

import os
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]
CONTROLLER = uuid.UUID("019ab000-0000-7000-8000-00000000c0de")
BODY = (
    '{"act":"data.read","activity":"order_management.v1","actor":{"k":"staff","p":'
    '"9f86d081884c7d659a2feaa0c55ad015","role":"agent"},"basis":"contract","controller":"%s",'
    '"fields":["crm.Contact.family_name","crm.Contact.given_name","crm.ContactPoint.email"],'
    '"id":"%s","members":{"digest":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",'
    '"n":0,"unnamed":1},"month":"%s","operation":"read","outcome":"done",'
    '"purpose":"order_management","subj":[],"v":2}'
)


def body(entry_id: uuid.UUID) -> bytes:
    """Return an entry as `audit.log` writes it for the read of one person without a key."""
    month = time.strftime("%Y-%m", time.gmtime((entry_id.int >> 80) / 1000))
    return (BODY % (CONTROLLER, entry_id, month)).encode()


def connect(variable: str = "DATABASE_URL") -> psycopg.Connection[Any]:
    """Return a connection of the installation, in autocommit mode."""
    return psycopg.connect(os.environ[variable], autocommit=True)


def together(count: int, work: Callable[[psycopg.Connection[Any], int], None]) -> float:
    """Let `count` threads work at once, each with a connection; return the seconds it took.

    Arguments
    ---------
    work : of the thread's connection and number
    """
    started = threading.Barrier(count + 1)
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            with connect() as connection:
                started.wait()
                work(connection, number)
        except BaseException as failure:
            failures.append(failure)
            started.abort()
            raise

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    started.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    if failures:
        raise SystemExit(f"a writer failed: {failures[0]}")
    return seconds
