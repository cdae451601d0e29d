"""What is accepted: typed, bounded, and nothing that was not declared."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from governance.policy.errors import Text

EARLIEST = date(1850, 1, 1)
CLOCKS_DIFFER = timedelta(days=1)


def detail(text: Text, code: str) -> ErrorDetail:
    """Return what is wrong with one field, in the language that is active now."""
    return ErrorDetail(str(text), code=code)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not declare: a misspelt one is not lost, a foreign one not set."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated values.

        Raises
        ------
        ValidationError
            with one `unknown_field` for each field that is not declared
        """
        if isinstance(data, Mapping) and (unknown := [n for n in data if n not in self.fields]):
            text = detail(_("This field is not known here."), "unknown_field")
            raise ValidationError({name: [text] for name in unknown})
        return super().to_internal_value(data)


class DayField(serializers.DateField):
    """A day, yyyy-mm-dd, that is on the calendar."""

    default_error_messages = {
        "not_on_calendar": _("This day is not on the calendar."),
        "out_of_range": _("The year is out of range."),
        "in_the_future": _("The day is in the future."),
    }

    def __init__(self, *, is_past: bool = False, **kwargs: Any) -> None:
        self.is_past = is_past
        super().__init__(**kwargs)

    def to_internal_value(self, value: Any) -> date:
        """Return the day.

        Raises
        ------
        ValidationError
            `invalid`, `not_on_calendar`, `out_of_range` or `in_the_future`
        """
        try:
            day = parse_date(value) if isinstance(value, str) else None
        except ValueError:
            self.fail("not_on_calendar")
        if day is None:
            self.fail("invalid", format="yyyy-mm-dd")
        if day < EARLIEST:
            self.fail("out_of_range")
        if self.is_past and day > (self.context["now"] + CLOCKS_DIFFER).date():
            self.fail("in_the_future")
        return day


class MomentField(serializers.DateTimeField):
    """A moment with its offset (RFC 3339), that is on the calendar."""

    default_error_messages = {
        "not_on_calendar": _("This moment is not on the calendar."),
        "out_of_range": _("The year is out of range."),
        "in_the_future": _("The moment is in the future."),
        "offset_missing": _("The moment has no offset, such as Z or +01:00."),
    }

    def to_internal_value(self, value: Any) -> datetime:
        """Return the moment, which is not in the future beyond a difference of clocks.

        Raises
        ------
        ValidationError
            `invalid`, `not_on_calendar`, `offset_missing`, `out_of_range`, `in_the_future`
        """
        try:
            moment = parse_datetime(value) if isinstance(value, str) else None
        except ValueError:
            self.fail("not_on_calendar")
        if moment is None:
            self.fail("invalid", format="yyyy-mm-ddThh:mm:ssZ")
        if moment.utcoffset() is None:
            self.fail("offset_missing")
        if moment.date() < EARLIEST:
            self.fail("out_of_range")
        if moment.year > self.context["now"].year + 1 or (
            moment > self.context["now"] + CLOCKS_DIFFER
        ):
            self.fail("in_the_future")
        return moment


def text(length: int = 200, **kwargs: Any) -> serializers.CharField:
    """Return an optional text field that may be null."""
    kwargs.setdefault("required", False)
    kwargs.setdefault("allow_null", not kwargs["required"])
    return serializers.CharField(max_length=length, **kwargs)
