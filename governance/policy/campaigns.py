"""Campaigns: what one is made of, who is held out, and how its results are computed. Pure rules.

Attribution is by last touch: an order is counted for the campaign whose message went to the person
last before it, if it was placed within the days that the campaign says. Return on investment is
(margin - cost) / cost; without a cost there is none.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum, unique
from string import Formatter
from typing import Any
from uuid import UUID

from governance.policy.decisions import Refusal
from governance.policy.vocabulary import Channel

PLACEHOLDERS = frozenset({"name", "code"})
MOST_STEPS, MOST_BLOCKS, LONGEST_WAIT, LONGEST_TEXT = 10, 30, 365, 5000
MOST_HELD_OUT = 50  # per cent
CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.PHONE, Channel.POST)
BLOCK = frozenset({"language", "interest", "group", "topic", "body"})
LANGUAGES = ("it", "en")


@unique
class CampaignState(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    STOPPED = "stopped"  # by a person, or because the budget is spent
    ENDED = "ended"


@unique
class Place(StrEnum):
    """Where a person stands in a campaign."""

    WAITING = "waiting"
    DONE = "done"
    LEFT = "left"


@unique
class Response(StrEnum):
    """What happened between a campaign and a person."""

    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    REDEEMED = "redeemed"  # a coupon, also one of paper
    CONVERTED = "converted"


RESPONDED = frozenset({Response.CLICKED, Response.REPLIED, Response.REDEEMED})
PASSING: Mapping[Refusal, timedelta] = {
    Refusal.OUTSIDE_HOURS: timedelta(hours=1),
    Refusal.TOO_OFTEN: timedelta(days=1),
}
"""Refusals that are of this hour alone, and how long to wait before asking again."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a definition: where, as a JSON pointer, and a word for it."""

    where: str
    code: str


def faults(definition: Any, *, groups: Collection[str]) -> list[Fault]:
    """Return what is wrong with the channels, costs and steps of a campaign.

    Arguments
    ---------
    groups : keys of approved segments, by which a block may be chosen
    """
    if not isinstance(definition, dict) or set(definition) != {"channels", "costs", "steps"}:
        return [Fault("#", "parts")]
    return [
        *_of_channels(definition["channels"], definition["costs"]),
        *_of_steps(definition["steps"], groups),
    ]


def _of_channels(channels: Any, costs: Any) -> Iterator[Fault]:
    known = isinstance(channels, list) and channels and all(c in CHANNELS for c in channels)
    if not known or len(set(channels)) < len(channels):
        yield Fault("#/channels", "not_allowed")
    elif not isinstance(costs, dict) or set(costs) != set(channels):
        yield Fault("#/costs", "one_for_each_channel")
    else:
        yield from (Fault(f"#/costs/{c}", "value") for c in channels if amount(costs[c]) is None)


def amount(said: Any) -> Decimal | None:
    """Return an amount that is written with at most four decimals, or None where it is none."""
    try:
        found = Decimal(said) if isinstance(said, str) else None
    except InvalidOperation:
        return None
    if found is None or not found.is_finite() or not 0 <= found < 10**8:
        return None
    return found if found == round(found, 4) else None


def _of_steps(steps: Any, groups: Collection[str]) -> Iterator[Fault]:
    if not isinstance(steps, list) or not 0 < len(steps) <= MOST_STEPS:
        yield Fault("#/steps", "how_many")
        return
    for number, step in enumerate(steps):
        where = f"#/steps/{number}"
        if not isinstance(step, dict) or set(step) != {"wait_days", "blocks"}:
            yield Fault(where, "parts")
            continue
        wait = step["wait_days"]
        if type(wait) is not int or not 0 <= wait <= LONGEST_WAIT:
            yield Fault(f"{where}/wait_days", "value")
        yield from _of_blocks(step["blocks"], groups, where=f"{where}/blocks")


def _of_blocks(blocks: Any, groups: Collection[str], *, where: str) -> Iterator[Fault]:
    if not isinstance(blocks, list) or not 0 < len(blocks) <= MOST_BLOCKS:
        yield Fault(where, "how_many")
        return
    for number, block in enumerate(blocks):
        here = f"{where}/{number}"
        if not isinstance(block, dict) or set(block) != BLOCK:
            yield Fault(here, "parts")
        elif (
            not all(isinstance(said, str) and len(said) <= LONGEST_TEXT for said in block.values())
            or block["language"] not in LANGUAGES
            or not block["body"].strip()
        ):
            yield Fault(here, "text")
        elif block["group"] and block["group"] not in groups:
            yield Fault(f"{here}/group", "not_approved")
        elif not _placeholders(block["topic"] + block["body"]) <= PLACEHOLDERS:
            yield Fault(here, "placeholder")
    plain = [
        b for b in blocks if isinstance(b, dict) and not b.get("interest") and not b.get("group")
    ]
    if not any(block.get("language") == LANGUAGES[0] for block in plain):
        yield Fault(where, "nothing_for_everybody")


def _placeholders(text: str) -> set[str]:
    try:
        parsed = list(Formatter().parse(text))
    except ValueError:
        return {"?"}
    return {
        f"{name}{how or ''}{kind or ''}" for _text, name, how, kind in parsed if name is not None
    }


def block_for(
    blocks: Sequence[Mapping[str, str]],
    *,
    language: str,
    declared: Collection[str],
    groups: Collection[str],
) -> Mapping[str, str]:
    """Return the block of a step that a person gets.

    First by an interest that they declared, then by a group they may be counted in, then the one
    for everybody; in their language where everybody's is written in it, else in Italian.

    Arguments
    ---------
    groups : keys of segments the person is in, and whose purpose the gate allows for them now
    """
    plain = {b["language"] for b in blocks if not b["interest"] and not b["group"]}
    mine = [b for b in blocks if b["language"] == (language if language in plain else LANGUAGES[0])]
    wanted = {word.casefold() for word in declared}

    def rank(block: Mapping[str, str]) -> int:
        interest, group = block["interest"].casefold(), block["group"]
        if (interest and interest not in wanted) or (group and group not in groups):
            return 0
        return 1 + 2 * bool(interest) + bool(group)

    return max(mine, key=rank)


def is_held_out(campaign: UUID, subject: UUID, percent: int) -> bool:
    """Whether a person is held out of a campaign, to compare; the same whenever it is asked."""
    drawn = hashlib.sha256(campaign.bytes + subject.bytes).digest()
    return int.from_bytes(drawn[:4], "big") % 100 < percent


def planned_cost(definition: Mapping[str, Any], *, fixed: Decimal, people: int) -> Decimal:
    """Return what a campaign costs where each person gets every step by its dearest channel."""
    dearest = max(Decimal(cost) for cost in definition["costs"].values())
    return fixed + dearest * len(definition["steps"]) * people


def rate(part: int, whole: int) -> Decimal | None:
    """Return a share with four decimals; None where there is no whole to be a part of."""
    return None if whole <= 0 else round(Decimal(part) / whole, 4)


def return_on_investment(margin: Decimal, cost: Decimal) -> Decimal | None:
    """Return (margin - cost) / cost with four decimals; None where nothing was spent."""
    return None if cost <= 0 else round((margin - cost) / cost, 4)


@dataclass(frozen=True, slots=True)
class Touch:
    """A message of a campaign to a person."""

    campaign: UUID
    sent_on: date
    within_days: int


def attributed(ordered_on: date, touches: Iterable[Touch]) -> UUID | None:
    """Return the campaign that an order is counted for: the last touch, if it is near enough."""
    before = [touch for touch in touches if touch.sent_on <= ordered_on]
    if not before:
        return None
    last = max(before, key=lambda touch: touch.sent_on)
    is_near = ordered_on <= last.sent_on + timedelta(days=last.within_days)
    return last.campaign if is_near else None
