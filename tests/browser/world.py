"""What the pages show in a browser: one company at work, committed so that a server sees it."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse

from audit import log
from audit.actions import Action
from crm.models import ImportBatch
from dsar import erasure_right, intake, requests
from dsar.identity import Requester
from governance.policy.vocabulary import Right, Role
from registry import operations
from registry.models import ActivityVersion, DataSource, Finding
from retention import operations as retention
from tests.audit.history import seal
from tests.builders import Company, a_company, a_person

PASSWORD = "a long enough password"
REQUESTER = Requester("Anna Bianchi", "anna.bianchi@example.it", "", "I miei dati, per favore")


@dataclass(frozen=True)
class World:
    """Who may log in, and the addresses of the portal's pages by name."""

    dpo: str
    dpo_secret: str
    agent: str
    lawyer: str
    pages: dict[str, str]


def a_world(now: datetime, signer: Path) -> World:
    """Make the company, its work and three accounts with a password; the DPO's is enrolled.

    What is in the log is sealed by a signer with the folder `signer`.
    """
    company = a_company(now=now)
    intake.publish_key(company.controller.pk, now=now)
    pages = {**_lists(), **_requests(company, now), **_rows(company, now)}
    for role in (Role.DPO, Role.AGENT, Role.LEGAL):
        staff = company.staff[role]
        staff.set_password(PASSWORD)
        staff.save(update_fields=["password"])
    secret = generate_totp_secret()
    TOTP.activate(company.staff[Role.DPO], secret)
    pages |= _sealed(company, signer, now)
    names = {role: company.staff[role].username for role in (Role.DPO, Role.AGENT, Role.LEGAL)}
    return World(names[Role.DPO], secret, names[Role.AGENT], names[Role.LEGAL], pages)


def _sealed(company: Company, signer: Path, now: datetime) -> dict[str, str]:
    """An entry of the log with its proof."""
    event = log.Event(action=Action.PAGE_VIEWED, purpose="access_logging")
    receipt = log.record_apart(company.actor(Role.LEGAL), event, now=now)
    seal(signer)
    return {"audit-entry": reverse("admin:audit_entry", args=[receipt.id])}


def _lists() -> dict[str, str]:
    names = {
        "worklist": "index",
        "requests": "dsar_subjectrequest_changelist",
        "request-new": "request_new",
        "findings": "registry_finding_changelist",
        "retention": "retention_retentionrun_changelist",
        "imports": "crm_importbatch_changelist",
        "activities": "registry_activityversion_changelist",
        "activity-new": "registry_activityversion_add",
        "purposes": "registry_purpose_changelist",
        "sources": "registry_datasource_changelist",
        "recipients": "registry_recipient_changelist",
        "controller": "registry_controller_changelist",
        "record": "record",
        "audit": "audit_search",
        "audit-state": "audit_state",
        "staff": "registry_staff_changelist",
        "tokens": "api_apitoken_changelist",
        "token-new": "token_issue",
    }
    return {name: reverse(f"admin:{view}") for name, view in names.items()}


def _requests(company: Company, now: datetime) -> dict[str, str]:
    """A request for a copy, one late by weeks, and an erasure that waits for approval."""
    a_person(company, orders=[date(2026, 5, 1)], now=now)
    dpo = company.actor(Role.DPO)
    shown = {}
    for name, right in (("request", Right.ACCESS), ("request-erasure", Right.ERASURE)):
        made = requests.receive(
            dpo, right=right, channel="email", received_at=now, language="it",
            requester=REQUESTER, evidence="message id", now=now,
        )  # fmt: skip
        shown[name] = reverse("admin:dsar_subjectrequest_change", args=[made.pk])
    requests.identify(made.pk, "known_contact", by=dpo, now=now)
    erasure_right.plan(made.pk, dpo, now)
    return shown


def _rows(company: Company, now: datetime) -> dict[str, str]:
    """One row of each sort that has a page, and what a worklist shows besides requests."""
    dpo = company.staff[Role.DPO]
    approved = ActivityVersion.objects.get(activity__purpose__key="newsletter")
    care = ActivityVersion.objects.get(activity__purpose__key="customer_care")
    draft = operations.redraft(version=care, by=company.staff[Role.LEGAL], now=now)
    source = operations.add_source(
        controller=company.controller, name="Fiera", kind="import", by=dpo, now=now
    )
    finding = Finding.objects.create(
        controller=company.controller, place="crm.Interaction.body", category="health",
        kind="special_category", masked_sample="xxxxx",
    )  # fmt: skip
    batch = ImportBatch.objects.create(
        controller=company.controller, source=DataSource.objects.first(), entity="contact",
        purpose="order_management", digest="0" * 64, state="done", rows_read=2, rows_rejected=0,
        mapping={"columns": {"Mail": "email", "Note": None}}, expires_on=date(2027, 1, 24),
    )  # fmt: skip
    run = retention.preview(dpo.actor(), now=now)
    rows = {
        "activity": ("registry_activityversion_change", approved),
        "activity-draft": ("registry_activityversion_change", draft),
        "source": ("registry_datasource_change", source),
        "finding": ("registry_finding_change", finding),
        "import": ("crm_importbatch_change", batch),
        "retention-run": ("retention_retentionrun_change", run),
        "staff-member": ("registry_staff_change", company.staff[Role.AGENT]),
    }
    return {name: reverse(f"admin:{view}", args=[row.pk]) for name, (view, row) in rows.items()}
