"""Under which account the servers run.

PostgreSQL refuses to run as root, rightly. An ordinary user runs the servers as themselves.
When root starts Custode, the servers run as the owner of the data that is already there, else
as `custode` (make it with `useradd --system custode`), else as `nobody`. The account needs a
line in the password file, because `initdb` looks up its own name.

What an account may enter or execute is found out by trying, in a child process under that
account: permission bits alone do not know access lists, mount options or containers.
"""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from governance.embedded.errors import EmbeddedError

NAMES = ("custode", "nobody")


@dataclass(frozen=True)
class Account:
    """A user and a group of the operating system, by number."""

    uid: int
    gid: int


def choose(data: Path) -> Account | None:
    """Return the account for servers whose data are in `data`; None means: as whoever calls."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    for name in NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        "PostgreSQL does not run as root, and there is no other account to run it.",
        "Make one with `useradd --system custode`, or start Custode as an ordinary user.",
    )


def run(
    argv: Sequence[str | Path], account: Account | None, *, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end under an account, and return what it printed.

    Raises
    ------
    OSError
        the account can not execute the program
    """
    return subprocess.run(
        [str(part) for part in argv],
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        cwd="/",  # the caller's folder may be closed to the account
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


def can_enter(folder: Path, account: Account | None) -> bool:
    """Say whether the account can make a folder its current one, through all its parents."""
    return run(["/bin/sh", "-c", 'cd "$1"', "sh", folder], account).returncode == 0


def can_run(program: Path, account: Account | None) -> bool:
    """Say whether the account can start a program and the libraries it needs."""
    try:
        return run([program, "--version"], account).returncode == 0
    except OSError:
        return False


def own_folder(folder: Path, account: Account | None, *, mode: int = 0o700) -> None:
    """Make a folder for an account, or leave it as it is."""
    if folder.exists():
        return
    folder.mkdir(mode=mode)
    folder.chmod(mode)  # mkdir obeys the umask
    if account:
        os.chown(folder, account.uid, account.gid)
