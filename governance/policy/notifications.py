"""Deadlines of what a controller owes unasked: breaches (Art. 33) and notices (Art. 14).

A breach is notified within 72 hours of awareness. A period in hours runs in real hours,
through weekends and changes of the clock, and does not move to a working day (Reg.
1182/71 Art. 3(4) excepts it). Article 3(1) of that regulation would not count the hour
of awareness itself; counting from the instant is the stricter reading and is used here.

People whose data came from elsewhere are told within a month, and at the latest when
they are first written to or their data are first disclosed: whichever comes first.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum, unique

from django.utils.translation import gettext_lazy as _

from governance.policy.deadlines import GDPR, ClockRules, ClockState, due_after
from governance.policy.errors import GovernanceError
from governance.policy.holidays import Calendar


class AwarenessError(GovernanceError):
    """The moment of awareness of a breach has no time zone."""

    code = "awareness_invalid"
    article = "33(1)"
    message = _("The moment of awareness is not a point in time.")
    advice = _("State date, hour and time zone at which the breach became known.")


@unique
class NoticeGround(StrEnum):
    """Art. 14(3): what makes the notice due when it is due."""

    FIRST_DISCLOSURE = "first_disclosure"  # 14(3)(c)
    FIRST_COMMUNICATION = "first_communication"  # 14(3)(b)
    ONE_MONTH = "one_month"  # 14(3)(a)


@unique
class Telling(StrEnum):
    """How a person is given the notice (Art. 12(1))."""

    FORM = "form"  # on the form that collects the data
    EMAIL = "email"
    SMS = "sms"
    POST = "post"
    PHONE = "phone"
    IN_PERSON = "in_person"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class NoticeDue:
    """The last day to give the notice of Art. 14, and what sets it."""

    due_on: date
    ground: NoticeGround


def breach_notify_by(aware_at: datetime, *, rules: ClockRules = GDPR) -> datetime:
    """Return the instant (UTC) by which the authority must be notified of a breach.

    Parameters
    ----------
    aware_at : when the controller became aware, with a time zone
    rules : in force on the day of awareness

    Raises
    ------
    AwarenessError
        `aware_at` has no time zone
    """
    if aware_at.utcoffset() is None:
        raise AwarenessError(because="no_time_zone")
    # In UTC, because adding hours to a local time would add or lose one at a change of the clock.
    return aware_at.astimezone(UTC) + rules.breach_within


def breach_state(aware_at: datetime, now: datetime, *, rules: ClockRules = GDPR) -> ClockState:
    """Say where a breach stands: due soon once half the time is gone, late after all of it.

    A late notification is still made, with the reasons for the delay (Art. 33(1)).
    """
    notify_by = breach_notify_by(aware_at, rules=rules)
    if now > notify_by:
        return ClockState.LATE
    half_way = notify_by - rules.breach_within / 2
    return ClockState.DUE_SOON if now >= half_way else ClockState.ON_TIME


def notice_due(
    obtained_on: date,
    calendar: Calendar,
    *,
    first_communication_on: date | None = None,
    first_disclosure_on: date | None = None,
    rules: ClockRules = GDPR,
) -> NoticeDue:
    """Return when a person must be told about data that did not come from them (Art. 14(3)).

    Parameters
    ----------
    obtained_on : when the data were obtained
    calendar : of the controller's Member State; only the month moves to a working day
    first_communication_on : first message to the person, done or planned; None when none
    first_disclosure_on : first disclosure to another recipient, done or planned; None when none
    rules : in force on the day the data were obtained
    """
    month_on = due_after(obtained_on, rules.notice_within, calendar=calendar)
    candidates = (
        (first_disclosure_on, NoticeGround.FIRST_DISCLOSURE),
        (first_communication_on, NoticeGround.FIRST_COMMUNICATION),
        (month_on, NoticeGround.ONE_MONTH),
    )
    dated = [NoticeDue(day, ground) for day, ground in candidates if day is not None]
    return min(dated, key=lambda notice: notice.due_on)
