"""`manage.py export_api_collection`: write docs/api.http anew."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from api import collection


class Command(BaseCommand):
    help = "Write every operation of the API, to be tried by hand, to docs/api.http."

    def handle(self, *_args: Any, **_options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "api.http"
        path.write_text(collection.text(), encoding="utf-8")
        self.stdout.write("docs/api.http")
