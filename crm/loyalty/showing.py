"""What a membership looks like, to the member and to whoever serves them: plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from crm.loyalty import membership
from crm.models import LoyaltyLine, LoyaltyProgramme, LoyaltyTierChange
from governance.policy import loyalty
from registry.gate.access import Access
from registry.labels import titled

MOST = 50
KINDS: Mapping[str, Promise] = {
    "earned": pgettext_lazy("points", "An order"),
    "referral": pgettext_lazy("points", "Somebody came by your link"),
    "redeemed": pgettext_lazy("points", "A reward"),
    "corrected": pgettext_lazy("points", "A correction"),
}
BECAUSE: Mapping[str, Promise] = {
    "order_cancelled": pgettext_lazy("points", "the order was cancelled"),
    "mistake": pgettext_lazy("points", "a mistake was put right"),
    "goodwill": pgettext_lazy("points", "a gesture of ours"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger; `is_open` where it was not corrected yet."""

    id: UUID
    on: date
    what: Promise | str
    because: Promise | str
    reward: str
    code: str
    points: int
    balance: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A tier that was reached or left, and the figures that decided it."""

    on: date
    came_from: str
    tier: str
    points: int
    days: int


@dataclass(frozen=True, slots=True)
class Reward:
    """Something to have for points."""

    key: str
    title: str
    points: int
    is_enough: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """Everything about one membership; the newest first."""

    joined_on: date
    balance: int
    tier: str
    benefit: str
    rewards: Sequence[Reward]
    lines: Sequence[Line] = field(repr=False)
    changes: Sequence[Change] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme as it is offered: its terms, tiers and rewards, in the language of the page."""

    title: str
    terms: str
    tiers: Sequence[Mapping[str, Any]]
    rewards: Sequence[Mapping[str, Any]]
    has_links: bool


def programme(found: LoyaltyProgramme) -> Programme:
    """Return a programme in the language of the page."""
    rules = found.definition
    tiers = [
        {**one, "title": _title(one), "benefit": titled(one["benefit_it"], one["benefit_en"])}
        for one in rules["tiers"]
    ]
    rewards = [{**one, "title": _title(one)} for one in rules["rewards"]]
    return Programme(
        titled(found.title_it, found.title_en), titled(found.terms_it, found.terms_en), tiers,
        rewards, bool(rules["referral_form"]),
    )  # fmt: skip


def of(access: Access, subject: UUID, found: LoyaltyProgramme) -> Membership | None:
    """Return the membership of a person that runs, or None."""
    held = membership.running(access, subject)
    if held is None:
        return None
    shown = programme(found)
    tiers = {one["key"]: one for one in shown.tiers}
    rewards = {one["key"]: one["title"] for one in shown.rewards}
    rows = access.rows(LoyaltyLine).filter(account=held).order_by("-written_at", "-pk")
    corrected = {row.corrects for row in rows if row.corrects}
    changes = access.rows(LoyaltyTierChange).filter(account=held).order_by("-changed_on", "-pk")
    tier = tiers.get(held.tier)
    return Membership(
        timezone.localdate(held.joined_at), held.balance,
        tier["title"] if tier else held.tier, tier["benefit"] if tier else "",
        [
            Reward(one["key"], one["title"], one["points"], held.balance >= one["points"])
            for one in shown.rewards
        ],
        [_line(row, rewards, is_open=row.pk not in corrected) for row in rows[:MOST]],
        [_change(row, tiers) for row in changes[:MOST]],
    )  # fmt: skip


def _title(one: Mapping[str, Any]) -> str:
    return titled(one["title_it"], one["title_en"])


def _line(row: LoyaltyLine, rewards: Mapping[str, str], *, is_open: bool) -> Line:
    return Line(
        row.pk, timezone.localdate(row.written_at), KINDS.get(row.line_kind, row.line_kind),
        BECAUSE.get(row.because, row.because), rewards.get(row.reward, row.reward), row.code,
        row.points, row.balance, is_open and row.line_kind != loyalty.LineKind.CORRECTED,
    )  # fmt: skip


def _change(row: LoyaltyTierChange, tiers: Mapping[str, Mapping[str, Any]]) -> Change:
    def named(key: str) -> str:
        return str(tiers[key]["title"]) if key in tiers else key

    return Change(
        row.changed_on, named(row.came_from), named(row.tier), row.points, row.member_days
    )
