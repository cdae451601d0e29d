"""Reading retention: runs, and what their previews say."""

from uuid import UUID

from django.db.models import QuerySet

from retention.models import RetentionRun, SetAside
from retention.schedule import Line


def runs(controller: UUID) -> QuerySet[RetentionRun]:
    """Return the runs of a controller, the latest first."""
    return RetentionRun.objects.filter(controller=controller).order_by("-created_at")


def lines(run: RetentionRun) -> list[Line]:
    """Return the lines of a preview as they were approved, what is due first."""
    return [Line(**{**line, "sample": tuple(line["sample"])}) for line in run.preview["lines"]]


def set_aside(run: RetentionRun) -> QuerySet[SetAside]:
    """Return the rows that a run could not dispose of, by table."""
    return run.set_aside.order_by("table", "row")


def going(run: RetentionRun) -> int:
    """Return how many rows and parts of rows go by a preview: what is typed to approve it."""
    return int(run.preview.get("to_erase", 0) + run.preview.get("parts_to_erase", 0))
