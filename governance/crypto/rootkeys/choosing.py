"""Which root key the settings describe.

There is no setting for the kind: what is set tells it. Half a description is refused, and two
descriptions are too, for a key wrapped under the wrong one would be found only when it is needed.
Two are needed while the root key is changed: the next one is described by names of its own.
"""

from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from governance.crypto.root import Secret
from governance.crypto.rootkeys.base import SECONDS, RootKey
from governance.crypto.rootkeys.file import FileRootKey
from governance.crypto.rootkeys.pkcs11 import Pkcs11RootKey
from governance.crypto.rootkeys.vault import VaultRootKey

FILE = "CUSTODE_ROOT_KEY_FILE"
PKCS11 = "CUSTODE_PKCS11_"
VAULT = "CUSTODE_VAULT_"
PRESENT, NEXT = "CUSTODE_", "CUSTODE_NEXT_"


def choose(settings: Mapping[str, str], *, seconds: float = SECONDS) -> RootKey:
    """Return the root key that `settings` describe.

    Parameters
    ----------
    settings : names and values, as in the specification, section 2; an empty value is not set
    seconds : how long a token or a server may take for one answer

    Raises
    ------
    ImproperlyConfigured
        they describe none, two, or one by halves
    """
    given = {name: value for name, value in settings.items() if value}
    kinds = [kind for kind in (FILE, PKCS11, VAULT) if any(name.startswith(kind) for name in given)]
    if len(kinds) > 1:
        named = " and ".join(kind + "…" * kind.endswith("_") for kind in kinds)
        raise ImproperlyConfigured(
            f"{named} are both set, and there is one root key. Unset one of them. To go over to "
            f"another root key, describe it by {NEXT}…, and run rotate_keys root."
        )
    if kinds == [PKCS11]:
        return _token(given, seconds)
    if kinds == [VAULT]:
        return _vault(given, seconds)
    return FileRootKey(Path(_needed(given, FILE)))


def choose_next(settings: Mapping[str, str]) -> RootKey:
    """Return the root key that is to follow; as `choose`, by names that begin with CUSTODE_NEXT_.

    Raises
    ------
    ImproperlyConfigured
        as `choose`
    """
    try:
        return choose({name.replace(NEXT, PRESENT, 1): value for name, value in settings.items()})
    except ImproperlyConfigured as error:
        wrong = str(error).replace(NEXT, PRESENT).replace(PRESENT, NEXT)
    raise ImproperlyConfigured(wrong)


def _token(given: Mapping[str, str], seconds: float) -> RootKey:
    pin = given.get(f"{PKCS11}PIN") or _content(given, f"{PKCS11}PIN_FILE")
    return Pkcs11RootKey(
        module=Path(_needed(given, f"{PKCS11}MODULE")),
        token=_needed(given, f"{PKCS11}TOKEN"),
        label=_needed(given, f"{PKCS11}LABEL"),
        pin=pin,
        seconds=seconds,
    )


def _vault(given: Mapping[str, str], seconds: float) -> RootKey:
    direct, authority = given.get(f"{VAULT}TOKEN"), given.get(f"{VAULT}CA")
    return VaultRootKey(
        url=_needed(given, f"{VAULT}URL"),
        key=_needed(given, f"{VAULT}KEY"),
        token=Secret(direct.encode()) if direct else Path(_needed(given, f"{VAULT}TOKEN_FILE")),
        authority=Path(authority) if authority else None,
        seconds=seconds,
    )


def _needed(given: Mapping[str, str], name: str) -> str:
    if name in given:
        return given[name]
    raise ImproperlyConfigured(f"{name} is not set, and the root key needs it.")


def _content(given: Mapping[str, str], name: str) -> str:
    try:
        value = Path(_needed(given, name)).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        value = ""
    if value:
        return value
    raise ImproperlyConfigured(f"{name} names no file with a PIN in it.")
