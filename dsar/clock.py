"""The clock of a request: which calendar, which dates, and how a written day is read.

The arithmetic is `governance.policy.deadlines`; here it meets the controller and the stored
request. Dates are computed from facts whenever they are shown, never edited.
"""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from dsar.errors import InvalidDateError
from governance.policy import deadlines
from governance.policy.deadlines import (
    ClockState,
    Deadline,
    Extension,
    ExtensionGround,
    Pause,
    PauseGround,
)
from governance.policy.holidays import Calendar
from registry.calendars import calendar_of
from registry.models import Controller

if TYPE_CHECKING:
    from dsar.models import SubjectRequest

WRITTEN = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y")


def first_deadline(controller: Controller, received_on: date) -> Deadline:
    """Return every date to show for a request received on a day (Art. 12(3))."""
    rules = deadlines.rules_on(received_on)
    return deadlines.deadline(received_on, calendar_of(controller, received_on), rules=rules)


def deadline_of(
    request: "SubjectRequest",
    calendar: Calendar | None = None,
    *,
    extension: Extension | None = None,
) -> Deadline:
    """Return the dates of a stored request, computed again from its facts.

    Arguments
    ---------
    calendar : of the controller, where many requests are computed at once
    extension : one that is not stored yet
    """
    if extension is None and request.extended_to is not None:
        # Notice and reasons are in the file; for the dates only that it took effect counts.
        extension = Extension(ExtensionGround.COMPLEXITY, "on file", request.received_on)
    return deadlines.deadline(
        request.received_on,
        calendar or calendar_of(request.controller, request.received_on),
        rules=deadlines.rules_on(request.received_on),
        pauses=_standstill(request),
        extension=extension,
    )


def _standstill(request: "SubjectRequest") -> list[Pause]:
    """Return the pauses of a request as far as they move its dates."""
    ground, start = PauseGround.IDENTITY_DOUBT, request.received_on
    stood = [Pause(ground, start, start + timedelta(days=request.paused_days))]
    return [*stood, Pause(ground, request.paused_since)] if request.paused_since else stood


def settle(request: "SubjectRequest", calendar: Calendar | None = None) -> list[str]:
    """Set the stored dates of a request to what its facts give; return the columns that changed.

    They are stored to be sorted by SQL, and are never edited otherwise.
    """
    dates = deadline_of(request, calendar)
    found = {
        "due_on": dates.due_on,
        "internal_on": dates.internal_target_on,
        "extended_to": dates.extended_on,
    }
    changed = [name for name, day in found.items() if getattr(request, name) != day]
    for name in changed:
        setattr(request, name, found[name])
    return changed


def state_of(request: "SubjectRequest", today: date) -> ClockState:
    """Say where the clock of a request stands on a day; a closed one stands at its answer."""
    return deadlines.state(deadline_of(request), request.closed_on or today)


def parse_day(text: str) -> date:
    """Return the day that a person wrote, as day/month/year or as ISO 8601.

    Raises
    ------
    InvalidDateError
        it is no day of the calendar, such as 31 February
    """
    for form in WRITTEN:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise InvalidDateError
