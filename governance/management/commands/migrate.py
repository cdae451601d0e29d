"""`manage.py migrate`: Django's, in a tenth of the time."""

from typing import Any

from django.core.management.commands import migrate

from governance.migrating import only_what_changes


class Command(migrate.Command):
    """The same statements in the same order; see `governance.migrating`."""

    def handle(self, *args: Any, **options: Any) -> None:
        with only_what_changes():
            super().handle(*args, **options)
