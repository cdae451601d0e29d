"""What a workflow says, line by line, and what a draft changes against the version in force."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.console import words
from crm.console.board import STAGES
from governance.policy.vocabulary import Channel, Role
from governance.policy.workflows import Act, Trigger, VersionState
from registry import labels

TRIGGER: dict[Trigger, Promise] = {
    Trigger.LEAD_ARRIVED: _("Somebody came to us"),
    Trigger.OPPORTUNITY_MOVED: _("A possible sale moved to a stage"),
    Trigger.ORDER_LATE: _("An order is late"),
    Trigger.ORDER_FULFILLED: _("An order has left in full"),
    Trigger.WARRANTY_ENDING: _("A warranty ends within a month"),
    Trigger.BIRTHDAY: _("Somebody who asked for a greeting has their birthday"),
}
ACT: dict[Act, Promise] = {
    Act.CREATE_TASK: _("Give somebody a task"),
    Act.SEND_MESSAGE: _("Write to the person"),
    Act.WAIT: _("Wait"),
    Act.ASK_APPROVAL: _("Wait for somebody's decision"),
}
STATE: dict[str, Promise] = {
    VersionState.DRAFT: _("Draft"), VersionState.APPROVED: _("In force"),
    VersionState.RETIRED: _("Replaced"),
}  # fmt: skip
FAULT: dict[str, Promise] = {
    "parts": _("something is missing"),
    "not_allowed": _("it is not one of what there is to choose"),
    "unknown_trigger": _("choose what it starts on"),
    "unknown_action": _("choose what is done"),
    "unknown_condition": _("this cannot be asked of what it starts on"),
    "unknown_value": _("choose one of the values"),
    "how_many": _("it has at least one step"),
    "not_of_the_text": _("the text belongs to another purpose, and goes for that one"),
    "not_for_the_trigger": _(
        "a text of service goes only to people looked for with its own purpose"
    ),
}
VALUES: dict[str, Promise] = {
    **words.STAGE, **words.ORDER_STATE, **{stage.value: text for stage, text in STAGES.items()},
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of a comparison; `mark` is "new", "gone" or ""."""

    mark: str
    text: str


def lines(definition: Mapping[str, Any], purposes: Mapping[str, str]) -> list[str]:
    """Return what a definition says."""
    found = [
        _now("Purpose: %(purpose)s") % {"purpose": _named(purposes, definition["purpose"])},
        _now("Starts when: %(trigger)s")
        % {"trigger": TRIGGER[Trigger(definition["trigger"]["on"])]},
    ]
    for one in definition["conditions"]:
        values = ", ".join(str(VALUES.get(word, word)) for word in one["is"])
        found.append(_now("Only if: %(values)s") % {"values": values})
    steps = (_step(one, purposes) for one in definition["actions"])
    return found + [f"{number}. {text}" for number, text in enumerate(steps, 1)]


def _named(purposes: Mapping[str, str], key: str) -> str:
    return purposes.get(key, key)


def _step(action: Mapping[str, Any], purposes: Mapping[str, str]) -> str:
    match Act(action["do"]):
        case Act.CREATE_TASK:
            said = {
                "title": labels.titled(action["title_it"], action["title_en"]),
                "role": labels.text(Role, action["role"]), "days": action["days"],
                "purpose": _named(purposes, action["purpose"]),
            }  # fmt: skip
            return _now("Task for %(role)s, within days %(days)s: %(title)s (%(purpose)s)") % said
        case Act.SEND_MESSAGE:
            said = {
                "text": action["template"], "channel": labels.text(Channel, action["channel"]),
                "purpose": _named(purposes, action["purpose"]),
            }  # fmt: skip
            return _now("Text “%(text)s” by %(channel)s (%(purpose)s)") % said
        case Act.WAIT:
            days = action["days"]
            return ngettext("Wait %(n)d day", "Wait %(n)d days", days) % {"n": days}
        case Act.ASK_APPROVAL:
            role = labels.text(Role, action["role"])
            return _now("Wait until %(role)s decides") % {"role": role}


def compared(before: list[str], after: list[str]) -> Iterator[Line]:
    """Yield the lines of a draft, with what it adds and what it takes away."""
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            yield from (Line("", text) for text in after[c:d])
            continue
        yield from (Line("gone", text) for text in before[a:b])
        yield from (Line("new", text) for text in after[c:d])


def explained(faults: Any) -> list[str]:
    """Return where each fault of a definition is, and what is wrong there."""
    return list(dict.fromkeys(_explained(where, code) for where, code in faults))


def _explained(where: str, code: str) -> str:
    parts = where.removeprefix("#/").split("/")
    why = str(FAULT.get(code, code))
    if parts[0] == "actions" and len(parts) > 1:
        number = int(parts[1]) + 1
        return str(_("Step %(number)s: %(asked)s") % {"number": number, "asked": why})
    return why[:1].upper() + why[1:]
