"""`manage.py recovery_kit`: make, drill and restore, as somebody types them."""

import io
import os
import pty
import stat
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from audit.actions import Action
from audit.search import BODY
from governance.crypto import kit, root
from governance.crypto.root import Secret
from governance.crypto.rootkeys import FILE
from registry.models import Controller
from tests.crypto.test_kit import KEY, SHEETS, other_kit, replaced
from tests.databases import PROJECT, Run

ENTRIES = f"""
SELECT controller_id, action, outcome, {BODY} ->> 'reason'
FROM audit.entry WHERE action LIKE 'kit.%' ORDER BY id
"""


def run(step: str, typed: str = "", **options: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(
        "recovery_kit", step, stdin=io.StringIO(typed), stdout=out, stderr=err,
        **{"language": "en", **options},
    )  # fmt: skip
    return out.getvalue(), err.getvalue()


def typed_from(sheets: str, *numbers: int) -> str:
    """What somebody types who has these of the printed sheets before them."""
    pages = sheets.split("\f")
    return "\n".join(
        line[4:]
        for number in numbers
        for line in pages[number - 1].splitlines()
        if line[:4].strip() in {"1", "2", "3", "4"} and line.startswith("  ")
    )


@pytest.fixture
def lost(settings: Any, tmp_path: Path) -> Path:
    """The root key is not where it should be; the folder is missing too."""
    settings.CUSTODE_ROOT_KEY = {FILE: str(tmp_path / "gone" / "root.key")}
    return Path(settings.CUSTODE_ROOT_KEY[FILE])


@pytest.mark.django_db
@pytest.mark.parametrize("numbers", list(combinations((1, 2, 3), 2)))
def test_made_drilled_and_restored(numbers: tuple[int, int], settings: Any, tmp_path: Path) -> None:
    held = root.load(settings.CUSTODE_ROOT_KEY[FILE])
    sheets, told = run("make")
    assert sheets.count("\f") == 2
    assert "shown this once" in told
    typed = typed_from(sheets, *numbers)
    drilled, told = run("drill", typed)
    assert drilled.startswith("ok: kit ")
    assert kit.identity(held) in drilled
    assert told == ""
    settings.CUSTODE_ROOT_KEY = {FILE: str(tmp_path / "new" / "root.key")}
    drilled, told = run("drill", typed)  # as on a fresh machine with a copy of the keystore
    assert drilled.startswith("ok: kit ")
    assert told == "There is no root key here: the shares are tried without it.\n"
    path = Path(settings.CUSTODE_ROOT_KEY[FILE])
    assert not path.parent.exists()
    old = os.umask(0o277)
    try:
        restored, _told = run("restore", typed)
    finally:
        os.umask(old)
    assert path.read_bytes() == held.reveal()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert str(path) in restored
    everything = sheets + drilled + restored
    assert held.reveal().hex() not in everything


@pytest.mark.django_db
def test_restore_leaves_an_existing_file_alone(settings: Any, tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    path.write_bytes(b"damaged")
    settings.CUSTODE_ROOT_KEY = {FILE: str(path)}
    with pytest.raises(CommandError, match="move it away first"):
        run("restore", "\n".join(SHEETS[1] + SHEETS[2]))
    assert path.read_bytes() == b"damaged"
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(CommandError, match="There is a root key"):
        run("restore", "\n".join(SHEETS[1] + SHEETS[2]))
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.django_db
def test_restore_says_why_it_could_not_write(settings: Any, tmp_path: Path) -> None:
    sheets, _told = run("make")
    (tmp_path / "file").write_text("no folder")
    settings.CUSTODE_ROOT_KEY = {FILE: str(tmp_path / "file" / "root.key")}
    with pytest.raises(CommandError, match=r"was not written to .*: (Not a directory|File exists)"):
        run("restore", typed_from(sheets, 1, 2))


@pytest.mark.django_db
def test_a_key_of_another_installation_is_refused(lost: Path) -> None:
    typed = "\n".join(SHEETS[1] + SHEETS[3])
    with pytest.raises(CommandError, match=r"open the keystore\. Nothing was changed"):
        run("restore", typed)
    with pytest.raises(CommandError, match="does not open the keystore"):
        run("restore", typed, identity=kit.identity(Secret(KEY)))
    assert not lost.parent.exists()
    with pytest.raises(CommandError, match="does not open the keystore"):
        run("drill", typed)


@pytest.mark.django_db
def test_drill_refuses_another_key_than_the_one_held() -> None:
    with pytest.raises(CommandError, match="not the root key of this installation"):
        run("drill", "\n".join(SHEETS[2] + SHEETS[3]))


@pytest.mark.django_db
def test_no_kit_is_made_of_a_key_that_does_not_open(settings: Any, tmp_path: Path) -> None:
    settings.CUSTODE_ROOT_KEY = {FILE: str(tmp_path / "root.key")}
    with pytest.raises(CommandError, match="can not be read"):
        run("make")
    Path(settings.CUSTODE_ROOT_KEY[FILE]).write_bytes(KEY)
    with pytest.raises(CommandError, match="no kit was made"):
        run("make")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "Two shares are eight lines, and not 0."),
        (SHEETS[1], "Two shares are eight lines, and not 4."),
        (SHEETS[1] + SHEETS[2] + SHEETS[3], "Two shares are eight lines, and not 12."),
        (SHEETS[1] + SHEETS[1], "This is share 1 twice."),
        (SHEETS[1] + other_kit()[1], "These are shares of two kits:"),
        (SHEETS[1] + replaced(SHEETS[2], 20, "U"), "Second sheet: Line 2 has a sign"),
        (SHEETS[1][::-1] + SHEETS[2], "First sheet: Line 1 is mistyped."),
    ],
    ids=["none", "one", "three", "twice", "two kits", "a sign", "order"],
)
@pytest.mark.parametrize("step", ["drill", "restore"])
@pytest.mark.django_db
def test_what_can_not_be_two_shares_is_refused(
    step: str, lines: list[str], said: str, lost: Path
) -> None:
    with pytest.raises(CommandError) as caught:
        run(step, "\n".join(lines))
    told = str(caught.value)
    assert told.startswith(said)
    letters = "".join("".join(lines).split())
    assert not any(letters[at : at + 4] in told for at in range(len(letters) - 3))
    assert not lost.parent.exists()


def test_a_share_on_the_command_line_is_refused_unread() -> None:
    with pytest.raises(CommandError) as caught:
        call_command("recovery_kit", "drill", *SHEETS[1], "--language", "en")
    assert str(caught.value) == "A share is typed when it is asked for, never before."


def test_what_is_no_text_leaves_nothing_in_the_error() -> None:
    stdin = io.TextIOWrapper(io.BytesIO("\n".join(SHEETS[1]).encode() + b"\xff"), "utf-8")
    with pytest.raises(CommandError, match="This is no text") as caught:
        call_command("recovery_kit", "drill", language="en", stdin=stdin)
    assert caught.value.__cause__ is caught.value.__context__ is None


# With real commits: the audit log, a keystore without a key, a terminal


@pytest.fixture
def keys(fresh_database: None) -> Iterator[psycopg.Connection[Any]]:
    """The keystore, past every rule."""
    with Run.current.server.connect(Run.current.names.keys) as connection:
        yield connection


@pytest.fixture
def made(keys: psycopg.Connection[Any]) -> str:
    return run("make")[0]


def test_each_step_is_in_the_log_of_each_company(
    made: str, superuser: psycopg.Connection[Any], settings: Any, tmp_path: Path
) -> None:
    other = Controller.objects.create(slug="second", name="Second", email="p@second.example")
    run("drill", typed_from(made, 1, 2))
    with pytest.raises(CommandError):
        run("drill", "\n".join(SHEETS[2] + SHEETS[3]))
    settings.CUSTODE_ROOT_KEY = {FILE: str(tmp_path / "root.key")}
    run("restore", typed_from(made, 2, 3))
    first = Controller.objects.exclude(pk=other.pk).get().pk
    name = f"kit.{kit.parse(typed_from(made, 1).splitlines()).kit.hex()}"
    found = superuser.execute(ENTRIES).fetchall()
    assert found[0] == (first, Action.KIT_MADE, "done", name)
    expected = [
        (company, *said)
        for said in (
            (Action.KIT_DRILLED, "done", name),
            (Action.KIT_DRILLED, "failed", "key_not_proven"),
            (Action.KIT_RESTORED, "done", name),
        )
        for company in (first, other.pk)
    ]
    assert sorted(found[1:], key=str) == sorted(expected, key=str)


def test_without_a_keystore_the_identity_on_the_sheets_counts(
    made: str, keys: psycopg.Connection[Any], lost: Path
) -> None:
    typed = typed_from(made, 3, 1)
    keys.execute("UPDATE crypto_epoch SET state = 'over'")
    with pytest.raises(CommandError, match="nothing to try this key on"):
        run("restore", typed)
    keys.execute("ALTER TABLE crypto_epoch RENAME TO away")
    with pytest.raises(CommandError, match="nothing to try this key on"):
        run("drill", typed)
    with pytest.raises(CommandError, match="identity given"):
        run("restore", typed, identity=kit.identity(Secret(KEY)))
    assert not lost.exists()
    name = next(line.split()[-1] for line in made.splitlines() if line.startswith("Root key"))
    _restored, told = run("restore", typed, identity=f"{name[:8]} {name[8:].upper()}")
    assert told == "The keystore can not be read: ProgrammingError\n"
    assert lost.stat().st_size == 32


def test_a_log_that_takes_nothing_stops_making_but_not_restoring(
    made: str, superuser: psycopg.Connection[Any], lost: Path, settings: Any
) -> None:
    superuser.execute("ALTER TABLE audit.entry RENAME TO away")
    _restored, told = run("restore", typed_from(made, 1, 3))
    assert "This has no entry in the audit log (" in told
    assert lost.exists()
    with pytest.raises(CommandError, match="Nothing was done"):
        run("make")


def test_on_a_terminal_nothing_is_shown_and_a_line_is_asked_again(made: str) -> None:
    lines = typed_from(made, 2, 3).splitlines()
    answers = [lines[0], lines[1][:-1] + ("0" if lines[1][-1] != "0" else "2"), *lines[1:]]
    sheets = ["First"] * 5 + ["Second"] * 4
    child, terminal = pty.fork()
    if not child:
        os.chdir(PROJECT)
        os.execv(  # noqa: S606 - a terminal of its own is the point
            sys.executable,
            [sys.executable, "manage.py", "recovery_kit", "drill", "--language", "en"],
        )
    shown = ""
    for sheet, line, answer in zip(sheets, (1, 2, 2, 3, 4, 1, 2, 3, 4), answers, strict=True):
        shown += until(terminal, f"{sheet} sheet, line {line}: ")
        os.write(terminal, f"{answer}\n".encode())
    shown += until(terminal, None)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, shown
    os.close(terminal)
    assert shown.count("Line 2 is mistyped.") == 1
    assert "ok: kit " in shown
    groups = {group for line in lines for group in line.split() if len(group) == 4}
    assert [group for group in groups if group in shown] == []


def until(terminal: int, prompt: str | None) -> str:
    """What the terminal shows up to a prompt, or to its end."""
    shown = ""
    while prompt is None or prompt not in shown:
        try:
            read = os.read(terminal, 4096)
        except OSError:  # Linux: the other side was closed
            read = b""
        if not read:
            assert prompt is None, shown
            return shown
        shown += read.decode()
    return shown
