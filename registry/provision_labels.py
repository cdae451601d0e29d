"""What provisions say, in words: `mon-fri 09:00-20:00` is "Monday to Friday, 9:00 am to 8:00 pm".

Rows keep what was entered, as the law reads it (`governance.policy.provisions`).
"""

from datetime import time, timedelta

from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.translation import gettext, ngettext

from governance.policy import provisions as law
from governance.policy.provisions import Parameter
from governance.policy.vocabulary import Channel, Priority, Role
from registry import labels

PERIODS = (Parameter.OPPOSITION_VALID_FOR, Parameter.OPPOSITION_GRACE, Parameter.WARRANTY)


def value(parameter: str, written: str) -> str:
    """Return a value in the language of the page; what nobody can read is shown as it is."""
    try:
        return _value(Parameter(parameter), written)
    except (ValueError, law.ProvisionInvalidError):
        return written


def _value(parameter: Parameter, written: str) -> str:
    family = parameter.partition(".")[0]
    if parameter in PERIODS:
        return labels.period(written)
    if parameter is Parameter.EMERGENCY_ROLES:
        return labels.texts(Role, written.split()) or gettext("no role")
    if parameter.endswith("channels"):
        return labels.texts(Channel, written.split()) or gettext("no channel")
    if family in FAMILIES:
        return FAMILIES[family](written)
    return _count(parameter, law.number(written))


def _count(parameter: Parameter, number: int) -> str:
    match parameter:
        case Parameter.AGE_OF_CONSENT:
            return ngettext("%(n)d year", "%(n)d years", number) % {"n": number}
        case Parameter.BREACH_HOURS:
            return ngettext("%(n)d hour", "%(n)d hours", number) % {"n": number}
        case Parameter.EMERGENCY_MINUTES:
            return ngettext("%(n)d minute", "%(n)d minutes", number) % {"n": number}
    return str(number)


def _frequency(written: str) -> str:
    most, within = written.split("/")
    said = ngettext("%(n)d message in %(period)s", "%(n)d messages in %(period)s", int(most))
    return said % {"n": int(most), "period": labels.period(within)}


def _hours(written: str) -> str:
    return "; ".join(_span(part.strip()) for part in written.split(","))


def _promises(written: str) -> str:
    said = law.promises(written).items()
    return "; ".join(f"{labels.text(Priority, word)}: {_working_time(time)}" for word, time in said)


def _working_time(time: timedelta) -> str:
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    said_hours = ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    said_minutes = ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if not hours or not minutes:
        return said_hours if hours else said_minutes
    return gettext("%(hours)s and %(minutes)s") % {"hours": said_hours, "minutes": said_minutes}


def _span(written: str) -> str:
    days, times = written.split(" ")
    first, _dash, last = days.partition("-")
    starts, ends = times.split("-")
    said = {"first": _day(first), "last": _day(last or first)}
    said |= {"start": _time(starts), "end": _time(ends)}
    if not last:
        return gettext("%(first)s, %(start)s to %(end)s") % said
    return gettext("%(first)s to %(last)s, %(start)s to %(end)s") % said


def _day(word: str) -> str:
    return str(WEEKDAYS[law.DAYS.index(word)])


def _time(written: str) -> str:
    return time_format(time.fromisoformat(written), "H:i")


FAMILIES = {"hours": _hours, "frequency": _frequency, "service": _promises}
"""Parameters whose values are written alike, by the first part of their names."""
