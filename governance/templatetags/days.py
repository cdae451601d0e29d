"""Days and moments as people of each language write them."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format

register = template.Library()

# Django's Italian writes "Novembre"; our catalogue says it as Italians write it.


@register.filter
def day(value: date | datetime | None) -> str:
    """Return a day in full: "23 novembre 2026"; "" for none."""
    if value is None or value == "":
        return ""
    return date_format(_local(value), "j F Y")


@register.filter
def short_day(value: date | datetime | None) -> str:
    """Return a day without its year: "23 novembre"; "" for none."""
    return date_format(_local(value), "j F") if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """Return a day with the time: "23 novembre 2026, 09:30"; "" for none."""
    return date_format(_local(value), "j F Y, H:i") if value else ""


def _local(value: date | datetime) -> date | datetime:
    return timezone.localtime(value) if isinstance(value, datetime) else value
