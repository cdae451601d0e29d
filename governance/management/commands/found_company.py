"""`manage.py found_company NAME`: the first controller, its DPO and lawyer, a register in draft."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from governance.policy.vocabulary import Role
from registry import operations, starter
from registry.models import Controller

FIRST = (Role.DPO, Role.LEGAL, Role.ADMINISTRATOR)


class Command(BaseCommand):
    help = "Found a company: its DPO, lawyer and administrator, and a starter register in draft."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--address", default="")
        parser.add_argument("--email", default="", help="privacy mailbox")
        parser.add_argument("--dpo-contact", default="")

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        slug = slugify(options["name"])
        try:
            with transaction.atomic():
                controller = Controller.objects.create(
                    slug=slug, name=options["name"], address=options["address"],
                    email=options["email"], dpo_contact=options["dpo_contact"],
                )  # fmt: skip
        except IntegrityError as error:
            msg = "There is a company of this name already."
            raise CommandError(msg) from error
        staff = {}
        for role in FIRST:
            password = secrets.token_urlsafe(12)
            username = f"{slug}-{role}"
            staff[role] = operations.hire(
                controller=controller, username=username, role=role, password=password, now=now
            )
            self.stdout.write(f"{username}  {password}")
        made = starter.load(controller=controller, by=staff[Role.DPO], now=now)
        masked = starter.load_text_rules(controller=controller, by=staff[Role.DPO], now=now)
        self.stdout.write(
            f"{made} activities in draft: adapt them, then let {slug}-{Role.LEGAL} approve them."
            f" No customer can be recorded before. {masked} rules mask what should not be kept in"
            " free text: read them, and end those that do not suit the company."
        )
