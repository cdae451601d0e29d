"""Whom the client of Vault talks to, with which token, and what it shows of it."""

import logging
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from governance.crypto.root import Secret
from governance.crypto.rootkeys import RootKeyUnavailableError
from governance.crypto.rootkeys.https import Answer
from governance.crypto.rootkeys.vault import VaultRootKey
from tests.crypto.rootkeys.conftest import Vaults
from tests.crypto.rootkeys.refusals import KEY, SHOWN, because, reason
from tests.crypto.rootkeys.vault_server import TOKEN, VaultServer


def test_the_token_file_is_read_at_each_call(vault: VaultServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    root_key = VaultRootKey(url=vault.url, key="custode", token=file, authority=vault.authority)
    assert reason(lambda: root_key.wrap(KEY, b"x"), RootKeyUnavailableError) == "there is no token"
    for vault.token in ("hvs.first", "hvs.second"):
        vault.seen.clear()
        file.write_text(f"{vault.token}\n")
        wrapped = root_key.wrap(KEY, b"x")
        assert root_key.unwrap(wrapped, b"x").reveal() == KEY
        assert {token for _, token in vault.seen} == {vault.token}
    vault.token = "hvs.third"
    assert because(root_key, wrapped, RootKeyUnavailableError) == "it refuses the token"


@pytest.mark.parametrize(
    "token", ["", " \n", f"{TOKEN}\r\nX: y", f"{TOKEN}\x00", f"{TOKEN}é", "a b"]
)
def test_what_is_no_token_is_not_sent_and_not_shown(vault: VaultServer, token: str) -> None:
    root_key = VaultRootKey(
        url=vault.url, key="custode", token=Secret(token.encode()), authority=vault.authority
    )
    assert reason(lambda: root_key.wrap(KEY, b"x"), RootKeyUnavailableError) == "there is no token"
    assert vault.seen == []


def test_a_server_that_can_not_show_who_it_is_learns_nothing(
    vault: VaultServer, wrapped: bytes
) -> None:
    """Of an unknown authority, and under a name that its certificate does not have."""
    vault.seen.clear()
    elsewhere = vault.url.replace("127.0.0.1", "localhost")
    for url, authority in ((vault.url, None), (elsewhere, vault.authority)):
        root_key = VaultRootKey(
            url=url, key="custode", token=Secret(TOKEN.encode()), authority=authority
        )
        found = because(root_key, wrapped, RootKeyUnavailableError)
        assert found == "SSLCertVerificationError"
    assert vault.seen == []


def test_no_proxy_is_asked(vaults: Vaults, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    root_key = vaults.root_key()
    assert root_key.unwrap(root_key.wrap(KEY, b"x"), b"x").reveal() == KEY


def test_an_engine_at_another_path_is_asked_there(vaults: Vaults) -> None:
    root_key = vaults.root_key("team/transit/custode")
    assert root_key.describe() == "vault:team/transit/custode"
    assert vaults.root_key().describe() == "vault:transit/custode"
    assert root_key.unwrap(root_key.wrap(KEY, b"x"), b"x").reveal() == KEY
    assert {path.rpartition("/")[0] for path, _ in vaults.server.seen} == {
        "/v1/team/transit/encrypt",
        "/v1/team/transit/decrypt",
    }


def test_nothing_secret_is_logged_or_shown(
    vaults: Vaults, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    root_key = vaults.root_key()
    opened = root_key.unwrap(root_key.wrap(KEY, b"x"), b"x")
    shown = (
        f"{caplog.text}{capfd.readouterr()}{root_key!r}{vars(root_key)}{opened!r}{Answer(200, KEY)}"
    )
    assert not [secret for secret in SHOWN if secret in shown]


@pytest.mark.parametrize(
    "url",
    ["", "vault", "http://127.0.0.1:8200", "https://", "https://vault/v1", "https://u:p@vault",
     "https://vault?x=1", "https://vault:port", "https://[vault", "https://vault#x"],
)  # fmt: skip
def test_an_address_that_is_not_https_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        VaultRootKey(url=url, key="custode", token=Secret(b"x"))
    assert str(refused.value) == (
        "CUSTODE_VAULT_URL must be the https:// URL of the server alone. "
        "Example: CUSTODE_VAULT_URL=https://vault.example.org:8200"
    )


@pytest.mark.parametrize(
    "key", ["", "/custode", "a b", "custode?x", "transit//custode", "custode\n", "chiavé"]
)
def test_what_is_no_name_of_a_key_is_refused(key: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="CUSTODE_VAULT_KEY is not the name of a key"):
        VaultRootKey(url="https://vault", key=key, token=Secret(b"x"))


def test_authorities_that_can_not_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    for file in ("missing.pem", "empty.pem"):
        with pytest.raises(ImproperlyConfigured, match="CUSTODE_VAULT_CA is not a readable file"):
            VaultRootKey(
                url="https://vault", key="custode", token=Secret(b"x"), authority=tmp_path / file
            )
