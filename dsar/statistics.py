"""The figures of one year for the annual report: how many asked for what, and what became of it.

A request belongs to the year in which it was received. Figures are counted from clear columns: no
name is read and no sealed value opened. Small numbers are shown as they are: who reads this page
may open the list of requests, so that nothing is learnt from a one that the list does not say; what
is published of it is for the reader to round. A file that retention has ended is counted no more.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any
from uuid import UUID

from dsar.models import Erasure, Proposal, SubjectRequest
from dsar.requests import OPEN_STATES
from governance.policy.vocabulary import Right
from registry.gate.access import Access

OPEN, FULFILLED, IN_PART, REFUSED = "open", "fulfilled", "in_part", "refused"
ON_TIME, EXTENDED, LATE = "on_time", "extended", "late"
KEPT_BY_LAW = "17(3)"


@dataclass(frozen=True)
class Case:
    """What is counted of one request.

    Attributes
    ----------
    outcome : `open`, `fulfilled`, `in_part` or `refused`
    timing : of an answered one `on_time`, `extended` or `late`; of an open one `late` or ""
    days : from receipt to answer, without the days on which the clock stood; None while it is open
    """

    right: str
    channel: str
    outcome: str
    timing: str
    days: int | None
    refusal_ground: str = ""
    late_ground: str = ""


@dataclass(frozen=True)
class Line:
    """The figures of one right, or of all."""

    received: int
    outcomes: Mapping[str, int]
    timings: Mapping[str, int]
    open_late: int
    median_days: float | None
    longest_days: int | None


@dataclass(frozen=True)
class Year:
    """The figures of one year.

    Attributes
    ----------
    refusals, parts : by ground, of whole requests and of parts of an answer
    complaints : how many were known to have been brought before the Garante in the year
    """

    year: int
    total: Line
    rights: Mapping[str, Line]
    channels: Mapping[str, int]
    refusals: Mapping[str, int]
    parts: Mapping[str, int]
    delays: Mapping[str, int]
    complaints: int = 0
    years: list[int] = field(default_factory=list)


def of_year(access: Access, year: int) -> Year:
    """Return the figures of a year, read inside an open access of supervision."""
    rows = list(access.rows(SubjectRequest).filter(received_on__year=year).order_by("received_on"))
    parts = Proposal.objects.filter(request__in=rows, act="refuse_part", is_accepted=True)
    grounds = list(parts.values_list("request_id", "ground"))
    in_part = {request for request, _ground in grounds} | _kept_in_part(rows)
    asked = access.rows(SubjectRequest)
    return counted(
        [_case(row, is_part=row.pk in in_part) for row in rows],
        year=year,
        parts=Counter(ground for _request, ground in grounds),
        complaints=asked.filter(complained_on__year=year).count(),
        years=sorted({day.year for day in asked.dates("received_on", "year")} | {year}),
    )


def _kept_in_part(rows: list[SubjectRequest]) -> set[UUID]:
    """Return the requests for erasure of which something stayed under Art. 17(3)."""
    plans = Erasure.objects.filter(request__in=rows).values_list("request_id", "plan")
    return {
        request
        for request, plan in plans
        if request and any(h["ground"].startswith(KEPT_BY_LAW) for h in plan.get("holdings", ()))
    }


def _case(row: SubjectRequest, *, is_part: bool) -> Case:
    end = row.closed_on
    outcome = OPEN if row.state in OPEN_STATES or end is None else row.state
    return Case(
        right=row.right, channel=row.channel,
        outcome=IN_PART if is_part and outcome == FULFILLED else outcome,
        timing=_timing(row, end),
        days=(end - row.received_on).days - row.paused_days if end else None,
        refusal_ground=row.refusal_ground, late_ground=row.late_ground,
    )  # fmt: skip


def _timing(row: SubjectRequest, end: date | None) -> str:
    if row.late_since is not None:
        return LATE
    if end is None:
        return ""
    return EXTENDED if row.extended_to is not None and end > row.due_on else ON_TIME


# Pure from here


def counted(cases: Iterable[Case], *, year: int, **more: Any) -> Year:
    """Count cases of one year."""
    found = list(cases)
    by_right: dict[str, list[Case]] = {}
    for case in found:
        by_right.setdefault(case.right, []).append(case)
    return Year(
        year=year,
        total=_line(found),
        rights={right: _line(by_right[right]) for right in Right if right in by_right},
        channels=Counter(case.channel for case in found),
        refusals=Counter(case.refusal_ground for case in found if case.outcome == REFUSED),
        delays=Counter(case.late_ground for case in found if case.timing == LATE),
        **more,
    )


def _line(cases: list[Case]) -> Line:
    days = [case.days for case in cases if case.days is not None]
    answered = [case for case in cases if case.outcome != OPEN]
    return Line(
        received=len(cases),
        outcomes=Counter(case.outcome for case in cases),
        timings=Counter(case.timing for case in answered),
        open_late=sum(case.outcome == OPEN and case.timing == LATE for case in cases),
        median_days=median(days) if days else None,
        longest_days=max(days, default=None),
    )
