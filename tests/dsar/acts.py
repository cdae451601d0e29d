"""What the tests of requests do again and again."""

import io
import json
import zipfile
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from dsar import access_right, requests
from dsar.identity import Requester
from dsar.models import AccessPackage, SubjectRequest
from governance.policy.vocabulary import Duty, Right, Role
from registry import suppression
from registry.datamap import Lookup, data_map
from registry.gate import opening as gate
from registry.suppression import Reason
from tests.builders import NOW, Company
from tests.dsar import pdf_ua
from tests.dsar.others import read_all


def ask(
    company: Company,
    right: Right = Right.ACCESS,
    *,
    email: str = "anna.bianchi@example.it",
    name: str = "Anna Bianchi",
    phone: str = "",
    details: str = "",
    subject: UUID | None = None,
    language: str = "it",
    now: datetime = NOW,
) -> SubjectRequest:
    return requests.receive(
        company.actor(Role.DPO), right=right, channel="email", received_at=now, language=language,
        requester=Requester(name, email, phone, details), subject=subject, now=now,
    )  # fmt: skip


def ask_and_identify(company: Company, right: Right = Right.ACCESS, **said: Any) -> SubjectRequest:
    """Somebody asks and comes in person, so that no doubt is left."""
    request = ask(company, right, **said)
    return requests.identify(
        request.pk, "in_person", by=company.actor(Role.DPO), now=said.get("now", NOW)
    )


def fulfilled(company: Company, request: SubjectRequest, *, now: datetime = NOW) -> AccessPackage:
    """Read the texts of a request for access, and make its copy."""
    read_all(company, request, now=now)
    return access_right.fulfil(request.pk, company.actor(Role.DPO), now)


def copy_of(company: Company, request: SubjectRequest, *, now: datetime = NOW) -> dict[str, bytes]:
    """Fulfil an access request and return the files of the zip that is handed over."""
    package = fulfilled(company, request, now=now)
    content = access_right.disclose(package.pk, company.actor(Role.DPO), now)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def data_of(files: dict[str, bytes]) -> dict[str, Any]:
    return json.loads(files["data.json"])


def text_of(name: str, content: bytes) -> str:
    """The words of a file of the copy."""
    return pdf_ua.text_of(content) if name.endswith(".pdf") else content.decode("utf-8")


def remember(company: Company, reason: Reason, *, now: datetime = NOW, **said: str) -> None:
    """Put an `email`, a `phone` or a `fiscal_code` into the memory of deletions."""
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=now):
        identifiers = {Lookup(kind): [value] for kind, value in said.items()}
        suppression.remember(company.controller.pk, reason, identifiers, at=now)


def remembered(company: Company, lookup: Lookup, *values: str) -> dict[str, set[str]]:
    """Which of the values are in the memory of deletions, and why."""
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        memory = suppression.Memory(company.controller.pk, {lookup: values})
        found = {value: set(memory.reasons({lookup: [value]})) for value in values}
        return {value: reasons for value, reasons in found.items() if reasons}


def rows_by_sql(company: Company, subject: UUID, *, derived: bool = False) -> dict[str, set[str]]:
    """The ids of a person's rows by holding, by plain SQL over the tables of the data map."""
    holdings = data_map().about_people() if derived else data_map().answered()
    found = {}
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        for holding in holdings:
            with connection.cursor() as cursor:
                cursor.execute(
                    f'SELECT id FROM "{holding.table}" WHERE {holding.subject_column} = %s',
                    [subject],
                )
                if ids := {str(pk) for (pk,) in cursor.fetchall()}:
                    found[holding.model] = ids
    return found
