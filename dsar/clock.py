"""The clock of a request: which calendar, which dates, and how a written day is read.

The arithmetic is `governance.policy.deadlines`; here it meets the controller and the stored
request. Dates are computed from facts whenever they are shown, never edited.
"""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from dsar.errors import InvalidDateError
from governance.policy import deadlines
from governance.policy.deadlines import ClockState, Deadline, Extension, ExtensionGround
from registry.calendars import calendar_of
from registry.models import Controller

if TYPE_CHECKING:
    from dsar.models import SubjectRequest

WRITTEN = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y")


def first_deadline(controller: Controller, received_on: date) -> Deadline:
    """Return every date to show for a request received on a day (Art. 12(3))."""
    rules = deadlines.rules_on(received_on)
    return deadlines.deadline(received_on, calendar_of(controller, received_on), rules=rules)


def extended_deadline(controller: Controller, received_on: date, extension: Extension) -> Deadline:
    """Return the dates after an extension that the person was told of in time."""
    return deadlines.deadline(
        received_on,
        calendar_of(controller, received_on),
        rules=deadlines.rules_on(received_on),
        extension=extension,
    )


def deadline_of(request: "SubjectRequest") -> Deadline:
    """Return the dates of a stored request, computed again from its facts."""
    if request.extended_to is None:
        return first_deadline(request.controller, request.received_on)
    # The notice and its reasons are in the file; for the dates only that it took effect counts.
    extension = Extension(ExtensionGround.COMPLEXITY, "on file", request.received_on)
    return extended_deadline(request.controller, request.received_on, extension)


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
