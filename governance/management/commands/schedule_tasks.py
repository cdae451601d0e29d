"""`manage.py schedule_tasks`: write the timetable that beat follows."""

from typing import Any

from django.core.management.base import BaseCommand

from governance import beat


class Command(BaseCommand):
    help = "Write the timetable of recurring tasks; run again, it changes nothing."

    def handle(self, *_args: Any, **options: Any) -> None:
        timetable = beat.schedule()
        if options["verbosity"] > 0:
            for name in timetable.scheduled:
                self.stdout.write(f"scheduled: {name}")
        for task in timetable.unknown:
            self.stderr.write(f"there is no task {task}; it was not scheduled")
