"""`manage.py load_provisions LOGIN`: the provisions of the country that the register lacks."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from registry import starter
from registry.models import Staff


class Command(BaseCommand):
    help = "Enter the country's provisions that the register lacks, as the work of a DPO or lawyer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("login", help="login name of a DPO or lawyer of the company")

    def handle(self, **options: Any) -> None:
        by = Staff.objects.select_related("controller").filter(username=options["login"]).first()
        if by is None or not by.is_active:
            msg = "There is no active account of this name."
            raise CommandError(msg)
        made = starter.load_provisions(controller=by.controller, by=by, now=timezone.now())
        self.stdout.write(
            f"{made} provisions entered: read them on the portal, with their sources."
        )
