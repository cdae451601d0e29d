"""`manage.py import_file FILE`: propose a mapping, try it, land it."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.imports import landing, rejects
from crm.imports.columns import Mapping as ColumnMap
from crm.imports.outcomes import Report
from crm.imports.targets import Entity
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Operation, SubjectKind
from registry import operations
from registry.gate import opening as gate
from registry.models import Staff


class Command(BaseCommand):
    help = "Import a CSV or XLSX export: people, accounts, products, orders, lines, interactions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, help="login name of the member of staff")
        parser.add_argument("--source", required=True, help="where the file comes from")
        parser.add_argument("--purpose", default="order_management")
        parser.add_argument("--entity", choices=[e.value for e in Entity])
        parser.add_argument("--kind", choices=[k.value for k in SubjectKind], default="customer")
        parser.add_argument("--dry-run", action="store_true", help="read all, write nothing")
        parser.add_argument("--rejects", type=Path, help="write rejected rows to this file")

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        try:
            by = Staff.objects.select_related("controller").get(username=options["by"])
        except Staff.DoesNotExist as error:
            msg = "There is no member of staff with this login name."
            raise CommandError(msg) from error
        try:
            self._run(by, now, options)
        except GovernanceError as error:
            raise CommandError(str(error)) from error

    def _run(self, by: Staff, now: Any, options: dict[str, Any]) -> None:
        source = operations.add_source(
            controller=by.controller, name=options["source"], kind="import", by=by, now=now
        )
        entity = Entity(options["entity"]) if options["entity"] else None
        batch, mapping = landing.propose(
            options["file"], source=source, purpose=options["purpose"], by=by, now=now,
            entity=entity,
        )  # fmt: skip
        self._show(mapping)
        if options["dry_run"]:
            self._report(landing.try_out(options["file"], batch, mapping, by=by, now=now))
            return
        report = landing.land(
            options["file"], batch, mapping, by=by, kind=SubjectKind(options["kind"]), now=now,
            progress=self._progress,
        )  # fmt: skip
        self._report(report)
        if options["rejects"] and report.rejected:
            header = [column.header for column in mapping.columns]
            actor = by.actor()
            with (
                gate.open(actor, batch.purpose, Operation.IMPORT, now=now),
                options["rejects"].open("w", encoding="utf-8-sig", newline="") as file,
            ):
                rejects.write_csv(batch, header, file)

    def _progress(self, done: int, estimate: int | None) -> None:
        if sys.stderr.isatty():
            of = f" / {estimate:,}" if estimate else ""
            self.stderr.write(f"\r{done:,}{of} rows", ending="")

    def _show(self, mapping: ColumnMap) -> None:
        for column in mapping.columns:
            where = column.target or f"dropped: {column.dropped_because}"
            self.stdout.write(f"  {column.header} → {where} ({column.reason})")

    def _report(self, report: Report) -> None:
        for name in report.uncovered:
            self.stdout.write(f"  {name}: dropped, no approved activity covers it")
        self.stdout.write(
            f"read {report.read}, created {report.created}, updated {report.updated},"
            f" unchanged {report.unchanged}, rejected {report.rejected}"
        )
        for code, count in report.reasons.most_common():
            self.stdout.write(f"  {code}: {count}")
