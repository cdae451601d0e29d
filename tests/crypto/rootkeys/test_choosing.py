"""Which root key the settings describe."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from governance.crypto.rootkeys import choose
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
        "CUSTODE_ROOT_KEY_FILE": str(tmp_path / "missing"),  # its default is always set
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
        "CUSTODE_ROOT_KEY_FILE": str(tmp_path / "missing"),
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


def test_two_descriptions_are_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="are both set"):
        choose(VAULT | {"CUSTODE_PKCS11_MODULE": "/usr/lib/token.so"})


@pytest.mark.parametrize("content", ["", "\n"])
def test_a_file_without_a_pin_is_refused(tmp_path: Path, content: str) -> None:
    pin = written(tmp_path / "pin", content)
    with pytest.raises(ImproperlyConfigured, match="CUSTODE_PKCS11_PIN_FILE names no file"):
        choose({"CUSTODE_PKCS11_TOKEN": "main", "CUSTODE_PKCS11_PIN_FILE": pin})
