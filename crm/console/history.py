"""What happened with a person, newest first, in words: one timeline of everything there is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.console import words
from crm.models import Case, Interaction, Opportunity, Order, StageEvent
from crm.people import timeline
from crm.people.timeline import Entry, Position
from governance.policy.vocabulary import Channel, ConsentState
from registry import labels
from registry.gate.access import Access
from registry.models import ConsentEvent, Objection, Sending

PAGE = 25
KINDS: dict[str, Promise] = {
    "interaction": pgettext_lazy("history", "Messages, calls, notes"),
    "order": pgettext_lazy("history", "Orders"),
    "case": pgettext_lazy("history", "Cases"),
    "sending": pgettext_lazy("history", "Campaigns"),
    "opportunity": pgettext_lazy("history", "Possible sales"),
    "stage": pgettext_lazy("history", "Stages"),
    "consent": pgettext_lazy("history", "Consents"),
    "objection": pgettext_lazy("history", "Objections"),
}
"""What the kinds of the timeline are called; one that is not here is called as its model."""


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes
    ----------
    kind : of the timeline, or `note`
    icon : name of a symbol
    title, text, note : what it was, what was said, a word beside it
    is_a_day : whether only its day is known
    """

    kind: str
    at: datetime
    icon: str
    title: str | Promise
    text: str = ""
    note: str | Promise = ""
    is_a_day: bool = False


@dataclass(frozen=True)
class History:
    """One page, where the next one goes on, and which kinds there are to choose from."""

    events: list[Event]
    before: Position | None
    kinds: list[tuple[str, str | Promise]]


def of(access: Access, *, kind: str = "", before: Position | None = None) -> History:
    """Return a page of what happened, of one kind or of all that the purpose may see."""
    kinds = {found.name: found for found in timeline.granted(access)}
    wanted = (kind,) if kind in kinds else ()
    entries, last = timeline.page(access, size=PAGE, before=before, kinds=wanted)
    events = [_event(entry, is_a_day=kinds[entry.kind].is_a_day) for entry in entries]
    named = [(name, KINDS.get(name, _called(found.model))) for name, found in kinds.items()]
    return History(events, last, named)


def position(at: str, row: str) -> Position | None:
    """Return the position that an address names, or None for the newest."""
    try:
        moment = parse_datetime(at)
        return Position(moment, UUID(row)) if moment and moment.tzinfo else None
    except ValueError:
        return None


def _called(model: Any) -> str:
    return capfirst(str(model._meta.verbose_name))


def _event(entry: Entry, *, is_a_day: bool) -> Event:
    told = IN_WORDS.get(entry.kind)
    if told is None:
        return Event(entry.kind, entry.at, "event", _called(type(entry.row)), is_a_day=is_a_day)
    kind, icon, title, text, note = told(entry.row)
    return Event(kind, entry.at, icon, title, text, note, is_a_day)


Told = tuple[str, str, str | Promise, str, str | Promise]


def _said(row: Interaction) -> Told:
    way = labels.text(Channel, row.channel)
    title = f"{way}: {row.topic}" if row.topic else way
    if row.is_private:
        return "note", "note", title, row.body or "", words.DIRECTION["own"]
    icon = "in" if row.direction == "in" else "out"
    return "interaction", icon, title, row.body or "", words.DIRECTION[row.direction]


def _bought(row: Order) -> Told:
    title = _("Order %(number)s") % {"number": row.number}
    state = words.said(words.ORDER_STATE, row.state)
    return "order", "order", title, _amount(row.total, row.currency), state


def _case(row: Case) -> Told:
    title = _("Case %(number)s") % {"number": row.number}
    text = row.topic or ""
    return (
        "case",
        "case",
        f"{title}: {text}" if text else title,
        row.solution or "",
        words.said(words.CASE_STATE, row.state),
    )


def _sent(row: Sending) -> Told:
    title = _("Offer sent by %(channel)s") % {"channel": labels.text(Channel, row.channel)}
    return "sending", "out", title, "", row.purpose.key


def _sale(row: Opportunity) -> Told:
    amount = _amount(row.amount, row.currency)
    return "opportunity", "board", row.title or _("Possible sale"), amount, ""


def _stage(row: StageEvent) -> Told:
    title = _("Stage: %(stage)s") % {"stage": words.said(words.STAGE, row.stage)}
    return "stage", "stage", title, "", ""


def _consent(row: ConsentEvent) -> Told:
    way = labels.text(Channel, row.channel)
    title = _("Consent by %(channel)s") % {"channel": way}
    return "consent", "consent", title, "", labels.text(ConsentState, row.state)


def _objected(row: Objection) -> Told:
    title = _("Objection to all marketing") if row.to_marketing else _("Objection")
    way = labels.text(Channel, row.channel) if row.channel else ""
    return "objection", "no", title, "", way


def _amount(number: Any, currency: str) -> str:
    return f"{number_format(number, 2, use_l10n=True)} {currency}"


IN_WORDS: dict[str, Callable[[Any], Told]] = {
    "interaction": _said, "order": _bought, "case": _case, "sending": _sent,
    "opportunity": _sale, "stage": _stage, "consent": _consent, "objection": _objected,
}  # fmt: skip
