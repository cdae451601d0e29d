"""`manage.py export_role_matrix`: write docs/role-matrix.md anew."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from api import role_matrix


class Command(BaseCommand):
    help = "Write what each role sees by each operation of the API to docs/role-matrix.md."

    def handle(self, *_args: Any, **_options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "role-matrix.md"
        path.write_text(role_matrix.text(), encoding="utf-8")
        self.stdout.write(f"docs/role-matrix.md: {len(role_matrix.answers())} operations")
