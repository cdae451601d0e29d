"""The system check of the root key: exactly one is described, and it can be used."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from governance.crypto import rootkeys

TAG = "root_key"


@register(TAG)
def root_keys_are_described(
    app_configs: Sequence[AppConfig] | None, **_kwargs: Any
) -> list[CheckMessage]:
    """Refuse settings that describe no root key, two, or one by halves."""
    del app_configs  # asked of the whole installation
    found: list[CheckMessage] = []
    for use, number in ((_present, "E001"), (rootkeys.following, "E002")):
        try:
            use()
        except ImproperlyConfigured as error:
            found.append(Error(str(error), id=f"{TAG}.{number}"))
    return found


def _present() -> None:
    """Try the root key; a file that is not there yet is made by `prepare`, which is checked too."""
    described = settings.CUSTODE_ROOT_KEY
    if set(described) != {rootkeys.FILE} or Path(described[rootkeys.FILE]).exists():
        rootkeys.present()
