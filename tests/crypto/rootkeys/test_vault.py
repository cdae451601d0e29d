"""The root key in Vault: a server that is away, sealed, slow or strange."""

import base64
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from governance.crypto.errors import UnsealError
from governance.crypto.rootkeys import RootKeyRefusedError, RootKeyUnavailableError
from tests.crypto.rootkeys.conftest import Vaults
from tests.crypto.rootkeys.refusals import KEY, because, reason
from tests.crypto.rootkeys.vault_server import SECONDS


@pytest.mark.parametrize(
    ("behaviour", "kind", "expected"),
    [
        ((403, b'{"errors":["permission denied"]}'), RootKeyUnavailableError, "it refuses the token"),
        ((404, b'{"errors":[]}'), RootKeyRefusedError, "it has no such engine"),
        ((429, b"{}"), RootKeyUnavailableError, "it is asked too often"),
        ((473, b"{}"), RootKeyUnavailableError, "it answers 473"),
        ((500, b'{"errors":["internal error"]}'), RootKeyUnavailableError, "it answers 500"),
        ((500, b"\xff"), RootKeyUnavailableError, "it answers 500"),
        ((502, b"<html>"), RootKeyUnavailableError, "it answers 502"),
        ((503, b'{"errors":["Vault is sealed"]}'), RootKeyUnavailableError, "it is sealed or in maintenance"),
        ((204, b""), RootKeyUnavailableError, "it answers 204"),
        ("redirect", RootKeyUnavailableError, "it answers 307"),
        ((200, b""), RootKeyUnavailableError, "its answer is wrong"),
        ((200, b"not JSON " + KEY), RootKeyUnavailableError, "its answer is wrong"),
        ((200, b"[" * 20_000), RootKeyUnavailableError, "its answer is wrong"),
        ((200, b"[1]"), RootKeyUnavailableError, "its answer is wrong"),
        ((200, b'{"data":null}'), RootKeyUnavailableError, "its answer is wrong"),
        ((200, b'{"data":{"plaintext":7,"ciphertext":7}}'), RootKeyUnavailableError, "its answer is wrong"),
        ((200, b'{"data":{"plaintext":"%","ciphertext":"%"}}'), RootKeyUnavailableError, "its answer is wrong"),
        ((200, b" " * 70_000), RootKeyUnavailableError, "its answer has no end"),
        ("hang", RootKeyUnavailableError, "it is slow"),
        ("drip", RootKeyUnavailableError, "it is slow"),
    ],
)  # fmt: skip
def test_a_server_that_does_not_serve_is_unavailable(
    vaults: Vaults, wrapped: bytes, behaviour: str | tuple[int, bytes],
    kind: type[RootKeyUnavailableError], expected: str,
) -> None:  # fmt: skip
    root_key = vaults.root_key(seconds=SECONDS if behaviour in {"hang", "drip"} else 10)
    vaults.server.behaviour = behaviour
    vaults.server.seen.clear()
    found = because(root_key, wrapped, kind)
    # Which of two clocks of one length ends the waiting is chance.
    assert found in ({expected, "TimeoutError"} if expected == "it is slow" else {expected})
    paths = [path for path, _ in vaults.server.seen]
    assert paths == ["/v1/transit/encrypt/custode", "/v1/transit/decrypt/custode"]
    vaults.server.behaviour = "well"
    assert vaults.root_key().unwrap(wrapped, b"x").reveal() == KEY


def test_a_server_that_is_gone_is_unavailable(vaults: Vaults, wrapped: bytes) -> None:
    vaults.server.close()
    root_key = vaults.root_key()
    assert because(root_key, wrapped, RootKeyUnavailableError) == "ConnectionRefusedError"


def test_a_key_that_it_does_not_have_is_refused(vaults: Vaults, wrapped: bytes) -> None:
    root_key = vaults.root_key("missing")
    assert (
        because(root_key, wrapped, RootKeyRefusedError) == "it has no such key, or of another type"
    )


@pytest.mark.parametrize("behaviour", ["echo", "forge"])
def test_an_answer_that_does_not_open_is_not_believed(vaults: Vaults, behaviour: str) -> None:
    """Not even when it looks right: an epoch key that was kept so would be lost."""
    vaults.server.behaviour = behaviour
    with pytest.raises(RootKeyUnavailableError):
        vaults.root_key().wrap(KEY, b"x")


def test_what_opens_to_another_key_is_not_believed(vaults: Vaults, wrapped: bytes) -> None:
    """A server that answers each call with the same key."""
    text = f'{{"data":{{"ciphertext":"{wrapped.decode()}","plaintext":"{"A" * 43}="}}}}'
    vaults.server.behaviour = (200, text.encode())
    found = reason(lambda: vaults.root_key().wrap(KEY, b"x"), RootKeyRefusedError)
    assert found == "what it wrapped does not open"


def test_a_server_without_associated_data_is_refused(vaults: Vaults) -> None:
    """Older ones ignore what they do not know: a wrapped key would open in every context."""
    vaults.server.takes_associated_data = False
    found = reason(lambda: vaults.root_key().wrap(KEY, b"x"), RootKeyRefusedError)
    assert found == "it ignores the associated data"


def test_a_wrong_tag_is_no_outage_whatever_its_status(vaults: Vaults, wrapped: bytes) -> None:
    vaults.server.status_of_wrong_tag = 500
    with pytest.raises(UnsealError):
        vaults.root_key().unwrap(wrapped, b"y")
    assert vaults.root_key().unwrap(vaults.root_key().wrap(KEY, b"x"), b"x").reveal() == KEY


@pytest.mark.parametrize("length", [0, 31, 33])
def test_what_is_no_key_of_32_bytes_does_not_open(
    vaults: Vaults, wrapped: bytes, length: int
) -> None:
    """Neither by its own length nor, if the server were to open it, by that of what comes out."""
    sealed = bytes(12) + AESGCM(vaults.server.keys["custode"][1]).encrypt(
        bytes(12), bytes(length), b"x"
    )
    with pytest.raises(UnsealError):
        vaults.root_key().unwrap(b"vault:v1:" + base64.b64encode(sealed), b"x")
    plain = base64.b64encode(bytes(length)).decode()
    vaults.server.behaviour = (200, f'{{"data":{{"plaintext":"{plain}"}}}}'.encode())
    with pytest.raises(UnsealError):
        vaults.root_key().unwrap(wrapped, b"x")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b":v1:", b":v0:"),
        lambda text: text.replace(b":v1:", b":v01:"),
        lambda text: text[:40] + b"\n" + text[40:],
        lambda text: text + b"\n",
        lambda text: text.upper(),
    ],
)
def test_another_spelling_is_refused_before_it_is_asked(
    vaults: Vaults, wrapped: bytes, change: Callable[[bytes], bytes]
) -> None:
    vaults.server.seen.clear()
    with pytest.raises(UnsealError):
        vaults.root_key().unwrap(change(wrapped), b"x")
    assert vaults.server.seen == []


def test_it_opens_what_was_wrapped_before_the_key_was_rotated_there(
    vaults: Vaults, wrapped: bytes
) -> None:
    vaults.server.make_key("custode")
    later = vaults.root_key().wrap(KEY, b"x")
    assert (wrapped[:9], later[:9]) == (b"vault:v1:", b"vault:v2:")
    assert [vaults.root_key().unwrap(one, b"x").reveal() for one in (wrapped, later)] == [KEY, KEY]
