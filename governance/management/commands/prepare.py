"""`manage.py prepare`: migrate both databases, isolate, grant. Run by the owner's role."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from audit import kits
from dsar import links
from dsar.case import delivery, documents
from dsar.portal import limits
from governance.crypto import epochs, root, rootkeys
from governance.portal import second_factor
from registry import isolation


class Command(BaseCommand):
    help = "Migrate both databases, apply row-level security and grants from the data map."

    def handle(self, **_options: Any) -> None:
        if not settings.AS_OWNER:
            msg = "Run this with CUSTODE_DATABASE_ROLE=owner: it changes tables and grants."
            raise CommandError(msg)
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        own = settings.STATE / "root.key"
        if settings.CUSTODE_ROOT_KEY.get(rootkeys.FILE) == str(own) and not own.exists():
            if epochs.are_there():
                msg = (
                    f"{own} is missing, and the keystore holds keys that only it opens. Put it "
                    "back with recovery_kit restore; a new one would open nothing."
                )
                raise CommandError(msg)
            root.create(own)
        # Alone: nothing of the other apps is there, and their history would take as long again.
        call_command("migrate", "crypto", database="keys", verbosity=0, interactive=False)
        isolation.admit_owner()
        call_command("migrate", database="default", verbosity=0, interactive=False)
        isolation.apply_keys()
        tables = isolation.apply()
        links.apply()
        documents.apply()
        delivery.apply()
        limits.apply()
        if renewed := second_factor.reseal():
            self.stdout.write(f"sealed anew: the secrets of {renewed} second factors")
        if lacks_kit():
            self.stdout.write(
                "WARNING: people are stored, and there is no recovery kit of this root key: if the "
                "file is lost, they can never be read again. Make one: manage.py recovery_kit make"
            )
        self.stdout.write(f"prepared: {len(tables)} tables behind the gate")


def lacks_kit() -> bool:
    """Whether anybody is stored whom no kit helps to read, or one of an earlier root key alone.

    Where the root key is no file, its holder's backup is the kit (recovery_kit says so).
    """
    if rootkeys.FILE not in settings.CUSTODE_ROOT_KEY or not epochs.has_people():
        return False
    proven = kits.proven_at()
    return proven is None or proven < epochs.of_root_since()
