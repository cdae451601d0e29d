"""The first page: what waits for the person at the desk, one section a subject.

Each subject adds a section to `SECTIONS`. All of them are read in one access, opened for the people
that the sections name, so that the page leaves one entry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from crm.console.desk import Desk
from governance.policy.categories import Category
from registry.models import DataSubject

MOST = 8  # lines of a section; the rest is behind its link


@dataclass(frozen=True)
class Line:
    """One thing to do.

    Attributes
    ----------
    text : what it is, in words
    address : where it is done
    due_at : until when; None where nothing is owed
    note : a word beside it, such as a state
    """

    text: str | Promise
    address: str
    due_at: datetime | None = None
    note: str | Promise = ""


@dataclass(frozen=True)
class Section:
    """One part of the first page.

    Attributes
    ----------
    title, none : its heading, and what stands there when nothing waits
    needs : categories without which it is left out
    people : function of the desk that returns ids of people, as a queryset nobody has evaluated
    lines : function of the desk, inside the access, that returns at most `MOST` lines
    view : name of the page with the rest; "" for none
    """

    title: Promise
    none: Promise
    needs: frozenset[Category]
    people: Callable[[Desk], QuerySet[Any, Any]]
    lines: Callable[[Desk], list[Line]]
    view: str = ""


SECTIONS: list[Section] = []


def people_of(desk: Desk, sections: list[Section]) -> QuerySet[DataSubject, Any]:
    """Return everybody whom the sections are about."""
    wanted = Q(pk__in=[])
    for section in sections:
        wanted |= Q(pk__in=section.people(desk))
    return DataSubject.objects.filter(wanted).order_by().values_list("pk", flat=True)
