"""`manage.py receive_mail COMPANY < message`: take one mail in, or those of a folder.

For a mail server that hands a message to a program (an alias with a pipe). It ends with 75, which
lets the server try again, where the message could not be taken now (sysexits.h, EX_TEMPFAIL).
"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from dsar.mail.message import LARGEST
from dsar.mail.polling import FolderSource, poll
from dsar.mail.receiving import Arrival, receive
from registry.models import Controller

TRY_AGAIN = 75


class Command(BaseCommand):
    help = "Take in a mail from standard input, or all of a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("company", help="short name of the company it was sent to")
        parser.add_argument("--folder", type=Path, help="take the *.eml files of this folder")

    def handle(self, **options: Any) -> None:
        try:
            taken = _taken(options["company"], options["folder"])
        except DatabaseError as error:
            msg = "It can not be taken now. Nothing is lost: try again."
            raise CommandError(msg, returncode=TRY_AGAIN) from error
        self.stdout.write(f"{taken} taken")


def _taken(company: str, folder: Path | None) -> int:
    now = timezone.now()
    controller = Controller.objects.filter(slug=company).first()
    if controller is None:
        msg = "There is no company of this short name."
        raise CommandError(msg)
    if folder is not None:
        return poll(controller.pk, FolderSource(folder), own_hosts=settings.MAIL_HOSTS, now=now)
    raw = sys.stdin.buffer.read(LARGEST + 1)
    arrival = Arrival(settings.MAIL_HOSTS)
    return int(receive(controller.pk, raw, arrival=arrival, now=now) is not None)
