"""A software token of SoftHSM2 in a folder, with keys that fit and keys that do not."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
PIN, OFFICER = "1234", "5678"
# In a process of its own: what it logs in to is not logged in to here.
MAKE = """
import sys
from pkcs11 import Attribute, KeyType, lib
module, token, pin = sys.argv[1:]
fits = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
keys = {
    "custode": (256, fits), "other": (256, fits), "short": (128, fits),
    "extractable": (256, {**fits, Attribute.EXTRACTABLE: True}),
    "insensitive": (256, {**fits, Attribute.SENSITIVE: False}),
    "shut": (256, {**fits, Attribute.DECRYPT: False}),
    "twin": (256, fits), "twin ": (256, fits),
}
with lib(module).get_token(token_label=token).open(rw=True, user_pin=pin) as session:
    for label, (bits, template) in keys.items():
        session.generate_key(
            KeyType.AES, bits, label=label.strip(), store=True, template=template
        )
"""
HOLD = """
import fcntl, pathlib, sys
held = [open(file, "r+b") for file in pathlib.Path(sys.argv[1]).rglob("*") if file.is_file()]
for file in held:
    fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


class SoftToken:
    """Tokens in a folder; SOFTHSM2_CONF leads this process and its children to it."""

    def __init__(self, folder: Path, module: Path) -> None:
        self.module, self.tokens = module, folder / "tokens"
        self.tokens.mkdir()
        (folder / "softhsm2.conf").write_text(
            f"directories.tokendir = {self.tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )
        os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
        for token in ("main", "spare"):
            _run("softhsm2-util", "--init-token", "--free", "--label", token,
                 "--pin", PIN, "--so-pin", OFFICER)  # fmt: skip
            _run(sys.executable, "-c", MAKE, str(module), token, PIN)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the token waiting for its own files, which another process has locked."""
        with subprocess.Popen(
            [sys.executable, "-c", HOLD, str(self.tokens)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as holder:  # fmt: skip
            assert holder.stdout
            assert holder.stdout.readline() == b"held\n"
            yield
            holder.communicate()


def library() -> Path:
    """Return the library of SoftHSM2, or skip the test."""
    found = next((Path(file) for file in LIBRARIES if Path(file).exists()), None)
    if found is None or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM2 is not installed (apt-get install softhsm2)")
    if importlib.util.find_spec("pkcs11") is None:
        pytest.skip("python-pkcs11 is not installed (pip install 'custode[pkcs11]')")
    return found


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
