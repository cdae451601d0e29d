"""`manage.py rotate_keys`: epochs, root key, keys of people and indexes, formats of rows.

Without a word it takes the keystore over to its next epoch, which is run daily. All are run by the
owner, and can be interrupted and started again.
"""

import argparse
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit import log
from audit.actions import Action
from crm.imports.origins import Origins
from governance.crypto import epochs, keystore, rootkeys
from governance.policy import actors
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate
from registry.models import Controller, DataSource
from registry.operations import KEEPING
from registry.search import INDEX_KEY
from retention import reindexing, rotating

DONE = {"index": "indexed anew"}
BACKUP_DAYS = 35  # longer than the usual month of backups
SWAPPED = """The keystore is under {new}; {old} opens nothing in it any more.
Now put the settings of CUSTODE_NEXT_… in the place of those of the old root key, and restart every
process. Then, if the root key is a file, make a new recovery kit: no sheet of the old one helps.
Copies of the keystore from before still need the old root key: destroy both together."""


class Command(BaseCommand):
    help = (
        "epoch: write the wrapped keys into a new table under a new key and drop the old one, so "
        "that nothing is left of keys that were destroyed. root: the same, to an epoch under the "
        "root key of CUSTODE_NEXT_…. subject: seal rows anew under a next "
        "version of their people's keys. format: seal rows of the first format anew. index: make "
        "search tokens anew under a next version of the key they are made with. Each can be "
        "interrupted and started again."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "what",
            nargs="?",
            default="epoch",
            choices=("epoch", "root", "subject", "format", "index"),
        )
        parser.add_argument(
            "--now", action="store_true", help="epoch: also where no key was destroyed"
        )
        parser.add_argument("--controller", help="of one organisation, by its short name")
        parser.add_argument("--subject", type=UUID, help="subject: one person, by id")
        parser.add_argument(
            "--after-days", type=int, default=BACKUP_DAYS, metavar="DAYS",
            help="subject, index: remove old versions that many days after the last use, which "
            "is how long a backup of the main database may be needed (default %(default)s)",
        )  # fmt: skip

    def handle(self, *, what: str, now: bool, **options: Any) -> None:
        if not settings.AS_OWNER:
            msg = "Run this with CUSTODE_DATABASE_ROLE=owner: it makes and drops tables of keys."
            raise CommandError(msg)
        if what in {"epoch", "root"}:
            try:
                self._rotate_epoch(now=now) if what == "epoch" else self._rotate_root()
            except (epochs.RotationError, GovernanceError) as error:
                raise CommandError(str(error)) from error
            return
        controllers = Controller.objects.order_by("slug")
        if options["controller"]:
            controllers = controllers.filter(slug=options["controller"])
        if not controllers:
            msg = "There is no organisation of this name."
            raise CommandError(msg)
        found = [
            self._rotate_rows(what, controller, only=options["subject"], days=options["after_days"])
            for controller in controllers
        ]
        if any(done.left for done in found):
            msg = "Not all rows could be sealed anew; old keys they need stay. Run it again."
            raise CommandError(msg)

    def _rotate_rows(
        self, what: str, controller: Controller, *, only: UUID | None, days: int
    ) -> rotating.Rotated:
        now = timezone.now()
        ending = now - timedelta(days=days)
        if what == "format":
            done = rotating.rotate_format(controller.pk, now=now)
        elif what == "index":
            self._keep_origins(controller.pk, now)
            done = reindexing.rotate_index(controller.pk, ending=ending, now=now)
        else:
            done = rotating.rotate_subjects(controller.pk, only=only, ending=ending, now=now)
        self.stdout.write(
            f"{what} {controller.slug}: {done.rows} rows {DONE.get(what, 'sealed anew')},"
            f" {done.left} left ({done.unopened} do not open), {done.retired} old keys retired,"
            f" {done.ended} removed"
        )
        return done

    def _keep_origins(self, controller: UUID, now: datetime) -> None:
        """Store the keys by which imports find their records, before the index goes on."""
        if set(keystore.controller_versions(controller, INDEX_KEY)) != {1}:
            return  # done before the second version was made
        with gate.duty(actors.system(controller), Duty.SECURITY, now=now):
            sources = list(
                DataSource.objects.filter(controller=controller).values_list("pk", flat=True)
            )
        for source in sources:
            Origins(controller, source).keep()

    def _rotate_epoch(self, *, now: bool) -> None:
        if now or epochs.is_due():
            epochs.rotate()
        if not self._record_all():
            self.stdout.write("nothing to do: no key was destroyed in this epoch")

    def _rotate_root(self) -> None:
        following, present = rootkeys.following(), rootkeys.present().describe()
        if following is None:
            raise CommandError(
                "There is no root key to go over to. Describe it by CUSTODE_NEXT_ROOT_KEY_FILE, "
                "CUSTODE_NEXT_PKCS11_… or CUSTODE_NEXT_VAULT_… to every process, restart them, "
                "and run this again."
            )
        if following.describe() == present:
            raise CommandError(f"The next root key is the present one, {present}: name another.")
        if epochs.active().provider != following.describe():
            epochs.rotate(following)
        self._record_all()
        self.stdout.write(SWAPPED.format(new=following.describe(), old=present))

    def _record_all(self) -> int:
        """Record what has no entry yet, also of an attempt that was killed after the swap."""
        done = epochs.unlogged()
        for rotation in done:
            self._record(rotation)
            self.stdout.write(
                f"epoch {rotation.n}: {rotation.kept} keys kept, {rotation.removed} left behind"
            )
        return len(done)

    def _record(self, rotation: epochs.Rotated) -> None:
        counts = {"epoch": rotation.n, "kept": rotation.kept, "removed": rotation.removed}
        event = log.Event(
            action=Action.KEY_ROTATED, purpose=KEEPING, counts=counts,
            reason="root" if rotation.to_root else "",
        )  # fmt: skip
        for controller in Controller.objects.values_list("pk", flat=True):
            log.record_apart(actors.system(controller), event, now=timezone.now())
        epochs.logged(rotation.n)
