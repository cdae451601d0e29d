"""The builder of a segment: one place for each variable, read into the closed language.

It needs no script: words are boxes or are typed with commas between them, numbers and days have a
from and a to. What is left empty asks nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.console import words
from governance.policy.analysis import BANDS
from governance.policy.segments import Variable, VariableKind

NAMES: dict[str, Promise] = {
    "area": _("Area"),
    "country": _("Country"),
    "age_band": _("Age"),
    "declared_gender": _("Declared gender"),
    "spoken": _("Language"),
    "declared_interests": _("Declared interests"),
    "life_stage": _("Stage of the relation"),
    "first_order_on": _("First order"),
    "last_order_on": _("Last order"),
    "orders": _("Number of orders"),
    "order_days": _("Days with an order"),
    "spent": _("Spent in all"),
    "repeat_spent": _("Spent after the first day"),
    "gap_days": _("Days between two orders"),
    "usual_weekday": _("Usual day of the week (1 is Monday)"),
    "products": _("Products bought"),
    "reactions": _("Reactions to messages"),
}
BOXES: dict[str, dict[str, str | Promise]] = {
    "age_band": {band: band for band in BANDS},
    "declared_gender": {
        "female": pgettext_lazy("gender", "Female"), "male": pgettext_lazy("gender", "Male"),
        "other": pgettext_lazy("gender", "Other"),
    },
    "spoken": dict(words.LANGUAGE),
    "life_stage": {code: name for code, name in words.STAGE.items() if code != "employee"},
}  # fmt: skip
"""Variables with a closed list of words."""
ASKS: Mapping[VariableKind, tuple[tuple[str, Promise], ...]] = {
    VariableKind.NUMBER: (("from", _("at least")), ("to", _("at most"))),
    VariableKind.DAY: (
        ("within_days", _("within the last days")), ("before_days", _("longer ago than days")),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One variable as the page shows it.

    Attributes
    ----------
    boxes : (value, words, is chosen); typed : what was typed where there are no boxes
    numbers : (name of the input, words, what was typed)
    """

    name: str
    title: Promise | str
    kind: str
    boxes: list[tuple[str, Any, bool]] = field(default_factory=list)
    typed: str = ""
    numbers: list[tuple[str, Any, str]] = field(default_factory=list)
    is_out: bool = False


def parts(variables: Mapping[str, Variable], said: QueryDict) -> list[Part]:
    """Return the variables in the order of their names, with what was said of each."""
    found = [_part(name, one, said) for name, one in variables.items()]
    return sorted(found, key=lambda part: str(part.title))


def _part(name: str, variable: Variable, said: QueryDict) -> Part:
    chosen = said.getlist(f"{name}.words")
    return Part(
        name=name,
        title=NAMES.get(name, name),
        kind=variable.kind,
        boxes=[(code, text, code in chosen) for code, text in BOXES.get(name, {}).items()],
        typed=said.get(f"{name}.typed", ""),
        numbers=[
            (f"{name}.{ask}", text, said.get(f"{name}.{ask}", ""))
            for ask, text in ASKS.get(variable.kind, ())
        ],
        is_out=f"{name}.out" in said,
    )


def definition(variables: Mapping[str, Variable], said: QueryDict) -> dict[str, Any]:
    """Return what was said in the language of segments; what is no number stays as it was typed.

    So the language itself refuses it, at its place.
    """
    conditions = [one for name, v in variables.items() if (one := _condition(name, v, said))]
    return {"any" if said.get("how") == "any" else "all": conditions}


def _condition(name: str, variable: Variable, said: QueryDict) -> dict[str, Any] | None:
    if variable.kind in ASKS:
        asked: dict[str, Any] = {
            ask: _number(text)
            for ask, _words in ASKS[variable.kind]
            if (text := said.get(f"{name}.{ask}", "").strip())
        }
    else:
        typed = said.get(f"{name}.typed", "").split(",")
        values = _each_once([*said.getlist(f"{name}.words"), *typed], name)
        word = "any_of" if variable.kind is VariableKind.LIST else "is"
        asked = {word: values} if values else {}
    if not asked:
        return None
    one = {"field": name, **asked}
    return {"not": one} if f"{name}.out" in said else one


def _each_once(said: Iterable[str], name: str) -> list[str]:
    """Return words as the extract has them: in small letters, but for codes of products."""
    clean = (" ".join(word.split()) for word in said)
    small = (word if name == "products" else word.casefold() for word in clean)
    return list(dict.fromkeys(word for word in small if word))


def _number(text: str) -> int | float | str:
    plain = text.replace(",", ".")
    try:
        return int(plain) if plain.lstrip("-").isdigit() else float(plain)
    except ValueError:
        return text
