"""The root keys that this process was given: the one in use, and the next one during a change.

Each is made once for a process, and can be used after a fork. Every epoch names the root key that
its own key is under, and is opened by that one alone.
"""

from functools import cache

from django.conf import settings

from governance.crypto.rootkeys.base import RootKey, RootKeyOtherError
from governance.crypto.rootkeys.choosing import choose, choose_next


def present() -> RootKey:
    """Return the root key of this installation.

    Raises
    ------
    ImproperlyConfigured
        the settings describe none, two, or one by halves, or it is a file that can not be used
    """
    return _present(tuple(sorted(settings.CUSTODE_ROOT_KEY.items())))


def following() -> RootKey | None:
    """Return the root key that is to follow, or None where none is described.

    Raises
    ------
    ImproperlyConfigured
        as `present`
    """
    described = settings.CUSTODE_NEXT_ROOT_KEY
    return _following(tuple(sorted(described.items()))) if described else None


def held() -> list[RootKey]:
    """Return the root keys that this process has, the present one first."""
    following_key = following()
    return [present(), *([following_key] if following_key else [])]


def named(identity: str) -> RootKey:
    """Return the root key that describes itself so.

    Raises
    ------
    RootKeyOtherError
        this process was given another
    """
    found = held()
    for root_key in found:
        if root_key.describe() == identity:
            return root_key
    described = " and ".join(root_key.describe() for root_key in found)
    raise RootKeyOtherError(expected=identity, found=described)


@cache
def _present(described: tuple[tuple[str, str], ...]) -> RootKey:
    return choose(dict(described))


@cache
def _following(described: tuple[tuple[str, str], ...]) -> RootKey:
    return choose_next(dict(described))
