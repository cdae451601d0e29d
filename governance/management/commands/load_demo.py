"""`manage.py load_demo`: a believable Italian company with people who do not exist."""

import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from governance.demo import loading


class Command(BaseCommand):
    help = "Load the demonstration; run again, it changes nothing."

    def handle(self, *_args: Any, **_options: Any) -> None:
        accounts = settings.STATE / "demo-accounts.txt"
        call_command("schedule_tasks", verbosity=0)
        if loading.is_loaded(accounts):
            self.stdout.write("the demonstration is loaded; nothing to do")
            return
        start = time.monotonic()
        loading.load(accounts, now=timezone.now(), say=self.stdout.write)
        self.stdout.write(f"the demonstration is loaded, in {time.monotonic() - start:.0f} s")
