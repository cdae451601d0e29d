"""The doors to what else a company has for its customers."""

from django import template
from django.utils.functional import Promise

from dsar.portal.doors import DOORS

register = template.Library()


@register.simple_tag
def doors(company: str, *, everywhere: bool = False) -> list[tuple[str, Promise, Promise]]:
    """Return address, title and text of each door; `everywhere` those at the foot of each page."""
    return [
        (door.address(company), door.title, door.text)
        for door in DOORS
        if door.is_everywhere or not everywhere
    ]
