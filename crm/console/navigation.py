"""The navigation of the desk: one list, showing each role what it works with."""

from collections.abc import Collection
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.policy.vocabulary import Role

EVERYBODY = frozenset(Role) - {Role.PARTNER}
SEGMENTS = frozenset({Role.MARKETING, Role.ANALYST, Role.MANAGER})
MERGES = frozenset({Role.AGENT, Role.SALES, Role.MANAGER})
RULES = frozenset({Role.AGENT, Role.SALES, Role.MARKETING, Role.MANAGER})


@dataclass(frozen=True)
class Entry:
    """One line of the navigation.

    Attributes
    ----------
    title : what stands there
    icon : name of a symbol in `console/icons.svg`
    view : name of the view, as `reverse` takes it
    roles : who sees it; the page itself asks the gate
    """

    title: Promise
    icon: str
    view: str
    roles: Collection[Role] = EVERYBODY


ENTRIES: list[Entry] = [
    Entry(_("My work"), "home", "desk:home"),
    Entry(_("Inbox"), "inbox", "desk:inbox"),
    Entry(_("Duplicates"), "merge", "desk:duplicates", MERGES),
    Entry(_("Cases"), "case", "desk:cases", {Role.AGENT, Role.MANAGER}),
    Entry(_("Help centre"), "book", "desk:articles", {Role.AGENT, Role.MANAGER}),
    Entry(_("Figures of service"), "chart", "desk:figures", {Role.AGENT, Role.MANAGER}),
    Entry(_("Companies"), "people", "desk:companies", MERGES),
    Entry(_("Shared with us"), "case", "desk:shared", {Role.PARTNER}),
    Entry(_("Complaints"), "alert", "desk:complaints", {Role.AGENT, Role.MANAGER}),
    Entry(_("Use of the program"), "user", "desk:adoption", {Role.MANAGER}),
    Entry(_("My visits"), "visit", "desk:visits", {Role.FIELD_AGENT, Role.SALES}),
    Entry(_("Possible sales"), "board", "desk:board", {Role.SALES, Role.AGENT, Role.MANAGER}),
    Entry(_("Sales today"), "chart", "desk:sales", {Role.AGENT, Role.SALES, Role.MANAGER}),
    Entry(_("Portfolio"), "chart", "desk:portfolio", SEGMENTS),
    Entry(_("Segments"), "people", "desk:segments", SEGMENTS),
    Entry(_("Workflows"), "flow", "desk:workflows", RULES),
    Entry(_("Texts of messages"), "note", "desk:texts", RULES),
    Entry(_("Scripts of calls"), "book", "desk:scripts", MERGES),
    Entry(_("Public forms"), "in", "desk:web_forms", RULES),
    Entry(_("Campaigns"), "out", "desk:campaigns", SEGMENTS),
    Entry(_("Scores"), "chart", "desk:scores", SEGMENTS),
    Entry(
        _("Offers"), "order", "desk:offers", {Role.MARKETING, Role.MANAGER, Role.SALES, Role.AGENT}
    ),
    Entry(_("Loyalty programme"), "stage", "desk:loyalty", {Role.MARKETING, Role.MANAGER}),
]


@dataclass(frozen=True)
class Shown:
    """An entry as the page shows it; `is_here` for the one that is open."""

    title: Promise
    icon: str
    address: str
    is_here: bool


def shown(role: Role, *, at: str) -> list[Shown]:
    """Return the entries for a role, with the one that leads to where `at` is."""
    mine = [(e, reverse(e.view)) for e in ENTRIES if role in e.roles]
    first = reverse(ENTRIES[0].view)  # every page is under it, and not a part of it
    under = [a for _entry, a in mine if at == a or (a != first and at.startswith(a))]
    here = max(under, key=len, default="")
    return [Shown(e.title, e.icon, address, address == here) for e, address in mine]
