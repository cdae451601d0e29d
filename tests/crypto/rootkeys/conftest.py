"""Holders of root keys: each makes a provider of one key, and of another."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from governance.crypto.root import Secret
from governance.crypto.rootkeys import RootKey
from governance.crypto.rootkeys.file import FileRootKey
from governance.crypto.rootkeys.pkcs11 import Pkcs11RootKey
from governance.crypto.rootkeys.vault import VaultRootKey
from tests.crypto.rootkeys.refusals import KEY
from tests.crypto.rootkeys.token import PIN, SoftToken, library
from tests.crypto.rootkeys.vault_server import TOKEN, VaultServer


class Holder(Protocol):
    """Who keeps root keys."""

    def root_key(self, name: str = "custode") -> RootKey: ...


@dataclass
class Files:
    folder: Path

    def root_key(self, name: str = "custode") -> RootKey:
        path = self.folder / name
        if not path.exists():
            path.touch(0o600)
            path.write_bytes(secrets.token_bytes(32))
        return FileRootKey(path)


@dataclass
class Tokens:
    soft: SoftToken

    def root_key(self, name: str = "custode", *, seconds: float = 10, **changes: str) -> RootKey:
        where = {"token": "main", "pin": PIN, **changes}
        return Pkcs11RootKey(module=self.soft.module, label=name, seconds=seconds, **where)


@dataclass
class Vaults:
    server: VaultServer

    def root_key(self, name: str = "custode", *, seconds: float = 10) -> RootKey:
        return VaultRootKey(
            url=self.server.url,
            key=name,
            token=Secret(TOKEN.encode()),
            authority=self.server.authority,
            seconds=seconds,
        )


@pytest.fixture(scope="session")
def soft_token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftToken]:
    module, before = library(), os.environ.get("SOFTHSM2_CONF")
    yield SoftToken(tmp_path_factory.mktemp("softhsm"), module)
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[VaultServer]:
    server = VaultServer(tmp_path)
    for name in ("custode", "other"):
        server.make_key(name)
    yield server
    server.close()


@pytest.fixture
def tokens(soft_token: SoftToken) -> Tokens:
    return Tokens(soft_token)


@pytest.fixture
def vaults(vault: VaultServer) -> Vaults:
    return Vaults(vault)


@pytest.fixture(params=["file", "pkcs11", "vault"])
def holder(request: pytest.FixtureRequest, tmp_path: Path) -> Holder:
    if request.param == "file":
        return Files(tmp_path)
    return request.getfixturevalue("tokens" if request.param == "pkcs11" else "vaults")


@pytest.fixture
def wrapped(vaults: Vaults) -> bytes:
    """A key that Vault wrapped, of the context `x`."""
    return vaults.root_key().wrap(KEY, b"x")
