"""A company with connected systems: one token per role, and a client that calls as one of them."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.test import Client
from django.utils import timezone

from api import tokens
from audit.models import Entry
from crm import operations as crm
from governance.policy.vocabulary import Channel, Operation, Role
from registry.gate import opening as gate
from registry.models import Purpose
from tests.builders import Company, a_company, a_person

SYSTEM_ROLES = [r for r in Role if r not in tokens.NO_SYSTEM]
ACCESSES = ("data.", "duty.performed", "decision.", "access.refused")


@dataclass
class Answer:
    status: int
    body: Any
    headers: Any
    raw: bytes

    @property
    def code(self) -> str:
        return str(self.body["code"])


@dataclass
class World:
    company: Company
    now: datetime
    secrets: dict[Role, str] = field(default_factory=dict)

    def token(self, role: Role, **more: Any) -> str:
        """The secret of a token of `role` with every purpose of the register, made once."""
        if more or role not in self.secrets:
            terms: dict[str, Any] = {
                "name": f"{role}-{len(self.secrets)}-{len(more)}",
                "purposes": list(
                    Purpose.objects.filter(controller=self.company.controller).values_list(
                        "key", flat=True
                    )
                ),
                "expires_at": self.now + timedelta(days=30),
                "now": self.now,
                **more,
            }
            issued = tokens.issue(by=self.company.staff[Role.DPO], role=role, **terms)
            if more:
                return issued.secret
            self.secrets[role] = issued.secret
        return self.secrets[role]

    def call(
        self,
        method: str,
        path: str,
        *,
        role: Role = Role.AGENT,
        purpose: str | None = "order_management",
        body: Any = None,
        secret: str | None = None,
        raw: bytes | None = None,
        content_type: str = "application/json",
        language: str = "en",
        **headers: str,
    ) -> Answer:
        """Call the API over the whole middleware stack."""
        if method == "PATCH":
            headers.setdefault("If_Match", "*")
        sent = {"Accept-Language": language, **{k.replace("_", "-"): v for k, v in headers.items()}}
        if secret != "":
            sent["Authorization"] = f"Bearer {secret or self.token(role)}"
        address = path if path.startswith("/api") else f"/api/v1/{path}"
        if purpose is not None:
            address += ("&" if "?" in address else "?") + f"purpose={purpose}"
        data = raw if raw is not None else (orjson.dumps(body) if body is not None else b"")
        response = Client(raise_request_exception=False).generic(
            method, address, data, content_type=content_type, headers=sent
        )
        content = response.getvalue()
        is_json = "json" in response.headers.get("Content-Type", "")
        return Answer(
            response.status_code,
            orjson.loads(content) if is_json and content else None,
            response.headers,
            content,
        )

    def entries(self) -> list[Entry]:
        """The audit entries of the company, oldest first, read past the gate's log of itself."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('custode.controller', %s, true)",
                [str(self.company.controller.pk)],
            )
            rows = list(
                Entry.objects.filter(controller_id=self.company.controller.pk).order_by("at", "id")
            )
            cursor.execute("SELECT set_config('custode.controller', '', true)")
        return rows

    def accesses(self) -> list[Entry]:
        """The entries that stand for an access, opened or refused."""
        return [e for e in self.entries() if e.action.startswith(ACCESSES)]

    def person(self, **more: Any) -> UUID:
        return a_person(self.company, now=self.now, **more)

    def said(self, subject: UUID, body: str, at: datetime) -> None:
        with gate.open(
            self.company.actor(Role.AGENT),
            "order_management",
            Operation.CREATE,
            subjects=subject,
            now=self.now,
        ) as access:
            crm.record_interaction(
                access,
                subject=subject,
                channel=Channel.EMAIL,
                direction="in",
                occurred_at=at,
                topic="Domanda",
                body=body,
            )


def a_world(slug: str = "acme") -> World:
    """A company whose register was approved yesterday; the API asks the real clock."""
    yesterday = timezone.now() - timedelta(days=1)
    return World(a_company(slug, now=yesterday), yesterday)


def days_ago(count: int) -> date:
    return timezone.localdate() - timedelta(days=count)


def said(entry: Entry) -> dict[str, Any]:
    """What an entry says; its salt comes after the first line."""
    body: dict[str, Any] = orjson.loads(bytes(entry.entry).split(b"\n")[0])
    return body
