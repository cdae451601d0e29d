"""Which database a model lives in: keys in `keys`, everything else in `default`."""

from typing import Any

from django.db import models


class KeystoreRouter:
    """Keeps the keystore apart; `portal`, `case` and `auditor` are other roles on `default`."""

    def db_for_read(self, model: type[models.Model], **_hints: Any) -> str:
        """Return the alias for reading `model`."""
        return "keys" if model._meta.app_label == "crypto" else "default"

    def db_for_write(self, model: type[models.Model], **_hints: Any) -> str:
        """Return the alias for writing `model`."""
        return self.db_for_read(model)

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        """Keys migrate in `keys`, everything else in `default`, nothing anywhere else."""
        return db == ("keys" if app_label == "crypto" else "default")
