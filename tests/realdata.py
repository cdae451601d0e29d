"""Real exports to try imports on; a test that needs them skips, with the reason, without them."""

import csv
from pathlib import Path

import pytest

from crm.imports import landing
from crm.imports.outcomes import Report
from crm.imports.targets import Entity
from governance.policy.vocabulary import Role, SubjectKind
from registry import operations
from registry.models import DataSource
from tests.builders import NOW, Company

FOLDER = Path(__file__).parents[1].parent / "shared" / "data"
CRM = FOLDER / "crm"

needs_real_data = pytest.mark.skipif(
    not CRM.exists(), reason="the folder of real exports is not beside the project"
)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def a_verified_source(company: Company, name: str) -> DataSource:
    by = company.staff[Role.DPO]
    source = operations.add_source(
        controller=company.controller, name=name, kind="import", by=by, now=NOW
    )
    operations.verify_source(source=source, by=by, now=NOW)
    return source


def bring_in(
    company: Company,
    path: Path,
    source: DataSource,
    *,
    entity: Entity | None = None,
    kind: SubjectKind = SubjectKind.CUSTOMER,
    role: Role = Role.AGENT,
    purpose: str = "order_management",
) -> Report:
    by = company.staff[role]
    batch, mapping = landing.propose(
        path, source=source, purpose=purpose, by=by, now=NOW, entity=entity
    )
    return landing.land(path, batch, mapping, by=by, kind=kind, now=NOW)


def bring_in_chinook(company: Company) -> dict[str, Report]:
    """Customers, products, invoices, lines and employees of the music shop."""
    source = a_verified_source(company, "Chinook")
    shop = CRM / "chinook"
    return {
        "customers": bring_in(company, shop / "Customer.csv", source),
        "tracks": bring_in(company, shop / "Track.csv", source, entity=Entity.PRODUCT),
        "invoices": bring_in(company, shop / "Invoice.csv", source),
        "lines": bring_in(company, shop / "InvoiceLine.csv", source),
        "employees": bring_in(
            company,
            shop / "Employee.csv",
            source,
            role=Role.LEGAL,
            purpose="personnel",
            kind=SubjectKind.EMPLOYEE,
        ),
    }
