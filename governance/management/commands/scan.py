"""`manage.py scan PATH|URL`: what personal data a file, a folder or a foreign database holds."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from governance.policy.errors import GovernanceError
from governance.scanning import running
from registry.models import Controller

WIDTH = 24  # of the progress bar, in characters


class Command(BaseCommand):
    help = (
        "Say what personal data a file, a folder or a foreign database seems to hold. It is opened"
        " to read only, sampled, and nothing of it is stored; values are masked in the report."
    )
    requires_system_checks: list[str] = []  # it needs none of the databases unless one is compared

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "target",
            help="a path (CSV, XLSX, JSON, PDF, EML, text, SQLite), postgresql://… or sqlite:////…;"
            " env:NAME takes it from the environment, where no password shows",
        )
        parser.add_argument("--json", dest="as_json", metavar="FILE", help="- for the terminal")
        parser.add_argument("--html", dest="as_html", metavar="FILE", help="- for the terminal")
        parser.add_argument("--language", choices=["it", "en"], default="it")
        parser.add_argument("--sample", type=int, default=running.SAMPLE, help="rows of a table")
        parser.add_argument("--controller", help="slug: compare with the register of this company")
        parser.add_argument(
            "--ask", metavar="NAME",
            help="put what the register lacks to the DPO, as findings about a source of this name",
        )  # fmt: skip

    def handle(self, *, target: str, **options: Any) -> None:
        if options["ask"] and not options["controller"]:
            msg = "--ask needs --controller: the questions are for the DPO of one company."
            raise CommandError(msg)
        if options["sample"] < 1:
            msg = "--sample is a number of rows, at least one."
            raise CommandError(msg)
        with translation.override(options["language"]):
            self._scan(target, **options)

    def _scan(self, target: str, **options: Any) -> None:
        now, company = timezone.now(), self._controller(options["controller"])
        try:
            report = running.scan(
                target, now=now, controller=company, sample=options["sample"],
                progress=self._show_progress,
            )  # fmt: skip
        except GovernanceError as error:
            raise CommandError(str(error)) from None
        if company is not None and options["ask"]:
            new = running.ask(report, company, name=options["ask"], now=now)
            self.stderr.write(f"{new} new questions for the DPO")
        made = json.dumps(report.to_json(), ensure_ascii=False, indent=2)
        if options["as_html"]:
            self._write(options["as_html"], report.to_html(options["language"]))
        if options["as_json"] or not options["as_html"]:
            self._write(options["as_json"] or "-", made)

    def _controller(self, slug: str | None) -> Controller | None:
        if slug is None:
            return None
        found = Controller.objects.filter(slug=slug).first()
        if found is None:
            msg = "There is no such controller."
            raise CommandError(msg)
        return found

    def _write(self, where: str, text: str) -> None:
        if where == "-":
            self.stdout.write(text)
            return
        # Masked as it is, the report says where a company keeps what: for its owner alone.
        path = Path(where)
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(text, encoding="utf-8")

    def _show_progress(self, done: int, of: int, name: str) -> None:
        if not sys.stderr.isatty():
            return
        filled = WIDTH * done // of if of else WIDTH
        bar = "#" * filled + "." * (WIDTH - filled)
        self.stderr.write(f"\r\x1b[K[{bar}] {done}/{of} {name[:40]}", ending="" if name else "\n")
