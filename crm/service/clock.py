"""What is promised about a case, and until when; computed anew from what is stored."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from crm.models import Case, CasePause
from governance.policy import provisions as law
from governance.policy import service_time
from governance.policy.cases import Promise
from governance.policy.periods import Period
from governance.policy.provisions import Parameter
from governance.policy.service_time import Reading, ServiceHours, Span
from governance.policy.vocabulary import Priority
from registry import calendars, provisions
from registry.models import Controller

PARAMETER = {
    Promise.FIRST_RESPONSE: Parameter.FIRST_RESPONSE,
    Promise.RESOLUTION: Parameter.RESOLUTION,
}
MINUTE = timedelta(minutes=1)


class CaseClock:
    """The clock of one case: hours of the house and promises as of the day it was opened."""

    def __init__(self, case: Case) -> None:
        day = timezone.localdate(case.opened_at)
        said = provisions.in_force(case.controller_id, on=day)
        controller = Controller.objects.get(pk=case.controller_id)
        self.case = case
        self.hours: ServiceHours | None = calendars.service_hours(controller, day)
        self.promised = {
            promise: law.promises(said[parameter].value).get(Priority(case.priority))
            for promise, parameter in PARAMETER.items()
            if parameter in said
        }

    def read(self, promise: Promise, pauses: Iterable[CasePause], *, now: datetime) -> Reading:
        """Read the clock of one promise; a first answer is awaited also while we wait.

        Without hours of the house nothing is promised, and nothing is late.
        """
        if self.hours is None:
            return Reading(timedelta(0), None, is_paused=False, is_breached=False)
        case = self.case
        first = promise is Promise.FIRST_RESPONSE
        return service_time.read(
            self.hours,
            case.opened_at,
            self.promised.get(promise),
            pauses=() if first else [Span(p.began_at, p.ended_at) for p in pauses],
            kept_at=case.first_response_at if first else case.solved_at,
            now=now,
        )

    def set_due(self, pauses: Iterable[CasePause], *, now: datetime) -> None:
        """Set the due moments of the case, and the working times of what was done."""
        response = self.read(Promise.FIRST_RESPONSE, (), now=now)
        resolution = self.read(Promise.RESOLUTION, pauses, now=now)
        case = self.case
        case.first_response_due_at = response.due_at
        case.resolution_due_at = resolution.due_at
        case.first_response_minutes = response.elapsed // MINUTE if case.first_response_at else None
        case.resolution_minutes = resolution.elapsed // MINUTE if case.solved_at else None


def warranty_end(controller: UUID, bought_on: date) -> date | None:
    """Return the last day of the warranty of what was bought on a day; None where none is set."""
    said = provisions.value(controller, Parameter.WARRANTY, on=bought_on)
    return Period.parse(said).after(bought_on) if said else None
