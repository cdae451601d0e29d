"""The closed vocabulary of workflows, and whether a definition is written in it: pure rules.

    {"purpose": "order_management",
     "trigger": {"on": "order_late"},
     "conditions": [{"field": "stage", "is": ["lead", "prospect"]}],
     "actions": [{"do": "create_task", "purpose": "lead_management", "role": "sales",
                  "title_it": "...", "title_en": "...", "days": 2},
                 {"do": "wait", "days": 3},
                 {"do": "ask_approval", "role": "sales"},
                 {"do": "send_message", "purpose": "newsletter", "channel": "email",
                  "template": "welcome"}]}

The first purpose is that for which people are looked for, and their runs kept: where it does not
reach somebody any more, nothing is done about them. Each action names its own, and asks the gate.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

from governance.policy.sales import About, Stage
from governance.policy.vocabulary import Channel, Role

PARTS = {"purpose", "trigger", "conditions", "actions"}
MOST_ACTIONS = 30
LONGEST_WAIT = 365  # days


@unique
class VersionState(StrEnum):
    """The life of a version of a workflow or form."""

    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"


@unique
class RunState(StrEnum):
    """Where a run stands."""

    WAITING = "waiting"  # for a worker, now or when its timer ends
    BLOCKED = "blocked"  # for a member of staff
    DONE = "done"
    FAILED = "failed"


@unique
class Outcome(StrEnum):
    """What became of one action."""

    DONE = "done"
    DENIED = "denied"  # the gate refused; the run goes on
    WAITED = "waited"
    BLOCKED = "blocked"
    AGREED = "agreed"
    DECLINED = "declined"  # the run ends here
    FAILED = "failed"


@unique
class Trigger(StrEnum):
    """What starts a run."""

    LEAD_ARRIVED = "lead_arrived"
    OPPORTUNITY_MOVED = "opportunity_moved"
    ORDER_LATE = "order_late"
    ORDER_FULFILLED = "order_fulfilled"
    WARRANTY_ENDING = "warranty_ending"
    BIRTHDAY = "birthday"  # of who is noted to be greeted (crm.campaigns.birthdays)


ABOUT: Mapping[Trigger, About] = {
    Trigger.LEAD_ARRIVED: About.PERSON,
    Trigger.OPPORTUNITY_MOVED: About.OPPORTUNITY,
    Trigger.ORDER_LATE: About.ORDER,
    Trigger.ORDER_FULFILLED: About.ORDER,
    Trigger.WARRANTY_ENDING: About.ORDER,
    Trigger.BIRTHDAY: About.PERSON,
}
"""What the run of a trigger belongs to."""

CONDITIONS: Mapping[Trigger, Mapping[str, frozenset[str]]] = {
    Trigger.LEAD_ARRIVED: {"stage": frozenset({"lead", "prospect"})},
    Trigger.OPPORTUNITY_MOVED: {"stage": frozenset(Stage)},
    Trigger.ORDER_LATE: {"state": frozenset({"confirmed", "partly_fulfilled"})},
    Trigger.ORDER_FULFILLED: {"state": frozenset({"fulfilled", "closed"})},
    Trigger.WARRANTY_ENDING: {},
    Trigger.BIRTHDAY: {},
}
"""By trigger, the columns that a condition may ask for, with their values; all are clear."""


@unique
class Act(StrEnum):
    """What an action does."""

    CREATE_TASK = "create_task"
    SEND_MESSAGE = "send_message"
    WAIT = "wait"
    ASK_APPROVAL = "ask_approval"


@dataclass(frozen=True, slots=True)
class Words:
    """What is known where a workflow is drafted.

    Attributes
    ----------
    purposes : keys of the register
    templates : by key of a text for messages, its purpose, and whether it is a text of service
    roles : who may work for the purpose of the workflow, and so decide about its runs
    """

    purposes: AbstractSet[str]
    templates: Mapping[str, tuple[str, bool]]
    roles: AbstractSet[str]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a definition: where, as a JSON pointer, and a word for it."""

    where: str
    code: str


Check = Callable[[Any, Words], bool]


def _in(value: Any, words: Iterable[str]) -> bool:
    return isinstance(value, str) and value in list(words)


def _is_text(value: Any, _words: Words) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 200  # noqa: PLR2004 - of the title


def _is_days(value: Any, _words: Words) -> bool:
    return type(value) is int and 0 <= value <= LONGEST_WAIT


def _is_purpose(value: Any, words: Words) -> bool:
    return _in(value, words.purposes)


def _is_template(value: Any, words: Words) -> bool:
    return _in(value, words.templates)


def _is_channel(value: Any, _words: Words) -> bool:
    return _in(value, Channel)


def _may_decide(value: Any, words: Words) -> bool:
    return _is_role(value, words) and value in words.roles


def _is_role(value: Any, _words: Words) -> bool:
    return _in(value, frozenset(Role) - {Role.SYSTEM, Role.DATA_SUBJECT})


ACTIONS: Mapping[Act, Mapping[str, Check]] = {
    Act.CREATE_TASK: {
        "purpose": _is_purpose, "role": _is_role, "title_it": _is_text, "title_en": _is_text,
        "days": _is_days,
    },
    Act.SEND_MESSAGE: {
        "purpose": _is_purpose, "channel": _is_channel, "template": _is_template,
    },
    Act.WAIT: {"days": _is_days},
    Act.ASK_APPROVAL: {"role": _may_decide},
}  # fmt: skip
"""By action, each thing it has to say; it says nothing else."""


def faults(definition: Any, words: Words) -> list[Fault]:
    """Return what is wrong with a definition, in the order of reading; nothing where it is good."""
    if not isinstance(definition, dict) or set(definition) != PARTS:
        return [Fault("#", "parts")]
    if not _in(definition["purpose"], words.purposes):
        return [Fault("#/purpose", "not_allowed")]
    started = definition["trigger"]
    if not (isinstance(started, dict) and set(started) == {"on"} and _in(started["on"], Trigger)):
        return [Fault("#/trigger", "unknown_trigger")]
    return [
        *_of_conditions(definition["conditions"], Trigger(started["on"])),
        *_of_actions(definition["actions"], words),
        *_of_messages(definition, words),
    ]


def _of_messages(definition: dict[str, Any], words: Words) -> Iterator[Fault]:
    """Yield the messages that would go for another purpose than whoever approves them reads.

    A text goes for its own purpose, whatever the action says; and what serves a contract is no way
    to write to people who were looked for with something else in mind (Art. 5(1)(b)).
    """
    actions = definition["actions"] if isinstance(definition["actions"], list) else []
    for number, one in enumerate(actions):
        text = one.get("template") if isinstance(one, dict) else None
        if not isinstance(text, str) or text not in words.templates:
            continue
        purpose, is_service = words.templates[text]
        if one.get("purpose") != purpose:
            yield Fault(f"#/actions/{number}/purpose", "not_of_the_text")
        elif is_service and purpose != definition["purpose"]:
            yield Fault(f"#/actions/{number}/template", "not_for_the_trigger")


def _of_conditions(conditions: Any, trigger: Trigger) -> Iterator[Fault]:
    if not isinstance(conditions, list):
        yield Fault("#/conditions", "no_list")
        return
    allowed = CONDITIONS[trigger]
    for number, one in enumerate(conditions):
        where = f"#/conditions/{number}"
        if not (
            isinstance(one, dict) and set(one) == {"field", "is"} and _in(one["field"], allowed)
        ):
            yield Fault(where, "unknown_condition")
            continue
        values, known = one["is"], allowed[one["field"]]
        if not (isinstance(values, list) and values and all(_in(value, known) for value in values)):
            yield Fault(f"{where}/is", "unknown_value")


def _of_actions(actions: Any, words: Words) -> Iterator[Fault]:
    if not (isinstance(actions, list) and 0 < len(actions) <= MOST_ACTIONS):
        yield Fault("#/actions", "how_many")
        return
    for number, one in enumerate(actions):
        where = f"#/actions/{number}"
        if not (isinstance(one, dict) and _in(one.get("do"), Act)):
            yield Fault(where, "unknown_action")
            continue
        wanted = ACTIONS[Act(one["do"])]
        if set(one) != {"do", *wanted}:
            yield Fault(where, "parts")
            continue
        yield from (
            Fault(f"{where}/{name}", "not_allowed")
            for name, check in wanted.items()
            if not check(one[name], words)
        )
