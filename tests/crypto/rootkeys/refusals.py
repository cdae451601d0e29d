"""Why a root key was not used; and that the error tells no more than that."""

import base64
import traceback
from collections.abc import Callable

import pytest

from governance.crypto.rootkeys import RootKey, RootKeyUnavailableError
from tests.crypto.rootkeys.vault_server import TOKEN

KEY = bytes(range(100, 132))
SHOWN = (repr(KEY)[2:-1], KEY.hex(), base64.b64encode(KEY).decode(), TOKEN)


def reason(call: Callable[[], object], kind: type[RootKeyUnavailableError]) -> object:
    with pytest.raises(RootKeyUnavailableError) as raised:
        call()
    assert type(raised.value) is kind
    assert raised.value.__cause__ is raised.value.__context__ is None
    text = "".join(traceback.format_exception(raised.value))
    assert not [secret for secret in SHOWN if secret in text]
    return raised.value.details["because"]


def because(root_key: RootKey, wrapped: bytes, kind: type[RootKeyUnavailableError]) -> object:
    """Why neither wrapping nor opening is done; both for the same reason."""
    found = [reason(lambda: root_key.wrap(KEY, b"x"), kind)]
    found.append(reason(lambda: root_key.unwrap(wrapped, b"x"), kind))
    assert found[0] == found[1]
    return found[0]
