"""The timetable: which task is woken up when, as rows that beat reads.

The rows can be paused in the database; writing the timetable again renews what a release
changed and leaves a pause alone. Times are those of the installation's time zone.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, PeriodicTask

from governance.celery import app

PREFIX = "custode: "
ONCE = "custode once: "


@dataclass(frozen=True)
class Entry:
    """One recurring task; the fields of a crontab, `*` where nothing is said."""

    task: str
    minute: str = "*"
    hour: str = "*"
    day_of_month: str = "*"

    @property
    def name(self) -> str:
        """The name of its row."""
        return PREFIX + self.task


TIMETABLE = (
    Entry("dsar.tasks.file_all_intakes"),
    Entry("dsar.tasks.carry_out_all_erasures"),
    Entry("dsar.tasks.deliver_letters"),
    Entry("dsar.tasks.read_mailboxes"),
    Entry("dsar.tasks.tell_connected_systems"),
    Entry("dsar.tasks.renew_case_documents"),
    Entry("dsar.tasks.look_for_late_requests", minute="15"),
    Entry("audit.tasks.anchor_checkpoint", minute="*/5"),
    Entry("registry.tasks.relay_ledger"),
    Entry("registry.tasks.watch_free_text"),
    Entry("retention.deliver_notices"),
    Entry("retention.tend_stops"),
    Entry("retention.wake_runs", minute="*/10"),
    Entry("crm.tasks.wake_imports", minute="*/10"),
    Entry("governance.tasks.read_care_mailboxes"),
    Entry("crm.tasks.deliver_messages"),
    Entry("crm.tasks.tend_conversations"),
    Entry("crm.tasks.escalate_cases"),
    Entry("crm.tasks.forget_help_trails", minute="5"),
    Entry("crm.tasks.wake_workflows", minute="*/5"),
    Entry("crm.tasks.run_campaigns", minute="*/10"),
    Entry("crm.tasks.tend_loyalty", minute="35"),
    Entry("crm.tasks.mark_birthdays", minute="0", hour="8"),
    Entry("governance.tasks.end_sessions", minute="20", hour="3"),
    Entry("governance.tasks.end_records", minute="50", hour="3", day_of_month="2"),
    Entry("api.tasks.forget_idempotency_keys", minute="40", hour="1"),
    Entry("audit.tasks.count_entries", minute="50"),
    Entry("audit.tasks.ensure_months", minute="10", hour="1", day_of_month="1"),
    Entry("dsar.tasks.forget_counts", minute="*/10"),
    Entry("dsar.tasks.remove_expired_packages", minute="20", hour="1"),
    Entry("crm.tasks.expire_imports", minute="30", hour="1"),
    Entry("crm.tasks.draw_extracts", minute="45", hour="1"),
    Entry("crm.tasks.run_scores", minute="15", hour="2"),
    Entry("registry.tasks.scan_all_free_text", minute="0", hour="2"),
    Entry("retention.prune_access_log", minute="30", hour="3", day_of_month="2"),
    Entry("retention.end_memories", minute="10", hour="4"),
    Entry("audit.tasks.tend_export", minute="30", hour="4"),
    Entry("retention.schedule_previews", minute="0", hour="5"),
    Entry("retention.show_effects", minute="30", hour="5"),
    Entry("registry.tasks.mail_checkpoint", minute="0", hour="7"),
)


@dataclass(frozen=True)
class Timetable:
    """What was written: names of the rows, and tasks that no app has."""

    scheduled: tuple[str, ...]
    unknown: tuple[str, ...]


@transaction.atomic
def schedule(entries: tuple[Entry, ...] = TIMETABLE) -> Timetable:
    """Write the rows of the timetable and remove those of tasks that are no longer on it."""
    app.loader.import_default_modules()
    known = tuple(entry for entry in entries if entry.task in app.tasks)
    for entry in known:
        _write(entry)
    names = tuple(entry.name for entry in known)
    PeriodicTask.objects.filter(name__startswith=PREFIX).exclude(name__in=names).delete()
    unknown = tuple(entry.task for entry in entries if entry not in known)
    return Timetable(names, unknown)


def once(task: str, *, at: datetime) -> None:
    """Let beat wake a task up at one moment, and never again; asked again, it changes nothing."""
    clocked, _made = ClockedSchedule.objects.get_or_create(clocked_time=at)
    PeriodicTask.objects.get_or_create(
        name=ONCE + task, defaults={"task": task, "clocked": clocked, "one_off": True}
    )


def _write(entry: Entry) -> None:
    crontab, _made = CrontabSchedule.objects.get_or_create(
        minute=entry.minute,
        hour=entry.hour,
        day_of_month=entry.day_of_month,
        month_of_year="*",
        day_of_week="*",
        timezone=settings.TIME_ZONE,
    )
    row = PeriodicTask.objects.filter(name=entry.name).first()
    if row is None:
        PeriodicTask.objects.create(name=entry.name, task=entry.task, crontab=crontab)
    elif row.crontab_id != crontab.pk or row.task != entry.task:
        # Saved and not updated: saving tells beat that its timetable changed.
        row.crontab, row.task = crontab, entry.task
        row.save()
