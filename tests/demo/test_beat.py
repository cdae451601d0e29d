"""The timetable is written from one list, again and again, and a pause is respected."""

from datetime import UTC, datetime

from django_celery_beat.models import PeriodicTask

from governance import beat
from governance.beat import Entry
from governance.celery import app


def rows() -> dict[str, tuple[str, str, str, str, bool]]:
    found = PeriodicTask.objects.filter(name__startswith=beat.PREFIX).select_related("crontab")
    return {
        row.task: (
            row.crontab.minute, row.crontab.hour, row.crontab.day_of_month,
            str(row.crontab.timezone), row.enabled,
        )
        for row in found
    }  # fmt: skip


def test_every_task_of_the_timetable_exists(db: None) -> None:
    timetable = beat.schedule()
    assert timetable.unknown == ()
    assert set(rows()) == {entry.task for entry in beat.TIMETABLE}
    assert rows()["registry.tasks.scan_all_free_text"] == ("0", "2", "*", "Europe/Rome", True)
    assert rows()["dsar.tasks.file_all_intakes"] == ("*", "*", "*", "Europe/Rome", True)


def test_every_task_takes_no_argument(db: None) -> None:
    beat.schedule()
    for entry in beat.TIMETABLE:
        app.tasks[entry.task].__header__()  # raises where beat could not call it


def test_writing_it_again_changes_nothing_and_keeps_a_pause(db: None) -> None:
    beat.schedule()
    paused = PeriodicTask.objects.get(task="audit.tasks.ensure_months")
    paused.enabled = False
    paused.save()
    before = list(PeriodicTask.objects.order_by("pk").values_list("pk", "enabled"))
    beat.schedule()
    assert list(PeriodicTask.objects.order_by("pk").values_list("pk", "enabled")) == before


def test_a_changed_hour_moves_and_a_task_that_left_goes(db: None) -> None:
    beat.schedule((Entry("audit.tasks.ensure_months"), Entry("crm.tasks.expire_imports")))
    changed = beat.schedule((Entry("audit.tasks.ensure_months", hour="4"), Entry("no.such_task")))
    assert changed.unknown == ("no.such_task",)
    assert rows() == {"audit.tasks.ensure_months": ("*", "4", "*", "Europe/Rome", True)}


def test_once_is_asked_once_and_survives_the_timetable(db: None) -> None:
    first = datetime(2026, 11, 23, 9, tzinfo=UTC)
    beat.once("audit.tasks.ensure_months", at=first)
    beat.once("audit.tasks.ensure_months", at=first.replace(hour=10))
    beat.schedule()
    row = PeriodicTask.objects.get(name="custode once: audit.tasks.ensure_months")
    assert (row.one_off, row.clocked.clocked_time) == (True, first)


def test_the_months_ahead_are_there(db: None) -> None:
    from audit.tasks import ensure_months

    assert ensure_months() == 0  # `prepare` has made them; run again, nothing is missing
