"""The root key in a token: SoftHSM2, with real sessions, locks and processes."""

import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from governance.crypto.errors import UnsealError
from governance.crypto.rootkeys import RootKeyRefusedError, RootKeyUnavailableError, sessions
from governance.crypto.rootkeys.pkcs11 import Pkcs11RootKey
from tests.crypto.rootkeys import refusals
from tests.crypto.rootkeys.conftest import Tokens
from tests.crypto.rootkeys.refusals import KEY
from tests.crypto.rootkeys.token import PIN


def because(root_key: Pkcs11RootKey, kind: type[RootKeyUnavailableError]) -> object:
    return refusals.because(root_key, bytes(60), kind)


def test_it_is_named_after_token_and_label(tokens: Tokens) -> None:
    assert tokens.root_key(pin="a secret").describe() == "pkcs11:main/custode"
    root_key = tokens.root_key(pin="a secret")
    assert "a secret" not in f"{root_key!r} {root_key} {vars(root_key)}"


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("extractable", "the key is extractable"),
        ("insensitive", "the key is not sensitive"),
        ("short", "the key is not of 256 bits"),
        ("shut", "the key may not decrypt"),
        ("twin", "2 keys have the label"),
        ("missing", "0 keys have the label"),
    ],
)
def test_an_unfit_key_is_refused(tokens: Tokens, label: str, reason: str) -> None:
    root_key = tokens.root_key(label)
    assert because(root_key, RootKeyRefusedError) == reason
    assert (RootKeyRefusedError.status, RootKeyRefusedError.retryable) == (503, False)


def test_a_token_that_is_away_is_unavailable(tokens: Tokens) -> None:
    root_key = tokens.root_key(token="away")
    assert because(root_key, RootKeyUnavailableError) == "NoSuchToken"
    assert (RootKeyUnavailableError.status, RootKeyUnavailableError.retryable) == (503, True)


def test_what_is_no_library_is_unavailable(tokens: Tokens, tmp_path: Path) -> None:
    (tmp_path / "library.so").write_bytes(b"no library")
    where = {"token": "main", "label": "custode", "pin": PIN}
    root_key = Pkcs11RootKey(module=tmp_path / "library.so", **where)
    assert because(root_key, RootKeyUnavailableError) == "PKCS11Error"
    with pytest.raises(ImproperlyConfigured, match="CUSTODE_PKCS11_MODULE names no file"):
        Pkcs11RootKey(module=tmp_path / "missing.so", **where)


def test_a_slow_token_is_unavailable_until_it_answers(tokens: Tokens) -> None:
    root_key = tokens.root_key(seconds=0.5)
    with tokens.soft.held():
        assert because(root_key, RootKeyUnavailableError) == "it is slow"
    patient = tokens.root_key()
    assert patient.unwrap(patient.wrap(KEY, b"x"), b"x").reveal() == KEY
    assert root_key.unwrap(patient.wrap(KEY, b"x"), b"x").reveal() == KEY


def test_a_session_that_ended_is_opened_anew(tokens: Tokens) -> None:
    root_key = tokens.root_key()
    wrapped = root_key.wrap(KEY, b"x")
    for _ in range(2):
        root_key._opened.session.close()
        assert root_key.unwrap(wrapped, b"x").reveal() == KEY
        root_key._opened.session.close()
        with pytest.raises(UnsealError):
            root_key.unwrap(wrapped, b"y")


def test_a_wrong_pin_is_tried_once(tokens: Tokens) -> None:
    """Tokens lock after some. A second try would succeed here: the process is logged in by then."""
    wrong = tokens.root_key(token="spare", pin="4321")
    assert because(wrong, RootKeyRefusedError) == "PinIncorrect"
    right = tokens.root_key(token="spare")
    assert right.unwrap(right.wrap(KEY, b"x"), b"x").reveal() == KEY
    assert because(wrong, RootKeyRefusedError) == "PinIncorrect"


def in_a_child(holds: Callable[[], bool]) -> int:
    """Return a forked process, which ends with 0 if it `holds`; an error is told on stderr."""
    if child := os.fork():
        return child
    code = 1
    try:
        code = not holds()
    except BaseException:  # noqa: BLE001 - nothing of a child may go on in pytest
        traceback.print_exc()
    finally:
        os._exit(code)


def codes(*children: int) -> list[int]:
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def test_a_child_opens_its_own_session_and_leaves_that_of_its_parent(tokens: Tokens) -> None:
    root_key = tokens.root_key()
    wrapped = root_key.wrap(KEY, b"x")
    session, library = root_key._opened.session, library_of(tokens)

    def is_apart() -> bool:
        is_opened = root_key.unwrap(wrapped, b"x").reveal() == KEY
        is_own = root_key._opened.session is not session and library_of(tokens) is not library
        return is_opened and is_own

    assert codes(in_a_child(is_apart)) == [0]
    assert root_key.unwrap(wrapped, b"x").reveal() == KEY
    assert root_key._opened.session is session
    assert library_of(tokens) is library


def library_of(tokens: Tokens) -> object:
    process, library = sessions._libraries[str(tokens.soft.module)]
    assert process == os.getpid()
    return library


def test_many_processes_may_begin_at_once(tokens: Tokens) -> None:
    """As the workers of a server do; SoftHSM alone would lose some of them."""
    root_key = tokens.root_key()
    wrapped = root_key.wrap(KEY, b"x")
    workers = [
        in_a_child(lambda: root_key.unwrap(wrapped, b"x").reveal() == KEY) for _ in range(16)
    ]
    assert codes(*workers) == [0] * 16


def test_a_token_that_comes_back_is_used(tokens: Tokens) -> None:
    """It was away when the library listed the slots, which it does once."""
    root_key, folder = tokens.root_key(), tokens.soft.tokens
    sessions.end(root_key._where)
    folder.rename(folder.with_name("away"))
    folder.mkdir()
    try:
        assert because(root_key, RootKeyUnavailableError) == "NoSuchToken"
    finally:
        folder.rmdir()
        folder.with_name("away").rename(folder)
    assert root_key.unwrap(root_key.wrap(KEY, b"x"), b"x").reveal() == KEY


def test_what_it_wraps_is_ordinary_gcm(tokens: Tokens) -> None:
    wrapped = tokens.root_key().wrap(KEY, b"x")
    assert len(wrapped) == 12 + 32 + 16
