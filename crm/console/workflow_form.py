"""The form of a workflow: what was typed, read into the definition that `crm.workflows` keeps.

It needs no script: a button adds a step and everything typed stays. Each step has the fields of all
that can be done, and only those of what was chosen are read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from governance.policy.workflows import ACTIONS, CONDITIONS, MOST_ACTIONS, Act, Trigger

TITLE = 120
OF_A_STEP = ("do", "purpose", "role", "title_it", "title_en", "days", "channel", "template")
PLAIN = ("title_it", "title_en", "purpose", "trigger")


@dataclass
class Typed:
    """A workflow, as it was typed: plain fields, values of the condition, steps by field."""

    words: dict[str, str]
    values: list[str]
    steps: list[dict[str, str]]


def read(said: QueryDict) -> Typed:
    """Return what was typed; one empty step where nothing was sent yet."""
    number = said.get("steps", "1")
    count = min(max(int(number), 1), MOST_ACTIONS) if number.isdecimal() and len(number) < 3 else 1  # noqa: PLR2004 - digits
    return Typed(
        {name: _text(said, name) for name in PLAIN},
        [word for word in said.getlist("values") if word],
        [{name: _text(said, f"{n}.{name}") for name in OF_A_STEP} for n in range(count)],
    )


def of(title_it: str, title_en: str, definition: Mapping[str, Any]) -> Typed:
    """Return a workflow as it would have been typed, to go on from."""
    plain = {
        "title_it": title_it, "title_en": title_en, "purpose": definition["purpose"],
        "trigger": definition["trigger"]["on"],
    }  # fmt: skip
    values = [word for one in definition["conditions"] for word in one["is"]]
    steps = [
        {name: str(action.get(name, "")) for name in OF_A_STEP} for action in definition["actions"]
    ]
    return Typed(plain, values, steps)


def more(typed: Typed) -> None:
    """Add a step, beyond the most there are none."""
    if len(typed.steps) < MOST_ACTIONS:
        typed.steps.append(dict.fromkeys(OF_A_STEP, ""))


def definition(typed: Typed) -> dict[str, Any]:
    """Return what was typed as a definition, for `crm.workflows.versions` to look into."""
    trigger = typed.words["trigger"]
    known = CONDITIONS.get(Trigger(trigger), {}) if trigger in set(Trigger) else {}
    asked = [
        {"field": name, "is": [word for word in typed.values if word in values]}
        for name, values in known.items()
        if set(typed.values) & values
    ]
    return {
        "purpose": typed.words["purpose"], "trigger": {"on": trigger}, "conditions": asked,
        "actions": [_action(step) for step in typed.steps if step["do"]],
    }  # fmt: skip


def _action(step: dict[str, str]) -> dict[str, Any]:
    if step["do"] not in set(Act):
        return {"do": step["do"]}
    wanted = ACTIONS[Act(step["do"])]
    return {"do": step["do"], **{name: _value(name, step[name]) for name in wanted}}


def _value(name: str, text: str) -> str | int:
    if name == "days" and text.isdecimal() and len(text) < 5:  # noqa: PLR2004 - digits
        return int(text)
    return text


def _text(said: QueryDict, name: str) -> str:
    return said.get(name, "").replace("\x00", "").strip()[:TITLE]
