"""The form of a campaign: what was typed, read into the definition that `crm.campaigns` keeps.

It needs no script: a button adds a step or a text and everything typed stays. What is left empty
is not kept, and what is no number is a fault at its place.
"""

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from crm.campaigns.errors import CampaignInvalidError, CampaignPurposeError
from crm.campaigns.operations import NewCampaign
from crm.models import Campaign
from crm.workflows.versions import Titles
from governance.policy.campaigns import CHANNELS, MOST_BLOCKS, MOST_STEPS, amount

TITLE, TOPIC = 120, 200
USUAL = {"fixed_cost": "0", "currency": "EUR", "held_out": "0", "within_days": "30",
         "margin_percent": "100"}  # fmt: skip
PLACES: dict[str, Promise] = {
    "titles": _("A name in both languages"),
    "channels": _("Channels: at least one, each once"),
    "costs": _("Cost of a message, with at most four decimals"),
    "budget": _("Budget and fixed cost, with at most two decimals"),
    "currency": _("Currency, three capital letters"),
    "held_out": _("Held out to compare, 0 to 50 per cent"),
    "within_days": _("Days in which an order counts, 0 to 365"),
    "margin_percent": _("Margin, 0 to 100 per cent"),
    "steps": _("At least one step"),
}
IN_A_STEP: dict[str, Promise] = {
    "value": _("the wait is a number of days, 0 to 365"),
    "nothing_for_everybody": _("one text in Italian is for everybody, without interest and group"),
    "how_many": _("it has at least one text"),
    "text": _("a text has words, and not too many"),
    "not_approved": _("the group is an approved segment"),
    "placeholder": _("only {name} and {code} stand in braces"),
}


@dataclass
class Block:
    """A text of a step, as it was typed."""

    language: str = "it"
    interest: str = ""
    group: str = ""
    topic: str = ""
    body: str = ""


@dataclass
class Step:
    """A step, as it was typed."""

    wait: str = "0"
    blocks: list[Block] = field(default_factory=lambda: [Block()])


@dataclass
class Typed:
    """A campaign, as it was typed.

    Attributes
    ----------
    words : what stands in the plain fields, by name
    channels : a word and a cost for each place of the order
    """

    words: dict[str, str]
    channels: list[tuple[str, str]]
    steps: list[Step]


def read(said: QueryDict) -> Typed:
    """Return what was typed; the usual values where nothing was sent yet."""
    names = ("title_it", "title_en", "purpose", "segment", "budget", *USUAL)
    return Typed(
        {name: _text(said, name, USUAL.get(name, "")) for name in names},
        [
            (_text(said, f"channel.{n}"), _text(said, f"cost.{n}"))
            for n in range(1, len(CHANNELS) + 1)
        ],
        [_step(said, n) for n in range(_count(said, "steps", MOST_STEPS))],
    )


def shown(row: Campaign) -> Typed:
    """Return a draft as the form shows it, to be changed."""
    plan = row.definition
    words = {name: f"{getattr(row, name)}" for name in ("title_it", "title_en", "budget", *USUAL)}
    words |= {"purpose": row.purpose.key, "segment": str(row.segment_id)}
    channels = [(word, plan["costs"][word]) for word in plan["channels"]]
    return Typed(
        words, channels + [("", "")] * (len(CHANNELS) - len(channels)),
        [
            Step(str(step["wait_days"]), [Block(**block) for block in step["blocks"]])
            for step in plan["steps"]
        ],
    )  # fmt: skip


def _step(said: QueryDict, n: int) -> Step:
    blocks = [
        Block(
            _text(said, f"{n}.{b}.language", "it"), _text(said, f"{n}.{b}.interest"),
            _text(said, f"{n}.{b}.group"), _text(said, f"{n}.{b}.topic")[:TOPIC],
            _text(said, f"{n}.{b}.body"),
        )
        for b in range(_count(said, f"{n}.texts", MOST_BLOCKS))
    ]  # fmt: skip
    return Step(_text(said, f"{n}.wait", "0"), blocks)


def _text(said: QueryDict, name: str, usual: str = "") -> str:
    return said.get(name, usual).replace("\x00", "").strip()


def _count(said: QueryDict, name: str, most: int) -> int:
    number = _number(said.get(name, ""))
    return min(max(number, 1), most) if isinstance(number, int) else 1


def more(typed: Typed, wanted: str) -> None:
    """Add a step ("step") or a text to a step ("text.0"); beyond the most there are, nothing."""
    what, _dot, number = wanted.partition(".")
    if what == "step" and len(typed.steps) < MOST_STEPS:
        typed.steps.append(Step("7"))
    where = _number(number)
    if what == "text" and isinstance(where, int) and where < len(typed.steps):
        blocks = typed.steps[where].blocks
        if len(blocks) < MOST_BLOCKS:
            blocks.append(Block())


def without_empty(typed: Typed) -> None:
    """Leave out texts without words, and steps without texts."""
    for step in typed.steps:
        step.blocks = [block for block in step.blocks if block.topic or block.body]
    typed.steps = [step for step in typed.steps if step.blocks] or [Step()]


def campaign(typed: Typed) -> NewCampaign:
    """Return what was typed as a campaign to draft.

    Raises
    ------
    CampaignInvalidError
        what is to be a number is none, or a name is missing
    CampaignPurposeError
        no segment was chosen
    """
    words = typed.words
    key = slugify(words["title_it"])[:40]
    numbers = {name: _number(words[name]) for name in ("held_out", "within_days", "margin_percent")}
    whole = {name: found for name, found in numbers.items() if isinstance(found, int)}
    budget, fixed = _money(words["budget"]), _money(words["fixed_cost"])
    wrong = [] if key and words["title_en"] else ["#/titles"]
    wrong += [f"#/{name}" for name in numbers if name not in whole]
    if wrong or budget is None or fixed is None:
        wrong += ["#/budget"] if budget is None or fixed is None else []
        raise CampaignInvalidError(faults=[(where, "value") for where in wrong])
    return NewCampaign(
        key=key, titles=Titles(words["title_it"][:TITLE], words["title_en"][:TITLE]),
        purpose=words["purpose"], segment=_segment(words["segment"]),
        definition=_definition(typed), currency=words["currency"],
        budget=budget, fixed_cost=fixed, **whole,
    )  # fmt: skip


def _segment(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CampaignPurposeError from None


def _definition(typed: Typed) -> dict[str, Any]:
    chosen = [(word, cost) for word, cost in typed.channels if word]
    return {
        "channels": [word for word, _cost in chosen],
        "costs": {word: cost.replace(",", ".") for word, cost in chosen},
        "steps": [
            {
                "wait_days": _number(step.wait),
                "blocks": [asdict(block) for block in step.blocks],
            }
            for step in typed.steps
        ],
    }


def _number(text: str) -> int | str:
    """Return a whole number that no field is too short for; else what was typed."""
    return int(text) if text.isdecimal() and len(text) < 5 else text  # noqa: PLR2004 - digits


def _money(text: str) -> Decimal | None:
    found = amount(text.replace(",", "."))
    return found if found is not None and found == round(found, 2) else None


def explained(error: CampaignInvalidError) -> list[str]:
    """Return where each fault is and what is asked for there, each once."""
    faults: Any = error.details.get("faults", [])
    return list(dict.fromkeys(_explained(where, code) for where, code in faults))


def _explained(where: str, code: str) -> str:
    part, *below = where.removeprefix("#/").split("/")
    if part != "steps" or not below:
        return str(PLACES.get(part, code))
    number, asked = int(below[0]) + 1, IN_A_STEP.get(code, code)
    return str(_("Step %(number)s: %(asked)s") % {"number": number, "asked": asked})
