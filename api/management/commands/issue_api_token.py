"""Issue a token for a connected system, in the name of a DPO."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from api import clients, tokens
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Role
from registry.models import Staff


class Command(BaseCommand):
    help = "Issue an API token. The secret is printed once and is stored nowhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        roles = sorted(set(Role) - tokens.NO_SYSTEM)
        parser.add_argument("name", help="the system that will use it")
        parser.add_argument("--by", required=True, help="login name of the DPO who answers for it")
        parser.add_argument("--role", required=True, choices=[role.value for role in roles])
        parser.add_argument("--purpose", required=True, action="append", dest="purposes")
        parser.add_argument(
            "--oauth", action="store_true", help="an OAuth 2.0 client: prints its id, its secret"
        )
        parser.add_argument("--days", type=int, default=90, help="how long it is valid")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        staff = Staff.objects.select_related("controller").filter(username=options["by"]).first()
        if staff is None:
            message = "There is no member of staff with this login name."
            raise CommandError(message)
        if not 0 < options["days"] <= tokens.LONGEST.days:
            message = f"--days is a number from 1 to {tokens.LONGEST.days}."
            raise CommandError(message)
        terms: dict[str, Any] = {
            "by": staff,
            "name": options["name"],
            "role": Role(options["role"]),
            "purposes": options["purposes"],
            "expires_at": now + timedelta(days=options["days"]),
            "now": now,
        }
        try:
            if options["oauth"]:
                made = clients.register(**terms)
                self.stdout.write(str(made.client.pk))
                self.stdout.write(made.secret)
            else:
                self.stdout.write(tokens.issue(**terms).secret)
        except GovernanceError as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"Valid until {terms['expires_at']:%Y-%m-%d}; shown only now.")
