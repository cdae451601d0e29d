"""The keystore as a Django app: its tables live in the database alias `keys`."""

from django.apps import AppConfig


class CryptoConfig(AppConfig):
    """Keys and nothing else."""

    name = "governance.crypto"
    label = "crypto"
    verbose_name = "Keys"

    def ready(self) -> None:
        """Register the check of the root key."""
        from governance.crypto import checks  # noqa: F401 - registers itself
