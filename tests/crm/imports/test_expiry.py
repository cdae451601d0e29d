"""Thirty days after it began, nothing of an import can be read that did not land."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from crm.imports import expiry, landing, rejects
from crm.models import ImportBatch, RejectedRow
from governance.crypto.errors import KeyDestroyedError, UnsealError
from governance.policy.actors import system
from governance.policy.vocabulary import Duty, Role, SubjectKind
from registry import operations
from registry.gate import opening as gate
from tests.builders import NOW, Company


@pytest.fixture
def batch(company: Company, tmp_path: Path) -> ImportBatch:
    file = tmp_path / "clienti.csv"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["Nome", "Cognome", "Email", "Data di nascita"])
        writer.writerow(["Anna", "Bianchi", "anna@example.com", "01/02/1980"])
        writer.writerow(["", "", "", "03/04/1990"])  # about nobody
    staff = company.staff[Role.SALES]
    source = operations.add_source(
        controller=company.controller, name="Gestionale", kind="import", by=staff, now=NOW
    )
    made, mapping = landing.propose(
        file, source=source, purpose="order_management", by=staff, now=NOW
    )
    report = landing.land(file, made, mapping, by=staff, kind=SubjectKind.CUSTOMER, now=NOW)
    assert report.rejected == 1
    return made


def rows(company: Company) -> int:
    with gate.duty(system(company.controller.pk), Duty.RETENTION, now=NOW):
        return RejectedRow.objects.count()


def test_an_import_is_over_on_the_day_after_its_last(company: Company, batch: ImportBatch) -> None:
    last = (NOW + timedelta(days=30)).date()
    assert batch.expires_on == last
    assert list(expiry.over(company.controller.pk, today=last)) == []
    over = expiry.over(company.controller.pk, today=last + timedelta(days=1))
    assert list(over) == [batch]


def test_expiring_destroys_the_key_and_the_rows_once(company: Company, batch: ImportBatch) -> None:
    assert rows(company) == 1
    assert expiry.expire(batch, now=NOW) is True
    assert rows(company) == 0
    assert ImportBatch.objects.get(pk=batch.pk).state == "expired"
    with (
        pytest.raises((KeyDestroyedError, UnsealError)),
        gate.duty(system(company.controller.pk), Duty.SECURITY, now=NOW),
    ):
        list(rejects.rows_of(batch))
    assert expiry.expire(batch, now=NOW) is False
