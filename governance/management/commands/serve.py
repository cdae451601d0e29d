"""`manage.py serve`: the whole of Custode with one command, on one machine.

`manage.py` itself has made the state folder and put its values into the environment before
Django read the settings (see `governance.embedded.state.adopt`).
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance import env
from governance.embedded import state
from governance.embedded.errors import EmbeddedError
from governance.embedded.installation import Installation, Options


class Command(BaseCommand):
    help = "Start PostgreSQL, Valkey, the web server, a worker and beat; stop them with Ctrl-C."
    requires_system_checks = ()  # they run in `prepare`, once there is a database

    def add_arguments(self, parser: CommandParser) -> None:
        state.options(parser)
        parser.add_argument("--demo", action="store_true", help="load the demonstration")
        parser.add_argument(
            "--exit-when-ready", action="store_true", help="stop again once everything answers"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        folder = state.StateFolder(env.state_folder())
        wanted = Options(
            host=options["host"],
            port=options["port"],
            is_demo=options["demo"],
            exits_when_ready=options["exit_when_ready"],
        )
        try:
            folder.ensure()
            Installation(folder, wanted).run()
        except EmbeddedError as error:
            raise CommandError(str(error)) from error
