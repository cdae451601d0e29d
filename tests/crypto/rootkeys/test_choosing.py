"""Which root key the settings describe."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from governance import env
from governance.crypto.checks import root_keys_are_described
from governance.crypto.rootkeys import FILE, choose
from governance.crypto.rootkeys.choosing import choose_next
from governance.crypto.rootkeys.file import FileRootKey
from governance.crypto.rootkeys.pkcs11 import Pkcs11RootKey
from governance.crypto.rootkeys.vault import VaultRootKey
from tests.crypto.rootkeys.token import PIN, SoftToken
from tests.crypto.rootkeys.vault_server import TOKEN, VaultServer

KEY = bytes(range(32))
VAULT = {"CUSTODE_VAULT_URL": "https://vault.example.org", "CUSTODE_VAULT_KEY": "custode"}


def written(path: Path, text: str) -> str:
    path.touch(0o600)
    path.write_text(text)
    return str(path)


def test_a_file_is_the_default(tmp_path: Path) -> None:
    """Values that are empty are not set."""
    file = written(tmp_path / "root.key", "k" * 32)
    settings = {"CUSTODE_ROOT_KEY_FILE": file, "CUSTODE_VAULT_URL": "", "CUSTODE_PKCS11_PIN": ""}
    assert isinstance(choose(settings), FileRootKey)


def test_a_token_is_chosen_by_its_settings(soft_token: SoftToken, tmp_path: Path) -> None:
    settings = {
        "CUSTODE_PKCS11_MODULE": str(soft_token.module),
        "CUSTODE_PKCS11_TOKEN": "main",
        "CUSTODE_PKCS11_LABEL": "custode",
    }
    pin = written(tmp_path / "pin", f"{PIN}\n")
    for given in ({"CUSTODE_PKCS11_PIN": PIN}, {"CUSTODE_PKCS11_PIN_FILE": pin}):
        root_key = choose(settings | given)
        assert isinstance(root_key, Pkcs11RootKey)
        assert root_key.unwrap(root_key.wrap(KEY, b"x"), b"x").reveal() == KEY


def test_vault_is_chosen_by_its_settings(vault: VaultServer, tmp_path: Path) -> None:
    settings = {
        "CUSTODE_VAULT_URL": vault.url,
        "CUSTODE_VAULT_KEY": "custode",
        "CUSTODE_VAULT_CA": str(vault.authority),
    }
    file = written(tmp_path / "token", f"{TOKEN}\n")
    for given in ({"CUSTODE_VAULT_TOKEN": TOKEN}, {"CUSTODE_VAULT_TOKEN_FILE": file}):
        root_key = choose(settings | given)
        assert isinstance(root_key, VaultRootKey)
        assert root_key.unwrap(root_key.wrap(KEY, b"x"), b"x").reveal() == KEY


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({}, "CUSTODE_ROOT_KEY_FILE"),
        ({"CUSTODE_VAULT_URL": "https://vault"}, "CUSTODE_VAULT_KEY"),
        ({"CUSTODE_VAULT_KEY": "custode"}, "CUSTODE_VAULT_URL"),
        (VAULT, "CUSTODE_VAULT_TOKEN_FILE"),
        ({"CUSTODE_PKCS11_TOKEN": "main"}, "CUSTODE_PKCS11_PIN_FILE"),
        ({"CUSTODE_PKCS11_PIN": PIN}, "CUSTODE_PKCS11_MODULE"),
        ({"CUSTODE_PKCS11_PIN": PIN, "CUSTODE_PKCS11_MODULE": "x"}, "CUSTODE_PKCS11_TOKEN"),
    ],
)
def test_half_a_description_is_refused(settings: dict[str, str], missing: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{missing} "):
        choose(settings)


TOKEN_SETTINGS = {"CUSTODE_PKCS11_MODULE": "/usr/lib/token.so"}
FILE_SETTINGS = {"CUSTODE_ROOT_KEY_FILE": "/etc/custode/root.key"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (VAULT | TOKEN_SETTINGS, "CUSTODE_PKCS11_… and CUSTODE_VAULT_… are both set"),
        (FILE_SETTINGS | TOKEN_SETTINGS, "CUSTODE_ROOT_KEY_FILE and CUSTODE_PKCS11_… are both set"),
        (FILE_SETTINGS | VAULT, "CUSTODE_ROOT_KEY_FILE and CUSTODE_VAULT_… are both set"),
    ],
)
def test_two_descriptions_are_refused(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{said}.* Unset one of them"):
        choose(settings)


def test_the_next_root_key_has_names_of_its_own(tmp_path: Path) -> None:
    file = written(tmp_path / "next.key", "k" * 32)
    assert choose_next({"CUSTODE_NEXT_ROOT_KEY_FILE": file}).describe().startswith("file:")
    with pytest.raises(ImproperlyConfigured, match=r"^CUSTODE_NEXT_VAULT_KEY is not set"):
        choose_next({"CUSTODE_NEXT_VAULT_URL": "https://vault.example.org"})


def test_all_variables_come_from_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's, else those that `serve` left, else the default."""
    for name in ("DATABASE_URL", "CUSTODE_ROOT_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CUSTODE_STATE", str(tmp_path))
    default = {"CUSTODE_ROOT_KEY_FILE": "here"}
    assert env.root_key("CUSTODE_", default="here") == default
    assert env.root_key("CUSTODE_NEXT_") == {}
    written(tmp_path / "environment", "CUSTODE_ROOT_KEY_FILE=there\nCUSTODE_BASE_URL=x\n")
    assert env.root_key("CUSTODE_", default="here") == {"CUSTODE_ROOT_KEY_FILE": "there"}
    for name, value in VAULT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CUSTODE_NEXT_PKCS11_LABEL", "next")
    assert env.root_key("CUSTODE_", default="here") == VAULT
    assert env.root_key("CUSTODE_NEXT_") == {"CUSTODE_NEXT_PKCS11_LABEL": "next"}
    for name in VAULT:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere")
    assert env.root_key("CUSTODE_", default="here") == default


def test_the_check_says_what_is_wrong(settings: Any, tmp_path: Path) -> None:
    assert root_keys_are_described(None) == []
    settings.CUSTODE_ROOT_KEY = {FILE: str(tmp_path / "not made yet")}
    assert root_keys_are_described(None) == []
    settings.CUSTODE_ROOT_KEY = {FILE: written(tmp_path / "short", "k")}
    settings.CUSTODE_NEXT_ROOT_KEY = {"CUSTODE_NEXT_VAULT_KEY": "custode"}
    short, half = root_keys_are_described(None)
    assert (short.id, half.id) == ("root_key.E001", "root_key.E002")
    assert short.msg.startswith("CUSTODE_ROOT_KEY_FILE must hold 32 bytes.")
    assert half.msg.startswith("CUSTODE_NEXT_VAULT_URL is not set")
    settings.CUSTODE_ROOT_KEY = VAULT | {FILE: str(tmp_path / "short")}
    settings.CUSTODE_NEXT_ROOT_KEY = {}
    (both,) = root_keys_are_described(None)
    assert "are both set" in both.msg


@pytest.mark.parametrize("content", ["", "\n"])
def test_a_file_without_a_pin_is_refused(tmp_path: Path, content: str) -> None:
    pin = written(tmp_path / "pin", content)
    with pytest.raises(ImproperlyConfigured, match="CUSTODE_PKCS11_PIN_FILE names no file"):
        choose({"CUSTODE_PKCS11_TOKEN": "main", "CUSTODE_PKCS11_PIN_FILE": pin})
