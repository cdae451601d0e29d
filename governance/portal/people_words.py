"""What one person said and what stands, in words for staff."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from dsar import labels as words
from governance.policy.consents import Line, state_on
from governance.policy.vocabulary import Channel, ConsentState
from registry import labels
from registry.models import ConsentEvent, ConsentStanding, Objection, Restriction
from registry.suppression import Door

GROUNDS: dict[str, Promise] = {
    "a": gettext_lazy("The person contests that the data is right, until that is checked"),
    "b": gettext_lazy("The processing is unlawful, and the person does not want it erased"),
    "c": gettext_lazy("We need it no longer, the person needs it for a legal claim"),
    "d": gettext_lazy("The person objected, until it is checked whose grounds weigh more"),
}
"""Art. 18(1), by letter."""

DOORS: dict[Door, Promise] = {
    Door.IMPORT: gettext_lazy("an import"),
    Door.SYNC: gettext_lazy("a connected system"),
    Door.STAFF: pgettext_lazy("door", "staff"),
    Door.PERSON: gettext_lazy("the person, at their own address"),
}
COLOURS = {ConsentState.GIVEN: "good", ConsentState.RENEWED: "good", ConsentState.UNKNOWN: "warn"}


@dataclass(frozen=True)
class Entry:
    """One line of the ledger.

    Attributes
    ----------
    facts : what was said under it, as label and text; without what is empty
    """

    id: UUID
    at: datetime
    purpose: str
    channel: str
    state: str
    colour: str
    how: str
    facts: list[tuple[str, str]]
    request: UUID | None


def line(event: ConsentEvent, staff: Mapping[UUID, str]) -> Entry:
    """Return a line of the ledger in words; `staff` are login names by id."""
    facts = {
        _("Brought by"): _door(event, staff),
        _("Statement"): event.statement or "",
        _("Proof"): event.proof or "",
        _("Parental responsibility"): event.guardian or "",
        _("Privacy notice"): event.notice,
        _("Activity"): event.activity,
        _("Source"): str(event.source or ""),
    }
    return Entry(
        id=event.pk,
        at=event.at,
        purpose=event.purpose.text,
        channel=labels.text(Channel, event.channel),
        state=labels.text(ConsentState, event.state),
        colour=COLOURS.get(ConsentState(event.state), "plain"),
        how=words.word(words.MECHANISMS, event.method),
        facts=[(label, text) for label, text in facts.items() if text],
        request=event.request,
    )


def _door(event: ConsentEvent, staff: Mapping[UUID, str]) -> str:
    door = str(DOORS[Door(event.door)]) if event.door else ""
    name = staff.get(event.recorded_by, "") if event.recorded_by else ""
    return f"{door} ({name})" if door and name else door or name


def standings(rows: Iterable[ConsentStanding], *, today: date) -> list[dict[str, Any]]:
    """Return what stands for each purpose and channel."""
    shown = []
    for row in rows:
        state = state_on(Line(row.since, ConsentState(row.state), row.expires_on), today)
        shown.append(
            {
                "row": row,
                "channel": labels.text(Channel, row.channel),
                "state": labels.text(ConsentState, state),
                "colour": COLOURS.get(state, "plain"),
            }
        )
    return shown


def objection(row: Objection) -> dict[str, Any]:
    """Return an objection in words."""
    to = row.purpose.text if row.purpose else _("All direct marketing")
    if row.channel:
        to = _("%(what)s, by %(channel)s") % {
            "what": to, "channel": labels.text(Channel, row.channel),
        }  # fmt: skip
    return {"row": row, "to": to, "grounds": row.grounds or ""}


def restriction(row: Restriction, *, with_evidence: bool = False) -> dict[str, Any]:
    """Return a restriction with its ground in words, and what shows that the person was told."""
    return {
        "row": row,
        "ground": GROUNDS[row.ground],
        "stands": row.lifted_at is None,
        "evidence": (row.evidence or "") if with_evidence else "",
    }
