"""`manage.py export_data_map`: write docs/data-map.json anew from the declarations."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from registry import mapdocument
from registry.datamap import data_map


class Command(BaseCommand):
    help = "Write the data map to docs/data-map.json, or print it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--stdout", action="store_true", help="print it, write no file")

    def handle(self, *_args: Any, **options: Any) -> None:
        document = mapdocument.text(data_map())
        if options["stdout"]:
            self.stdout.write(document, ending="")
            return
        path = Path(settings.BASE_DIR) / "docs" / "data-map.json"
        path.write_text(document, encoding="utf-8")
        counted = ", ".join(f"{n} {word}" for word, n in mapdocument.counts(data_map()).items())
        self.stdout.write(f"docs/data-map.json: {counted}")
