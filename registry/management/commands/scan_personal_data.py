"""`manage.py scan_personal_data`: read the stored free text and put questions to the DPO."""

import sys
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from registry import findings
from registry.models import Controller, Finding, TextScan


class Command(BaseCommand):
    help = "Look for personal data in stored notes that nobody declared; raise findings."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--controller", help="slug; all controllers without it")

    def handle(self, *_args: Any, **options: Any) -> None:
        controllers = Controller.objects.order_by("slug")
        if options["controller"]:
            controllers = controllers.filter(slug=options["controller"])
        if not controllers:
            msg = "There is no such controller."
            raise CommandError(msg)
        for controller in controllers:
            scan = findings.scan_stored(
                controller.pk, now=timezone.now(), progress=self._show_progress
            )
            self._report(controller, scan)

    def _show_progress(self, scan: TextScan) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{scan.rows_read:,} rows", ending="")

    def _report(self, controller: Controller, scan: TextScan) -> None:
        self.stdout.write(
            f"{controller.slug}: {scan.rows_read} rows read, {scan.rows_unreadable} without a key,"
            f" {scan.raised} new questions"
        )
        still_open = Finding.objects.filter(controller=controller, answer="")
        kinds = Counter(still_open.values_list("kind", "category"))
        for (kind, category), number in sorted(kinds.items()):
            self.stdout.write(f"  {kind} {category}: {number} open")
