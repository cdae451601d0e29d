"""A loyalty programme in force, and people who join it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm import operations as crm
from crm.loyalty import membership, programmes
from crm.loyalty.programmes import NewProgramme
from crm.models import LoyaltyAccount, LoyaltyLine, LoyaltyProgramme, LoyaltyTierChange
from crm.workflows.versions import Titles
from governance.policy.vocabulary import Duty, Operation, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company

TIERS = [
    {"key": "base", "title_it": "Base", "title_en": "Base", "points": 0, "days": 0,
     "benefit_it": "", "benefit_en": ""},
    {"key": "first", "title_it": "Primo piano", "title_en": "First tier", "points": 100,
     "days": 30, "benefit_it": "Spedizione gratuita", "benefit_en": "Free delivery"},
]  # fmt: skip
REWARDS = [{"key": "bag", "title_it": "Borsa", "title_en": "Bag", "points": 60}]


def rules(**changed: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "currency": "EUR", "points_per_unit": "1", "referral_points": 0, "referral_form": "",
        "tiers": TIERS, "rewards": REWARDS,
    }  # fmt: skip
    return said | changed


def a_programme(company: Company, *, now: datetime = NOW, **changed: Any) -> LoyaltyProgramme:
    new = NewProgramme(
        Titles("Amici", "Friends"), "loyalty", rules(**changed),
        Titles("Un punto per euro.", "A point for each euro."),
    )  # fmt: skip
    made = programmes.draft(new, by=company.staff[Role.MARKETING], now=now)
    programmes.approve(made.pk, by=company.staff[Role.MANAGER], now=now)
    found = programmes.in_force(company.controller.pk)
    assert found
    return found


def a_member(company: Company, subject: UUID, *, now: datetime = NOW) -> UUID:
    made: UUID = membership.join(company.actor(Role.AGENT), subject, accepts=True, now=now).pk
    return made


def bought(
    company: Company, subject: UUID, number: str, amount: str, *, on: date | None = None,
    now: datetime = NOW, **said: Any,
) -> UUID:  # fmt: skip
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=subject, now=now
    ) as access:
        placed: UUID = crm.place_order(
            access, subject=subject, number=number, ordered_on=on or now.date(),
            lines=[crm.Line("Lampada", Decimal(1), Decimal(amount))], billing={}, **said,
        ).pk  # fmt: skip
    return placed


def held(company: Company, subject: UUID, *, now: datetime = NOW) -> dict[str, Any]:
    """What the house has of a membership: the account, its lines and its changes of tier."""
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=now
    ) as access:
        accounts = list(access.rows(LoyaltyAccount).order_by("joined_at"))
        return {
            "account": accounts[-1] if accounts else None,
            "lines": list(access.rows(LoyaltyLine).order_by("written_at", "pk")),
            "changes": list(access.rows(LoyaltyTierChange).order_by("pk")),
        }
