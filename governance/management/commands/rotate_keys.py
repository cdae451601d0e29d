"""`manage.py rotate_keys`: the keystore goes over to its next epoch. Run daily, by the owner."""

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit import log
from audit.actions import Action
from governance.crypto import epochs
from governance.policy import actors
from registry.models import Controller
from registry.operations import KEEPING


class Command(BaseCommand):
    help = (
        "Write the wrapped keys into a new table under a new key and drop the old one, so that "
        "nothing is left of keys that were destroyed. Can be interrupted and started again."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--now", action="store_true", help="also where no key was destroyed")

    def handle(self, *, now: bool, **_options: Any) -> None:
        if not settings.AS_OWNER:
            msg = "Run this with CUSTODE_DATABASE_ROLE=owner: it makes and drops tables of keys."
            raise CommandError(msg)
        try:
            if now or epochs.is_due():
                epochs.rotate()
        except epochs.RotationError as error:
            raise CommandError(str(error)) from error
        done = epochs.unlogged()  # also of an attempt that was killed after the swap
        for rotation in done:
            self._record(rotation)
            self.stdout.write(
                f"epoch {rotation.n}: {rotation.kept} keys kept, {rotation.removed} left behind"
            )
        if not done:
            self.stdout.write("nothing to do: no key was destroyed in this epoch")

    def _record(self, rotation: epochs.Rotated) -> None:
        counts = {"epoch": rotation.n, "kept": rotation.kept, "removed": rotation.removed}
        event = log.Event(action=Action.KEY_ROTATED, purpose=KEEPING, counts=counts)
        for controller in Controller.objects.values_list("pk", flat=True):
            log.record_apart(actors.system(controller), event, now=timezone.now())
        epochs.logged(rotation.n)
