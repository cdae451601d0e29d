"""What the law of a country, or the house, sets and may change: dated rows, looked up by day.

Follows docs/spec/gate.md, section 7. A change of law is a new row. Rows are stored by
`registry.provisions`; here they are plain values, and their words are read.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum, unique
from typing import TypeVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError
from governance.policy.periods import Period
from governance.policy.vocabulary import Channel, Priority, Role

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
W = TypeVar("W", bound=StrEnum)
_HOURS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d\d:\d\d)-(\d\d:\d\d)")
_PROMISE = re.compile(r"([a-z]+)=PT(?:([0-9]{1,4})H)?(?:([0-9]{1,2})M)?")
_FREQUENCY = re.compile(r"([1-9]\d{0,3})/(P\d[0-9YMWD]*)")


@unique
class Parameter(StrEnum):
    """What a provision may set."""

    AGE_OF_CONSENT = "consent.age"  # Art. 8(1): whole years
    BREACH_HOURS = "breach.hours"  # Art. 33(1): hours
    CONSENT_CHANNELS = "marketing.consent_channels"  # art. 130(1)-(2) Codice
    SOFT_OPT_IN_CHANNELS = "marketing.soft_opt_in_channels"  # art. 130(4) Codice
    OPPOSITION_CHANNELS = "opposition.channels"  # art. 130(3-bis) Codice
    OPPOSITION_VALID_FOR = "opposition.valid_for"  # a check is good that long
    OPPOSITION_GRACE = "opposition.grace"  # after the end of a contract
    HOURS_EMAIL = "hours.email"
    HOURS_PHONE = "hours.phone"
    HOURS_SMS = "hours.sms"
    HOURS_WHATSAPP = "hours.whatsapp"
    FREQUENCY_EMAIL = "frequency.email"
    FREQUENCY_PHONE = "frequency.phone"
    FREQUENCY_SMS = "frequency.sms"
    FREQUENCY_WHATSAPP = "frequency.whatsapp"
    FREQUENCY_POST = "frequency.post"
    EMERGENCY_ROLES = "emergency.roles"  # that may open one person's data in an emergency
    EMERGENCY_MINUTES = "emergency.minutes"
    HOURS_SERVICE = "hours.service"  # when the promises of service count
    FIRST_RESPONSE = "service.first_response"  # working time, by priority
    RESOLUTION = "service.resolution"  # working time, by priority
    WARRANTY = "warranty.period"  # from the day of the purchase
    SMALLEST_CELL = "figures.smallest_cell"  # below it a count is not exported


class ProvisionInvalidError(GovernanceError):
    """A value is not written as its parameter asks."""

    code = "provision_invalid"
    article = "5(2)"
    message = _("This value cannot be read.")
    advice = _(
        "Write a whole number, channels or roles separated by spaces, a period as in P15D, hours"
        " as in “mon-fri 09:00-20:00, sat 10:00-19:00”, a frequency as in 4/P7D, or"
        " working times by priority as in “urgent=PT1H normal=PT8H30M”."
    )


@dataclass(frozen=True, slots=True)
class Provision:
    """One row: what a parameter is in a country from one day to another, and by which source."""

    country: str
    parameter: str
    value: str
    valid_from: date
    valid_to: date | None = None
    source: str = ""
    row: UUID | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """When people may be reached: spans of a day, by day of the week (Monday is 0)."""

    spans: tuple[tuple[int, time, time], ...]

    def allow(self, local: datetime, *, is_holiday: bool) -> bool:
        """Whether a local time is within them; never on a public holiday."""
        at = local.time()
        return not is_holiday and any(
            day == local.weekday() and start <= at < end for day, start, end in self.spans
        )


@dataclass(frozen=True, slots=True)
class Frequency:
    """How many messages at most within a period of days."""

    most: int
    within: Period

    def since(self, now: datetime) -> datetime:
        """Return the moment from which on messages count."""
        day = now.date()
        return now - (day - self.within.before(day))


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """What is in force for marketing by one channel.

    Attributes
    ----------
    needs_consent, soft_opt_in : art. 130(1)-(2) and (4) Codice
    check_valid_for : how long a check of the register of oppositions counts; None where there
        is no such register for the channel
    grace : days after the end of a contract in which the register does not bind
    """

    channel: Channel
    needs_consent: bool
    soft_opt_in: bool
    check_valid_for: Period | None
    grace: Period
    hours: Hours | None
    frequency: Frequency | None


def in_force(rows: Iterable[Provision], *, country: str, on: date) -> dict[str, Provision]:
    """Return the provision in force for each parameter: begun last, of several entered last.

    `rows` are in the order in which they were entered.
    """
    found: dict[str, Provision] = {}
    for row in rows:
        has_ended = row.valid_to is not None and row.valid_to < on
        if row.country != country or row.valid_from > on or has_ended:
            continue
        held = found.get(row.parameter)
        if held is None or held.valid_from <= row.valid_from:
            found[row.parameter] = row
    return found


NEEDED = (
    Parameter.CONSENT_CHANNELS,
    Parameter.SOFT_OPT_IN_CHANNELS,
    Parameter.OPPOSITION_CHANNELS,
    Parameter.OPPOSITION_VALID_FOR,
    Parameter.OPPOSITION_GRACE,
)
"""Without one of these nothing can be decided about marketing by a channel."""


def channel_rules(law: Mapping[str, Provision], channel: Channel) -> ChannelRules | None:
    """Return what is in force for marketing by a channel; None where that is not known."""
    if any(parameter not in law for parameter in NEEDED):
        return None
    is_opposed = channel in channels(law[Parameter.OPPOSITION_CHANNELS].value)
    said_hours, said_frequency = law.get(f"hours.{channel}"), law.get(f"frequency.{channel}")
    return ChannelRules(
        channel=channel,
        needs_consent=channel in channels(law[Parameter.CONSENT_CHANNELS].value),
        soft_opt_in=channel in channels(law[Parameter.SOFT_OPT_IN_CHANNELS].value),
        check_valid_for=period(law[Parameter.OPPOSITION_VALID_FOR].value) if is_opposed else None,
        grace=period(law[Parameter.OPPOSITION_GRACE].value),
        hours=hours(said_hours.value) if said_hours else None,
        frequency=frequency(said_frequency.value) if said_frequency else None,
    )


def check(parameter: Parameter, value: str) -> None:
    """Raise `ProvisionInvalidError` unless the value can be read as its parameter asks."""
    families = {"hours": hours, "frequency": frequency}
    own = {
        Parameter.CONSENT_CHANNELS: channels,
        Parameter.SOFT_OPT_IN_CHANNELS: channels,
        Parameter.OPPOSITION_CHANNELS: channels,
        Parameter.OPPOSITION_VALID_FOR: period,
        Parameter.OPPOSITION_GRACE: period,
        Parameter.EMERGENCY_ROLES: roles,
        Parameter.AGE_OF_CONSENT: number,
        Parameter.BREACH_HOURS: number,
        Parameter.EMERGENCY_MINUTES: number,
        Parameter.FIRST_RESPONSE: promises,
        Parameter.RESOLUTION: promises,
        Parameter.WARRANTY: period,
        Parameter.SMALLEST_CELL: number,
    }
    read = own.get(parameter) or families[parameter.partition(".")[0]]
    read(value)


def number(text: str) -> int:
    """Read a whole number, one or more."""
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text):
        raise ProvisionInvalidError
    return int(text)


def channels(text: str) -> frozenset[Channel]:
    """Read channels, separated by spaces; none is a value too."""
    return _words(Channel, text)


def roles(text: str) -> frozenset[Role]:
    """Read roles, separated by spaces; none is a value too."""
    return _words(Role, text)


def _words(vocabulary: type[W], text: str) -> frozenset[W]:
    try:
        return frozenset(vocabulary(word) for word in text.split())
    except ValueError:
        raise ProvisionInvalidError from None


def period(text: str) -> Period:
    """Read a period of the calendar."""
    return Period.parse(text)


def hours(text: str) -> Hours:
    """Read hours: spans of days and times, separated by commas."""
    spans: list[tuple[int, time, time]] = []
    for part in text.split(","):
        found = _HOURS.fullmatch(part.strip())
        if found is None or not {found[1], found[2] or found[1]} <= set(DAYS):
            raise ProvisionInvalidError
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        try:
            start, end = time.fromisoformat(found[3]), time.fromisoformat(found[4])
        except ValueError:
            raise ProvisionInvalidError from None
        if last < first or end <= start:
            raise ProvisionInvalidError
        spans += [(day, start, end) for day in range(first, last + 1)]
    return Hours(tuple(spans))


def frequency(text: str) -> Frequency:
    """Read a frequency: a number, a stroke, a period."""
    found = _FREQUENCY.fullmatch(text)
    if found is None:
        raise ProvisionInvalidError
    within = Period.parse(found[2])
    if within.total_months == within.total_days == 0:
        raise ProvisionInvalidError
    return Frequency(int(found[1]), within)


def promises(text: str) -> Mapping[Priority, timedelta]:
    """Read working times by priority, as in `urgent=PT1H normal=PT8H30M`."""
    said: dict[Priority, timedelta] = {}
    for word in text.split():
        found = _PROMISE.fullmatch(word)
        if found is None or found[1] not in list(Priority) or found[1] in said:
            raise ProvisionInvalidError
        promised = timedelta(hours=int(found[2] or 0), minutes=int(found[3] or 0))
        if not promised:
            raise ProvisionInvalidError
        said[Priority(found[1])] = promised
    if not said:
        raise ProvisionInvalidError
    return said
