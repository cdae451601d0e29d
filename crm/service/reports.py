"""Figures of service: volume, first answer, solution, taken up again, satisfaction.

Computed by the database over the people of an access, so that who is restricted is not counted
either. Times are working time, stored when the promise was kept. What leaves the house as a sheet
shows no count below the smallest that the register sets, nor what could be computed from it.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

from django.db.models import Aggregate, Avg, Count, F, FloatField, Q, Sum
from django.utils import timezone

from crm.models import AnonymousScore, Case
from governance.policy import provisions as law
from governance.policy.cases import CaseKind, SurveyAsks
from governance.policy.provisions import Parameter
from registry import provisions
from registry.gate.access import Access

HIDDEN = ""


class Median(Aggregate):
    """The middle value."""

    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Figures:
    """What was done about one kind of cases, or about all of them (`kind` is "").

    Attributes
    ----------
    opened, answered, solved, reopened : counts of cases in the period, each by its own date;
        `reopened` are those of the solved that were taken up again
    first_response, resolution : median working minutes
    scores, satisfaction : how many answered, and their mean
    """

    kind: str
    opened: int
    answered: int
    first_response: float | None
    solved: int
    resolution: float | None
    reopened: int
    scores: int
    satisfaction: float | None


def figures(access: Access, purpose: str, *, since: date, until: date) -> list[Figures]:
    """Return the figures of a period, by kind, and of all kinds last.

    Arguments
    ---------
    since, until : first and last day, where the house is
    """
    begins, ends = _moment(since), _moment(until + timedelta(days=1))
    rows = access.rows(Case).filter(purpose=purpose)
    opened = Q(opened_at__gte=begins, opened_at__lt=ends)
    answered = Q(first_response_at__gte=begins, first_response_at__lt=ends)
    solved = Q(solved_at__gte=begins, solved_at__lt=ends)
    scored = solved & Q(score__isnull=False)
    wanted: dict[str, Any] = {
        "opened": Count("pk", filter=opened),
        "answered": Count("pk", filter=answered),
        "first_response": Median("first_response_minutes", filter=answered),
        "solved": Count("pk", filter=solved),
        "resolution": Median("resolution_minutes", filter=solved),
        "reopened": Count("pk", filter=solved & Q(times_reopened__gt=0)),
        "scores": Count("pk", filter=scored),
        "satisfaction": Avg("score", filter=scored),
    }
    found = rows.values("kind").annotate(**wanted)
    by_kind: dict[str, Any] = {row["kind"]: row for row in found}
    together = rows.aggregate(**wanted)
    counted = _anonymous(access, since=since, until=until)
    kinds = [kind for kind in CaseKind if kind in by_kind]
    return [
        *(_figures(kind, by_kind[kind], counted.get(kind, (0, 0))) for kind in kinds),
        _figures("", together, _both(counted.values())),
    ]


def smallest_cell(controller: UUID, *, now: datetime) -> int:
    """Return the smallest count that is shown: the register says it, or else it is one."""
    said = provisions.value(controller, Parameter.SMALLEST_CELL, on=timezone.localdate(now))
    return law.number(said) if said else 1


def is_small(count: int, *, smallest: int) -> bool:
    """Whether a count is of so few people that it is not shown."""
    return 0 < count < smallest


def summed(parts: Mapping[str, int], *, smallest: int) -> tuple[dict[str, int | None], int | None]:
    """Return parts and their sum, None for each that is small.

    Where a part is hidden the sum is too: the other parts could be taken off it.
    """
    shown = {
        name: None if is_small(count, smallest=smallest) else count for name, count in parts.items()
    }
    return shown, None if None in shown.values() else sum(parts.values())


def part_of(whole: int, count: int, *, smallest: int) -> int | None:
    """Return a part of a whole; None where the part, its rest or the whole is small."""
    hidden = any(is_small(one, smallest=smallest) for one in (whole, count, whole - count))
    return None if hidden else count


def sheet(found: Sequence[Figures], *, smallest: int) -> str:
    """Return figures as a sheet in which small counts, and what follows from them, are hidden.

    Where a count of one kind is hidden, that of all kinds is too: the rest could be taken off it.
    """
    cells = [_cells(one, smallest) for one in found]
    *parts, total = cells
    names = [field.name for field in fields(Figures)]
    for part, one in zip(parts, found[:-1], strict=True):
        hidden = (n for n in names if part[n] == HIDDEN and _text(getattr(one, n)) != HIDDEN)
        total.update(dict.fromkeys(hidden, HIDDEN))
    written = StringIO()
    writer = csv.DictWriter(written, names)
    writer.writeheader()
    writer.writerows(cells)
    return written.getvalue()


def _cells(one: Figures, smallest: int) -> dict[str, str]:
    """Return one line; a mean goes with the count it is of, and a part with its rest."""
    counts = {
        "opened": one.opened, "answered": one.answered, "solved": one.solved,
        "reopened": one.reopened, "scores": one.scores,
    }  # fmt: skip
    small = {name for name, count in counts.items() if is_small(count, smallest=smallest)}
    if is_small(one.solved - one.reopened, smallest=smallest):
        small.add("reopened")
    follows = {"first_response": "answered", "resolution": "solved", "satisfaction": "scores"}
    small |= {name for name, of in follows.items() if of in small}
    return {
        field.name: HIDDEN if field.name in small else _text(getattr(one, field.name))
        for field in fields(Figures)
    }


def _text(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str("" if value is None else value)


def _figures(kind: str, row: dict[str, Any], anonymous: tuple[int, int]) -> Figures:
    more, points = anonymous
    scores = row["scores"] + more
    named = float(row["satisfaction"] or 0) * row["scores"]
    return Figures(
        kind=kind,
        opened=row["opened"],
        answered=row["answered"],
        first_response=row["first_response"],
        solved=row["solved"],
        resolution=row["resolution"],
        reopened=row["reopened"],
        scores=scores,
        satisfaction=(named + points) / scores if scores else None,
    )


def _anonymous(access: Access, *, since: date, until: date) -> dict[str, tuple[int, int]]:
    """Return how many anonymous answers there were of each kind, and their points; whole weeks."""
    rows = AnonymousScore.objects.filter(
        controller=access.controller, asks=SurveyAsks.SATISFACTION,
        week__gte=since - timedelta(days=since.weekday()), week__lte=until,
    )  # fmt: skip
    sums = rows.values("kind").annotate(n=Sum("answers"), points=Sum(F("answers") * F("score")))
    return {row["kind"]: (row["n"], row["points"]) for row in sums}


def _both(counted: Iterable[tuple[int, int]]) -> tuple[int, int]:
    pairs = list(counted)
    return sum(n for n, _points in pairs), sum(points for _n, points in pairs)


def _moment(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_default_timezone())
