"""What the register says is seen by every process at once, however much each of them remembers."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from governance.policy.vocabulary import Role
from registry import operations
from registry.models import ActivityVersion
from tests.builders import NOW, Company, a_company, a_person, amend

pytestmark = pytest.mark.usefixtures("fresh_database")

# A process that serves one request after another, as a worker of the API does.
READER = """
import json, sys
import django
django.setup()
from datetime import datetime
from uuid import UUID
from crm.models import Contact, Order
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Operation
from registry.gate import opening as gate
from registry.models import Staff

for line in sys.stdin:
    staff, person, at = json.loads(line)
    try:
        with gate.open(
            Staff.objects.get(pk=staff).actor(), "order_management", Operation.READ,
            subjects=UUID(person), now=datetime.fromisoformat(at),
        ) as access:
            contact = access.rows(Contact).get()
            said = [contact.given_name, "birth" in access.categories]
    except GovernanceError as error:
        said = [error.code, error.article]
    print(json.dumps(said), flush=True)
"""


@contextmanager
def another_process() -> Iterator[Any]:
    """A reader with a memory of its own; called with a moment, it says what it could read."""
    process = subprocess.Popen(
        [sys.executable, "-c", READER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.communicate()


def asks(process: Any, company: Company, person: UUID, minutes: int) -> list[Any]:
    at = NOW + timedelta(minutes=minutes)
    staff = company.staff[Role.AGENT].pk
    process.stdin.write(json.dumps([str(staff), str(person), at.isoformat()]) + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())  # type: ignore[no-any-return]


def test_a_withdrawn_approval_stops_reads_of_a_process_that_has_read_before() -> None:
    company = a_company()
    anna = a_person(company, orders=[date(2026, 1, 2)])
    with another_process() as reader:
        assert asks(reader, company, anna, 1) == ["Anna", False]
        version = ActivityVersion.objects.get(
            activity__purpose__key="order_management", state="approved"
        )
        wider = amend(
            company, "order_management", now=NOW + timedelta(minutes=2),
            categories=[*version.categories, "birth"],
        )  # fmt: skip
        assert asks(reader, company, anna, 3) == ["Anna", True], "a new version counts at once"
        operations.retire(
            version=wider, by=company.staff[Role.LEGAL], now=NOW + timedelta(minutes=4)
        )
        assert asks(reader, company, anna, 5) == ["no_active_activity", "30(1)"]
