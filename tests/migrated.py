"""Migrate a run's or an installation's databases and prepare them; run as the owner.

What migrations alone have made is kept between runs, in the system's folder for temporary files,
under a name made of everything they depend on: their own text, the code that makes keys, the locks
and the server. They take most of the time in which a run starts, so that a run with further ones
begins where the most of its own were applied. What `prepare` adds is always made anew.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
django.setup()

from django.conf import settings  # noqa: E402 - settings come first
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from governance import backups  # noqa: E402
from governance.crypto import root  # noqa: E402

PROJECT = Path(__file__).resolve().parent.parent
URLS = {"default": "DATABASE_OWNER_URL", "keys": "KEYSTORE_OWNER_URL"}
KEPT_FOR = 7 * 86_400  # seconds
MIGRATIONS = "*/migrations/*.py", "governance/crypto/migrations/*.py"
# What migrations call, besides Django. Of the closed lists they name single words alone.
CALLED = (
    "governance/crypto/**/*.py", "requirements/*.lock", "tests/migrated.py",
    "governance/provision.py", "governance/rows.py", "registry/sealed.py", "registry/search.py",
)  # fmt: skip


def main() -> None:
    """Fill both databases."""
    own = settings.STATE / "root.key"
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    known = _digests(MIGRATIONS)
    applied: dict[str, str] = {}
    if begun := _nearest(known):
        applied = _applied(begun)
        _restore(begun, own)
    elif not own.exists():
        root.create(own)
    if applied != known:
        call_command("migrate", "crypto", database="keys", verbosity=0, interactive=False)
        call_command("migrate", database="default", verbosity=0, interactive=False)
        _keep(known, own)
    call_command("prepare")
    _adopt()
    connections.close_all()


def _restore(kept: Path, own: Path) -> None:
    shutil.copyfile(kept / "root.key", own)
    own.chmod(0o600)
    for alias, variable in URLS.items():
        backups._run(
            os.environ[variable], "pg_restore", "--exit-on-error", "--single-transaction",
            "--no-owner", str(kept / f"{alias}.dump"),
        )  # fmt: skip
    os.utime(kept)


def _nearest(known: dict[str, str]) -> Path | None:
    """Return what was kept of the most of these migrations, and of no other."""
    kept = [
        path for path in _folder().glob(f"{_basis()}-*") if _applied(path).items() <= known.items()
    ]
    return max(kept, key=lambda path: len(_applied(path)), default=None)


def _applied(kept: Path) -> dict[str, str]:
    said: dict[str, str] = json.loads((kept / "migrations.json").read_text(encoding="utf-8"))
    return said


def _adopt() -> None:
    """A database that was brought back is locked until somebody says that it is the right one."""
    for alias, schema in {"default": "custode", "keys": "keystore"}.items():
        with connections[alias].cursor() as cursor:
            cursor.execute(f"SELECT {schema}.adopt()")


def _keep(known: dict[str, str], own: Path) -> None:
    said = json.dumps(known, sort_keys=True)
    half = Path(tempfile.mkdtemp(dir=_folder()))
    for alias, variable in URLS.items():
        backups._run(
            os.environ[variable], "pg_dump", "--format=custom", f"--file={half / alias}.dump"
        )
    shutil.copyfile(own, half / "root.key")
    (half / "migrations.json").write_text(said, encoding="utf-8")
    try:
        half.rename(_folder() / f"{_basis()}-{hashlib.sha256(said.encode()).hexdigest()[:16]}")
    except OSError:  # another run was faster
        shutil.rmtree(half)


def _folder() -> Path:
    """Return the folder of what is kept, ours alone; what is old is removed from it."""
    folder = Path(tempfile.gettempdir(), f"custode-migrated-{os.geteuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        sys.exit(f"{folder} is not a folder of this account alone")
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > KEPT_FOR:
            shutil.rmtree(old, ignore_errors=True)
    return folder


def _basis() -> str:
    """Return a name of what all migrations depend on."""
    made = hashlib.sha256(json.dumps(_digests(CALLED), sort_keys=True).encode())
    with connections["default"].cursor() as cursor:
        cursor.execute("SHOW server_version")
        made.update(cursor.fetchone()[0].encode())
    return made.hexdigest()[:16]


def _digests(patterns: Sequence[str]) -> dict[str, str]:
    found = sorted({path for pattern in patterns for path in PROJECT.glob(pattern)})
    return {
        str(path.relative_to(PROJECT)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in found
    }


main()
