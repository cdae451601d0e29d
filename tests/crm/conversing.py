"""What tests of conversations say and hear, by the doors that everybody uses."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson

from audit.models import Entry
from crm.channels.adapter import Filed
from crm.channels.catalogue import ADAPTERS
from crm.channels.email import Read
from crm.conversations import incoming
from crm.models import Conversation, Interaction
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company

SENDERS = {"email": "anna.bianchi@example.it", "web": "anna.bianchi@example.it",
           "in_person": "anna.bianchi@example.it", "phone": "+39 347 1234567",
           "sms": "+39 347 1234567", "whatsapp": "+39 347 1234567", "chat": "session-7f3a",
           "post": "Via Po 3, Torino", "x": "@annab", "instagram": "anna.b",
           "facebook": "anna.bianchi.77"}  # fmt: skip


def raw(name: str, text: str, *, at: datetime = NOW, **more: Any) -> Any:
    """What a channel hands over, as it comes."""
    sender, number = more.pop("sender", SENDERS[name]), more.pop("id", f"m-{uuid4()}")
    if name == "email":
        answers = tuple(UUID(str(one)).hex for one in more.pop("answers", ()))
        return Read(number, more.pop("name", "Anna Bianchi"), sender, more.pop("topic", "Domanda"),
                    text, at, answers, **more)  # fmt: skip
    return {"id": number, "from": sender, "name": "Anna Bianchi", "text": text,
            "at": at.isoformat(), **more}  # fmt: skip


def hear(company: Company, name: str, text: str, *, at: datetime = NOW, **more: Any) -> Filed:
    """Let somebody say something to the company on a channel."""
    said = more.pop("raw") if "raw" in more else raw(name, text, at=at, **more)

    def file(arrival: Any) -> Filed:
        return incoming.take_in(company.controller.pk, arrival, now=at)

    return ADAPTERS[name].receive(said, file, now=at)


def noted(company: Company, *, about: UUID | None = None) -> list[str]:
    """The actions of the log about messages and conversations, the oldest first."""
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        rows = Entry.objects.filter(action__regex=r"^(message|conversation)\.").order_by("at", "id")
        entries = [
            (row.action, orjson.loads(bytes(row.entry).split(b"\n")[0]).get("obj", {}))
            for row in rows
        ]
    return [action for action, obj in entries if about is None or obj.get("id") == str(about)]


def look(company: Company, subject: UUID, *, now: datetime = NOW) -> Any:
    """Open what the company holds of a person, as the DPO."""
    return gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=now
    )


def said(company: Company, subject: UUID, *, now: datetime = NOW) -> list[dict[str, Any]]:
    """Everything said with a person, the oldest first."""
    with look(company, subject, now=now) as access:
        return [
            {"id": row.pk, "conversation": row.conversation_id, "channel": row.channel,
             "network": row.network, "direction": row.direction, "state": row.state,
             "body": row.body, "topic": row.topic, "address": row.address, "kind": row.kind,
             "purpose": row.purpose, "activity": row.activity, "basis": row.basis,
             "is_private": row.is_private}
            for row in access.rows(Interaction).order_by("pk")
        ]  # fmt: skip


def threads(company: Company, subject: UUID, *, now: datetime = NOW) -> list[Conversation]:
    """The conversations with a person, the oldest first."""
    with look(company, subject, now=now) as access:
        return list(access.rows(Conversation).order_by("pk"))
