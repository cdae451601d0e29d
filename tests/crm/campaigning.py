"""A campaign with its segment, and people who agreed to be written to."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm.campaigns import operations
from crm.campaigns.operations import NewCampaign
from crm.models import Campaign, CampaignEvent, CampaignRecipient, Interaction
from crm.segments import operations as segments
from crm.segments.operations import NewSegment
from crm.workflows.versions import Titles
from governance.policy.vocabulary import Channel, Duty, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_consent, a_person
from tests.crm.test_extract import drawn

EVERYBODY = {"field": "life_stage", "is": ["customer"]}


def block(
    body: str, *, language: str = "it", interest: str = "", group: str = ""
) -> dict[str, str]:
    return {
        "language": language, "interest": interest, "group": group, "topic": "Novità", "body": body,
    }  # fmt: skip


def steps(*bodies: str, wait: int = 7) -> list[dict[str, Any]]:
    return [
        {"wait_days": wait if number else 0, "blocks": [block(body)]}
        for number, body in enumerate(bodies)
    ]


def definition(**changed: Any) -> dict[str, Any]:
    said = {"channels": ["email"], "costs": {"email": "0.01"}, "steps": steps("Gentile {name}")}
    return said | changed


def someone(
    company: Company, name: str, *, channels: tuple[Channel, ...] = (Channel.EMAIL,)
) -> UUID:
    """Somebody who agreed to profiling, and to the newsletter on some channels."""
    subject = a_person(
        company, given=name, family="Neri", phone="+39 347 555 0101", orders=[date(2020, 1, 1)]
    )
    long_ago = NOW - timedelta(days=100)
    a_consent(company, subject, purpose="profiling", at=long_ago)
    for channel in channels:
        a_consent(company, subject, channel=channel, at=long_ago)
    return subject


def target(
    company: Company,
    asked: dict[str, Any] | None = None,
    key: str = "all",
    purpose: str = "profiling",
) -> UUID:
    """An approved segment of who is in the extract now."""
    drawn(company, purpose)
    new = NewSegment(key, Titles("Tutti", "All"), purpose, asked or EVERYBODY)
    made = segments.draft(new, by=company.staff[Role.MARKETING], now=NOW)
    done: UUID = segments.approve(made.pk, by=company.staff[Role.MANAGER], now=NOW).pk
    return done


def drafted(company: Company, key: str = "spring", **changed: Any) -> Campaign:
    said: dict[str, Any] = {
        "purpose": "newsletter", "definition": definition(), "budget": Decimal(100),
    } | changed  # fmt: skip
    said.setdefault("segment", None)
    new = NewCampaign(
        key,
        Titles("Primavera", "Spring"),
        **{**said, "segment": said["segment"] or target(company)},
    )
    return operations.draft(new, by=company.staff[Role.MARKETING], now=NOW)


def begun(
    company: Company, key: str = "spring", *, now: datetime = NOW, **changed: Any
) -> Campaign:
    made = drafted(company, key, **changed)
    done = operations.approve(made.pk, by=company.staff[Role.MANAGER], now=now)
    return Campaign.objects.select_related("segment__purpose", "purpose").get(pk=done.pk)


def looked_at(company: Company, campaign: Campaign) -> dict[str, Any]:
    """Who stands where, what was said and what happened, by the id of the person."""
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, reference=campaign.pk, now=NOW
    ) as access:
        return {
            "rows": {r.subject_id: r for r in access.rows(CampaignRecipient).filter(campaign=campaign)},
            "said": [
                (m.subject_id, m.channel, m.body)
                for m in access.rows(Interaction).filter(campaign=campaign.key, direction="out")
                .order_by("occurred_at", "pk")
            ],
            "events": [
                (e.subject_id, e.response, e.revenue)
                for e in access.rows(CampaignEvent).filter(campaign=campaign).order_by("happened_at")
            ],
        }  # fmt: skip
