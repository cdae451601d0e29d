"""The page of the figures of a year, and the same as a sheet."""

import csv
import io
from datetime import datetime

from django.urls import reverse

from governance.policy.vocabulary import Role
from registry.neutral import RISKY
from tests.builders import Company, a_person
from tests.portal.conftest import As, ask


def test_the_sheet_says_what_the_page_says_and_runs_nothing(
    company: Company, as_role: As, now: datetime
) -> None:
    a_person(company, now=now)
    for right in ("access", "access", "erasure"):
        ask(company, right, days=0, now=now)
    browser, address = as_role(Role.AUDITOR), reverse("admin:request_statistics")
    page = browser.get(address, {"year": now.year})
    assert page.status_code == 200
    assert "Bianchi" not in page.content.decode()
    answer = browser.get(address, {"year": now.year, "csv": "1"})
    assert answer["Content-Type"].startswith("text/csv")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert len({len(line) for line in lines}) == 1
    assert [line[1] for line in lines if "Access" in line[0]] == ["2"]
    assert [line[1] for line in lines if line[0] == "All"] == ["3"]
    assert not any(cell[:1] in RISKY for line in lines for cell in line if cell)


def test_who_may_not_see_requests_sees_no_figures(company: Company, as_role: As) -> None:
    assert as_role(Role.SALES).get(reverse("admin:request_statistics")).status_code == 403
