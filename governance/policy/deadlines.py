"""The statutory clock: when an answer, a notice or a notification is due, to the day.

Law counts in calendar months (Art. 12(3)), by the rules of Reg. (EEC, Euratom) 1182/71
Art. 3: the day of receipt is not counted, the month ends on the day that bears the same
number, on the last day of a month that has none, and an end on a Saturday, Sunday or
public holiday moves to the end of the next working day. Thirty days are not a month:
after a receipt on 31 January 2028 they end one day too late.

A `Deadline` is computed from facts each time (receipt, pauses, extension, calendar). It
shows the date that binds, a cautious one (the earliest reading of the law, without the
move to a working day) and an internal target before both, because the duty is "without
undue delay" and the month only its limit.

Lengths are parameters with a date of validity (`ClockRules`). Breaches and notices of
Art. 14 are in `governance.policy.notifications`; the specification of both is
`docs/spec/legal-clock.md`, with vectors in `tests/vectors/deadlines.json`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum, unique
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError
from governance.policy.holidays import Calendar
from governance.policy.periods import Period

ROME = ZoneInfo("Europe/Rome")
_DAY = timedelta(days=1)
_MONTH = Period(months=1)


class ReceiptRefusedError(GovernanceError):
    """A moment of receipt was stated that cannot be accepted; `because` says why."""

    code = "receipt_refused"
    article = "12(3)"
    message = _("This moment of receipt cannot be recorded.")
    advice = _(
        "Record when the request reached any of our channels: never later than now, and"
        " with evidence when it was before today."
    )


class ExtensionRefusedError(GovernanceError):
    """The conditions of Art. 12(3) for two further months are not met; `because` says which."""

    code = "extension_refused"
    article = "12(3)"
    status = 409
    message = _("The time limit cannot be extended.")
    advice = _(
        "Send the person a notice with the reasons, complexity or number of requests, before"
        " the first time limit ends. It can be extended once."
    )


class PauseRefusedError(GovernanceError):
    """The clock cannot stop for this; `because` says why."""

    code = "pause_refused"
    article = "12(6)"
    status = 409
    message = _("The time limit keeps running.")
    advice = _(
        "It stops only while the person has been asked, in a message that was sent, to remove"
        " a reasonable doubt about identity or to specify the request."
    )


@unique
class ExtensionGround(StrEnum):
    """Art. 12(3), second sentence: the two grounds there are."""

    COMPLEXITY = "complexity"
    NUMBER_OF_REQUESTS = "number_of_requests"


@unique
class PauseGround(StrEnum):
    """The two questions to the person that stop the clock until they answer."""

    IDENTITY_DOUBT = "identity_doubt"  # Art. 12(6)
    SPECIFICATION_ASKED = "specification_asked"  # recital 63, large quantity of data


@unique
class ClockState(StrEnum):
    """Where a deadline stands. Late is a state, not an error: the work goes on."""

    ON_TIME = "on_time"
    DUE_SOON = "due_soon"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class ClockRules:
    """The lengths of the law in force from a day on, and the margin of the house.

    Attributes
    ----------
    version : stored beside the dates computed with it
    applies_from : first day of receipt (or awareness) they apply to
    answer_within : Art. 12(3), first sentence
    extension : Art. 12(3), second sentence
    notice_within : Art. 14(3)(a)
    breach_within : Art. 33(1), real hours
    internal_margin : how long before the cautious date the internal target lies
    """

    version: str
    applies_from: date
    answer_within: Period
    extension: Period
    notice_within: Period
    breach_within: timedelta
    internal_margin: Period


GDPR = ClockRules(
    version="GDPR-2018",
    applies_from=date(2018, 5, 25),
    answer_within=_MONTH,
    extension=Period(months=2),
    notice_within=_MONTH,
    breach_within=timedelta(hours=72),
    internal_margin=Period(days=7),
)


def rules_on(day: date, table: Sequence[ClockRules] = (GDPR,)) -> ClockRules:
    """Return the rules in force on a day; before the first ones, the first ones."""
    in_force = [rules for rules in table if rules.applies_from <= day]
    by_start = sorted(in_force or table, key=lambda rules: rules.applies_from)
    return by_start[-1] if in_force else by_start[0]


def local_date(at: datetime, zone: ZoneInfo = ROME) -> date:
    """Return the legal day of an instant: the date on the controller's wall.

    Raises
    ------
    ReceiptRefusedError
        the instant has no time zone, so its day cannot be known
    """
    if at.utcoffset() is None:
        raise ReceiptRefusedError(because="no_time_zone")
    return at.astimezone(zone).date()


def end_of(day: date, zone: ZoneInfo = ROME) -> datetime:
    """Return the instant (UTC) at which the last hour of a legal day has run out."""
    return datetime.combine(day + _DAY, time(), tzinfo=zone).astimezone(UTC)


def receipt_date(
    received_at: datetime, *, entered_at: datetime, evidence: str, zone: ZoneInfo = ROME
) -> date:
    """Return the day a request reached any official channel, which is its day of receipt.

    Parameters
    ----------
    received_at : when it arrived
    entered_at : when it is recorded
    evidence : what shows an earlier arrival (a postmark, a message id); may be empty
        when it arrived on the day it is entered
    zone : of the controller

    Raises
    ------
    ReceiptRefusedError
        later than the entry, or on an earlier day without evidence
    """
    received_on, entered_on = local_date(received_at, zone), local_date(entered_at, zone)
    if received_at > entered_at:
        raise ReceiptRefusedError(because="in_the_future")
    if received_on < entered_on and not evidence.strip():
        raise ReceiptRefusedError(because="no_evidence")
    return received_on


def month_after(day: date) -> date:
    """Return the same day of the next month, or its last day (Reg. 1182/71 Art. 3(2)(c))."""
    return _MONTH.after(day)


def due_after(day: date, period: Period, *, calendar: Calendar) -> date:
    """Return the last day of a period that runs from an event on `day` (Reg. 1182/71 Art. 3).

    Parameters
    ----------
    day : of the event, itself not counted (Art. 3(1))
    period : two days or more are made to hold two working days (Art. 3(5))
    calendar : of the Member State where the act is to be done
    """
    end = calendar.on_or_after(period.after(day))
    if period.after(day) - day >= timedelta(days=2):
        first = calendar.on_or_after(day + _DAY)
        end = max(end, calendar.on_or_after(first + _DAY))
    return end


def due_on(received_on: date, calendar: Calendar, *, rules: ClockRules = GDPR) -> date:
    """Return the last day to answer a request received on a day (Art. 12(3))."""
    return due_after(received_on, rules.answer_within, calendar=calendar)


@dataclass(frozen=True, slots=True)
class Pause:
    """A question to the person while whose answer is awaited the clock stands.

    Attributes
    ----------
    ground : why they were asked
    sent_on : when the question was sent
    answered_on : when the answer arrived; None while it is awaited
    """

    ground: PauseGround
    sent_on: date
    answered_on: date | None = None

    def resumed(self, answered_on: date) -> "Pause":
        """Return the pause ended by an answer; the answer of a second one changes nothing."""
        if answered_on < self.sent_on:
            raise PauseRefusedError(because="answer_before_question")
        return self if self.answered_on is not None else replace(self, answered_on=answered_on)


@dataclass(frozen=True, slots=True)
class Extension:
    """Two further months that took effect, because the person was told in time."""

    ground: ExtensionGround
    reasons: str
    notice_sent_on: date


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a request must be answered, in every date a person needs to see.

    Attributes
    ----------
    received_on : day of receipt, not counted
    raw_on : end of the month as counted, before any move; days paused included
    due_on : `raw_on` moved to a working day: the first limit, also the one for an extension
    extended_on : the limit after an extension, counted from receipt, moved once; or None
    cautious_on : the earliest date any reading of the law arrives at
    internal_target_on : the working day to aim at, earlier than all of them
    paused_days : days the clock stood, pauses that have ended only
    paused_since : start of a pause that still runs; dates are then as on that day
    """

    received_on: date
    raw_on: date
    due_on: date
    extended_on: date | None
    cautious_on: date
    internal_target_on: date
    paused_days: int
    paused_since: date | None

    @property
    def binding_on(self) -> date:
        """The last lawful day: extended if there is an extension."""
        return self.extended_on or self.due_on


def deadline(
    received_on: date,
    calendar: Calendar,
    *,
    rules: ClockRules = GDPR,
    pauses: Iterable[Pause] = (),
    extension: Extension | None = None,
) -> Deadline:
    """Compute the deadline of a request from its facts.

    Parameters
    ----------
    received_on : day of receipt in the controller's time zone (`local_date`)
    calendar : public holidays of the controller's Member State
    rules : lengths in force on that day (`rules_on`)
    pauses : from `pause`; days that two of them share count once
    extension : from `extend`

    Raises
    ------
    PauseRefusedError
        a pause starts before the request was received
    """
    paused_days, paused_since = _standstill(pauses, received_on)
    stood = Period(days=paused_days)
    raw_on = stood.after(rules.answer_within.after(received_on))
    cautious_on, extended_on = raw_on, None
    if extension is not None:
        # Counted from receipt, moved once at the end; counted from the end of the first
        # month it can be two days less (31 January: 28 April), which is the cautious date.
        extended_raw = stood.after((rules.answer_within + rules.extension).after(received_on))
        extended_on = calendar.on_or_after(extended_raw)
        cautious_on = min(extended_raw, rules.extension.after(raw_on))
    target = calendar.on_or_before(rules.internal_margin.before(cautious_on))
    return Deadline(
        received_on=received_on,
        raw_on=raw_on,
        due_on=calendar.on_or_after(raw_on),
        extended_on=extended_on,
        cautious_on=cautious_on,
        internal_target_on=max(target, received_on),
        paused_days=paused_days,
        paused_since=paused_since,
    )


def _standstill(pauses: Iterable[Pause], received_on: date) -> tuple[int, date | None]:
    """Return the days covered by ended pauses, each once, and the start of a running one."""
    ordered = sorted(pauses, key=lambda pause: pause.sent_on)
    if ordered and ordered[0].sent_on < received_on:
        raise PauseRefusedError(because="before_receipt")
    running = [pause.sent_on for pause in ordered if pause.answered_on is None]
    since = min(running, default=None)
    days, counted_to = 0, received_on
    for pause in ordered:
        until = min(day for day in (pause.answered_on, since, date.max) if day is not None)
        days += max(0, (until - max(pause.sent_on, counted_to)).days)
        counted_to = max(counted_to, until)
    return days, since


def pause(current: Deadline, ground: str, *, message_sent_on: date | None) -> Pause:
    """Stop the clock, if the law lets it stop.

    Parameters
    ----------
    current : the deadline before the question was sent
    ground : a `PauseGround`; nothing inside our own house is one
    message_sent_on : when the question left; None when it was not sent

    Raises
    ------
    PauseRefusedError
        another ground, no message sent, sent before receipt, or sent when already late
    """
    if ground not in set(PauseGround):
        raise PauseRefusedError(because="ground")
    if message_sent_on is None:
        raise PauseRefusedError(because="message_not_sent")
    if message_sent_on < current.received_on:
        raise PauseRefusedError(because="before_receipt")
    if state(current, message_sent_on) is ClockState.LATE:
        raise PauseRefusedError(because="expired")
    return Pause(PauseGround(ground), message_sent_on)


def extend(
    current: Deadline, ground: str, *, reasons: str, notice_sent_on: date | None
) -> Extension:
    """Extend by two months, once, if the person was told in time and why (Art. 12(3)).

    Parameters
    ----------
    current : the deadline with the pauses known when the notice was sent
    ground : an `ExtensionGround`
    reasons : what the notice gave as reasons
    notice_sent_on : when the notice left; None when it was not sent, or the sending failed

    Raises
    ------
    ExtensionRefusedError
        extended before, another ground, no reasons, not sent, or sent too late
    """
    if current.extended_on is not None:
        raise ExtensionRefusedError(because="extended_before")
    if ground not in set(ExtensionGround):
        raise ExtensionRefusedError(because="ground")
    if not reasons.strip():
        raise ExtensionRefusedError(because="no_reasons")
    if notice_sent_on is None:
        raise ExtensionRefusedError(because="notice_not_sent")
    if notice_sent_on < current.received_on:
        raise ExtensionRefusedError(because="before_receipt")
    if state(current, notice_sent_on) is ClockState.LATE:
        raise ExtensionRefusedError(because="expired")
    return Extension(ExtensionGround(ground), reasons.strip(), notice_sent_on)


def state(deadline: Deadline, today: date) -> ClockState:
    """Say where a deadline stands on a day (the day of the answer, once there is one).

    It is due soon from the internal target on. While a pause runs the clock stands
    where it stood when the question was sent.
    """
    on_clock = today if deadline.paused_since is None else min(today, deadline.paused_since)
    if on_clock > deadline.binding_on:
        return ClockState.LATE
    return ClockState.DUE_SOON if on_clock >= deadline.internal_target_on else ClockState.ON_TIME
