"""`manage.py export_register_fields`: write docs/register-fields.md anew from the layouts."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from registry.exchange import homes


class Command(BaseCommand):
    help = "Write where each field of other registers has its home to docs/register-fields.md."

    def handle(self, **_options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "register-fields.md"
        path.write_text(homes.document(), encoding="utf-8")
        self.stdout.write(f"docs/register-fields.md: {len(homes.document().splitlines())} lines")
