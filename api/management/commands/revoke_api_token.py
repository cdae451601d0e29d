"""Revoke the token of a connected system, in the name of a DPO."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from api import tokens
from api.models import ApiToken
from governance.policy.errors import GovernanceError
from registry.models import Staff


class Command(BaseCommand):
    help = "Revoke an API token; it ends at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the system whose token it is")
        parser.add_argument("--by", required=True, help="login name of the DPO who answers for it")

    def handle(self, *_args: Any, **options: Any) -> None:
        staff = Staff.objects.filter(username=options["by"]).first()
        token = (
            staff
            and ApiToken.objects.filter(
                controller=staff.controller_id, name=options["name"]
            ).first()
        )
        if staff is None or token is None:
            message = "There is no such login name, or no such token in its company."
            raise CommandError(message)
        try:
            tokens.revoke(token=token, by=staff, now=timezone.now())
        except GovernanceError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("revoked")
