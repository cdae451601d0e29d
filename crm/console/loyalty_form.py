"""The form of a loyalty programme: what was typed, read into the definition that is kept.

Rows of tiers and rewards that are left empty are not kept; what is no number is a fault at its
place.
"""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from crm.loyalty.errors import ProgrammeInvalidError
from crm.loyalty.programmes import NewProgramme
from crm.models import LoyaltyProgramme
from crm.workflows.versions import Titles

TIERS, REWARDS = 4, 6
PLAIN = ("title_it", "title_en", "terms_it", "terms_en", "currency", "points_per_unit",
         "referral_points", "referral_form", "purpose")  # fmt: skip
OF_A_TIER = ("title_it", "title_en", "points", "days", "benefit_it", "benefit_en")
OF_A_REWARD = ("title_it", "title_en", "points")
USUAL = {"currency": "EUR", "points_per_unit": "1", "referral_points": "0"}
PLACES: Mapping[str, Promise] = {
    "parts": _("Everything has to be filled in"),
    "currency": _("Currency, three capital letters"),
    "points_per_unit": _("Points for a unit of the currency: a number above nothing"),
    "referral_points": _("Points for who came by a link: a whole number"),
    "referral_form": _("A link needs an approved form that it leads to"),
    "tiers": _("Tiers: names in both languages; the first asks for nothing, each for more"),
    "rewards": _("Rewards: names in both languages, and points"),
    "purpose": _("A purpose that rests on a contract, and is no marketing"),
    "terms": _("Terms in both languages"),
}
Rows = list[dict[str, str]]


def read(said: QueryDict) -> dict[str, Any]:
    """Return what was typed, as the page shows it again."""
    typed: dict[str, Any] = {name: _text(said, name, USUAL.get(name, "")) for name in PLAIN}
    typed["tiers"] = _rows(said, "tier", TIERS, OF_A_TIER)
    typed["rewards"] = _rows(said, "reward", REWARDS, OF_A_REWARD)
    return typed


def shown(found: LoyaltyProgramme) -> dict[str, Any]:
    """Return a programme as the form shows it, to be changed."""
    rules = found.definition
    typed: dict[str, Any] = {name: str(rules[name]) for name in PLAIN if name in rules}
    for name in ("title_it", "title_en", "terms_it", "terms_en"):
        typed[name] = getattr(found, name)
    typed["purpose"] = found.purpose.key
    for name, most, parts in (("tiers", TIERS, OF_A_TIER), ("rewards", REWARDS, OF_A_REWARD)):
        rows = [{part: str(row[part]) for part in parts} for row in rules[name]]
        typed[name] = rows + [dict.fromkeys(parts, "") for _n in range(most - len(rows))]
    return typed


def _rows(said: QueryDict, what: str, most: int, parts: tuple[str, ...]) -> Rows:
    return [{part: _text(said, f"{what}.{n}.{part}") for part in parts} for n in range(most)]


def _text(said: QueryDict, name: str, usual: str = "") -> str:
    return said.get(name, usual).replace("\x00", "").strip()


def programme(typed: dict[str, Any]) -> NewProgramme:
    """Return what is drafted; what is no number stays a word, and is refused as one."""
    definition = {
        "currency": typed["currency"], "points_per_unit": typed["points_per_unit"],
        "referral_points": _number(typed["referral_points"]),
        "referral_form": typed["referral_form"],
        "tiers": _kept(typed["tiers"], ("points", "days")),
        "rewards": _kept(typed["rewards"], ("points",)),
    }  # fmt: skip
    return NewProgramme(
        Titles(typed["title_it"][:120], typed["title_en"][:120]), typed["purpose"], definition,
        Titles(typed["terms_it"], typed["terms_en"]),
    )  # fmt: skip


def _kept(rows: Rows, counts: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {
            **row, "key": slugify(row["title_en"])[:40] or "-",
            **{name: _number(row[name] or "0") for name in counts},
        }
        for row in rows
        if any(row.values())
    ]  # fmt: skip


def _number(said: str) -> int | str:
    is_number = said.isascii() and said.isdecimal() and len(said) < 10  # noqa: PLR2004 - digits
    return int(said) if is_number else said


def explained(error: ProgrammeInvalidError) -> list[Promise]:
    """Return what is wrong, each once, in the order of the form."""
    faults: Any = error.details.get("faults", [])
    places = [where.removeprefix("#/").split("/")[0] or "parts" for where, _code in faults]
    return [PLACES.get(place, PLACES["parts"]) for place in dict.fromkeys(places)]
