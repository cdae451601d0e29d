"""For which purpose somebody works just now: chosen at the desk, kept in the session.

Only purposes that an approved activity gives to the role are offered; the gate decides again.
"""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from registry import activities, labels
from registry.models import ActivityVersion, Staff

CHOSEN = "custode.desk_purpose"


@dataclass(frozen=True)
class Offered:
    """A purpose that the role may act for.

    Attributes
    ----------
    key : word of the register
    title, text : the activity's title, and the purpose in the words that customers read
    """

    key: str
    title: str
    text: str


def offered(staff: Staff, *, now: datetime) -> list[Offered]:
    """Return the purposes that an activity in force gives to the role, by title."""
    versions = activities.of_role(staff.controller_id, staff.role, at=now)
    return sorted((_offered(version) for version in versions), key=lambda o: o.title)


def _offered(version: ActivityVersion) -> Offered:
    purpose = version.activity.purpose
    title = labels.titled(version.title_it, version.title_en)
    return Offered(purpose.key, title or version.title_it, purpose.text)


def chosen(request: HttpRequest, among: list[Offered]) -> Offered | None:
    """Return what was chosen, or the only one there is; None where somebody has to choose."""
    if len(among) == 1:
        return among[0]
    key = request.session.get(CHOSEN)
    return next((purpose for purpose in among if purpose.key == key), None)


def choose(request: HttpRequest, key: str, among: list[Offered]) -> bool:
    """Keep a choice in the session; whether it is one of those offered."""
    if key not in {purpose.key for purpose in among}:
        return False
    request.session[CHOSEN] = key
    return True
