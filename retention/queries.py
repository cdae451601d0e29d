"""Reading retention: runs, and what their previews say."""

from uuid import UUID

from django.db.models import QuerySet

from registry.models import ActivityVersion
from retention.forecast import Forecast
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


def latest(controller: UUID) -> RetentionRun | None:
    """Return the latest preview by the rules in force that looks ahead."""
    ahead = runs(controller).filter(draft__isnull=True, preview__has_key="forecast")
    return ahead.first()


def effect(draft: ActivityVersion) -> RetentionRun | None:
    """Return the latest preview of a draft as it is now; None where it was written on since."""
    tried = RetentionRun.objects.filter(draft=draft, created_at__gte=draft.drafted_at)
    return tried.order_by("-created_at").first()


def forecast(run: RetentionRun, name: str = "forecast") -> Forecast:
    """Return what a preview foresees; `before`: by the rules in force, where it tries a draft."""
    return Forecast.from_json(run.preview[name])


def portion(run: RetentionRun) -> tuple[int, int]:
    """Return of how many people something has gone in a release, and of how many it may."""
    return int(run.result.get("released", 0)), run.most_people or 0
