"""The root key in a file: whose it is, and who else could read it."""

import hashlib
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ImproperlyConfigured

from governance.crypto import envelope, root
from governance.crypto.errors import UnsealError
from governance.crypto.rootkeys.file import FileRootKey

VALUE = bytes(range(32))
CONTEXT = "custode/epoch/v1|1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "root.key"
    path.touch(0o600)
    path.write_bytes(VALUE)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ImproperlyConfigured) as refused:
        FileRootKey(path)
    return str(refused.value)


def test_its_identity_is_the_one_of_the_specification(file: Path) -> None:
    identity = hashlib.sha256(b"custode/root-id/v1" + VALUE).hexdigest()[:16]
    assert FileRootKey(file).describe() == f"file:{identity}" == "file:ac0ace53887732a6"


def test_it_opens_what_was_wrapped_under_the_file_before(file: Path) -> None:
    """And the other way round: epochs that are there stay readable."""
    root_key, cipher = FileRootKey(file), AESGCM(VALUE)
    before = envelope.wrap(cipher, b"k" * 32, CONTEXT)
    assert root_key.unwrap(before, CONTEXT.encode()).reveal() == b"k" * 32
    now = root_key.wrap(b"k" * 32, CONTEXT.encode())
    assert envelope.unwrap(cipher, now, CONTEXT) == b"k" * 32


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_what_is_no_key_of_32_bytes_does_not_open(file: Path, length: int) -> None:
    sealed = envelope.wrap(AESGCM(VALUE), bytes(length), CONTEXT)
    with pytest.raises(UnsealError):
        FileRootKey(file).unwrap(sealed, CONTEXT.encode())


def test_the_file_that_create_makes_is_accepted(tmp_path: Path) -> None:
    root.create(tmp_path / "new" / "root.key")
    assert FileRootKey(tmp_path / "new" / "root.key").describe().startswith("file:")


@pytest.mark.parametrize("mode", [0o000, 0o440, 0o604, 0o620, 0o640, 0o644, 0o660, 0o700, 0o4600])
def test_another_mode_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    # Who is not root can not even open the one that nobody may read.
    assert f"has mode {mode:04o} and must have 0600 or 0400" in refusal(file) or not mode


def test_a_file_that_its_owner_can_only_read_is_accepted(file: Path) -> None:
    file.chmod(0o400)
    assert FileRootKey(file).describe() == "file:ac0ace53887732a6"


@pytest.mark.parametrize("content", [b"", VALUE[:31], VALUE + b"\n", VALUE.hex().encode()])
def test_another_length_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert refusal(file).startswith("CUSTODE_ROOT_KEY_FILE must hold 32 bytes.")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_file_of_another_account_is_refused_even_to_root(file: Path) -> None:
    os.chown(file, 65534, -1)
    assert "belongs to account 65534, and this process runs as 0" in refusal(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "can not be read (No such file or directory)" in refusal(tmp_path / "none")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert "is not a file" in refusal(tmp_path / "pipe")
    assert refusal(tmp_path).startswith("CUSTODE_ROOT_KEY_FILE ")


def test_a_link_is_judged_by_what_it_leads_to(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    assert FileRootKey(link).describe() == FileRootKey(file).describe()
    file.chmod(0o640)
    assert "has mode 0640" in refusal(link)
    file.unlink()
    assert "can not be read" in refusal(link)


def test_no_refusal_tells_the_key(file: Path) -> None:
    file.write_bytes(b"hunter2" * 5)
    assert "hunter2" not in refusal(file)
    file.chmod(0o644)
    assert "hunter2" not in refusal(file)
