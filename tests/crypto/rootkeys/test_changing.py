"""The root key is changed while everything can be read (docs/spec/field-encryption.md, 2 and 9)."""

import os
import secrets
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from audit.actions import Action
from audit.models import Entry
from governance.crypto import epochs, rootkeys
from governance.crypto.errors import UnsealError
from governance.crypto.rootkeys import FILE, RootKeyOtherError, RootKeyUnavailableError
from tests.builders import a_company, a_person
from tests.crypto.ordering import Keys
from tests.crypto.rootkeys.token import PIN
from tests.crypto.rootkeys.vault_server import TOKEN, VaultServer
from tests.crypto.test_epochs import KILLED, KILLS, living, some_keys
from tests.crypto.test_recovery_kit import run
from tests.retention.test_rotation import answering, everybody_reads

EPOCHS = "SELECT n, state, provider FROM crypto_epoch ORDER BY n"
OWN = "SELECT epoch, wrapped FROM crypto_wrapped WHERE slot = %s"
COUNT = "SELECT count(*) FROM crypto_wrapped WHERE slot <> %s"
# Of another root key, and dying at a step.
CHANGING = KILLED.replace("epochs.rotate()", "epochs.rotate(rootkeys.following())").replace(
    "import epochs\n", "import epochs, rootkeys\n"
)
Described = dict[str, str]


@pytest.fixture
def a_file(tmp_path: Path) -> Described:
    path = tmp_path / "next.key"
    path.touch(0o600)
    path.write_bytes(secrets.token_bytes(32))
    return {"CUSTODE_NEXT_ROOT_KEY_FILE": str(path)}


@pytest.fixture
def of_vault(vault: VaultServer) -> Described:
    names = {"URL": vault.url, "KEY": "custode", "TOKEN": TOKEN, "CA": str(vault.authority)}
    return {f"CUSTODE_NEXT_VAULT_{name}": value for name, value in names.items()}


@pytest.fixture(params=["file", "pkcs11", "vault"])
def following(request: pytest.FixtureRequest, is_long: bool) -> Described:
    if request.param != "file" and not is_long:
        pytest.skip("what differs between providers is in their contract; all three with --long")
    if request.param != "pkcs11":
        return request.getfixturevalue("a_file" if request.param == "file" else "of_vault")
    module = request.getfixturevalue("soft_token").module
    names = {"MODULE": str(module), "TOKEN": "main", "LABEL": "custode", "PIN": PIN}
    return {f"CUSTODE_NEXT_PKCS11_{name}": value for name, value in names.items()}


def as_owner(*words: str, given: Described) -> "subprocess.CompletedProcess[str]":
    """Run as the owner, in a process that has the root keys `given` and no other."""
    variables = {**os.environ, "CUSTODE_DATABASE_ROLE": "owner"}
    del variables[FILE]
    return subprocess.run(
        [sys.executable, *words], env=variables | given, capture_output=True, text=True, check=False
    )


def rotated(*words: str, given: Described) -> str:
    done = as_owner("manage.py", "rotate_keys", *words, given=given)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(*words: str, given: Described) -> str:
    done = as_owner("manage.py", "rotate_keys", *words, given=given)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def have(settings: Any, present: Described, following: Described) -> None:
    """Be a process that was started with these root keys."""
    settings.CUSTODE_ROOT_KEY, settings.CUSTODE_NEXT_ROOT_KEY = present, following
    epochs.forget()


def in_the_place_of_the_old(following: Described) -> Described:
    return {name.replace("NEXT_", ""): value for name, value in following.items()}


def test_everything_is_read_before_during_and_after(
    keys: Keys, settings: Any, following: Described
) -> None:
    company = a_company()
    people = {name: a_person(company, family=name, orders=[date(2026, 3, 2)]) for name in ("Rossi", "Bruni")}  # fmt: skip
    old = dict(settings.CUSTODE_ROOT_KEY)
    old_key = rootkeys.present()
    have(settings, old, following)
    new_key = rootkeys.following()
    assert new_key
    old_name, new_name = old_key.describe(), new_key.describe()
    everybody_reads(company, people)

    died = as_owner("-c", CHANGING, "_fill", "inside", given=old | following)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert keys.execute(EPOCHS).fetchall() == [(1, "active", old_name), (2, "filling", new_name)]
    epochs.forget()
    everybody_reads(company, people)
    assert "epoch 2: " in rotated("--now", given=old), "of every day: it keeps the root key"
    assert keys.execute(EPOCHS).fetchall() == [(1, "over", old_name), (2, "active", old_name)]
    said = rotated("root", given=old | following)
    assert f"The keystore is under {new_name}; {old_name} opens nothing in it any more." in said
    assert keys.execute(EPOCHS).fetchall()[1:] == [(2, "over", old_name), (3, "active", new_name)]
    everybody_reads(company, people)  # who had both goes on
    again = rotated("root", given=old | following)
    assert again.startswith(f"The keystore is under {new_name}"), "done already, and nothing more"

    have(settings, old, {})
    with pytest.raises(RootKeyOtherError) as raised, answering(company, people["Rossi"]):
        pass
    assert raised.value.details == {"expected": new_name, "found": old_name}
    have(settings, in_the_place_of_the_old(following), {})
    everybody_reads(company, people)
    slots = keys.execute(OWN, [epochs.OWN]).fetchall()
    assert [n for n, _ in slots] == [3]
    for n, wrapped in slots:
        assert isinstance(n, int)
        with pytest.raises(UnsealError):
            old_key.unwrap(bytes(wrapped), epochs.own_context(n))  # type: ignore[arg-type]  # bytea
    rotated("--now", given=in_the_place_of_the_old(following))
    assert keys.execute(EPOCHS).fetchall()[2:] == [(3, "over", new_name), (4, "active", new_name)]
    everybody_reads(company, people)
    with answering(company, people["Rossi"]):
        found = Entry.objects.filter(action=Action.KEY_ROTATED).order_by("at")
        texts = [bytes(entry.entry).decode() for entry in found]
    assert [('"reason":"root"' in text, f'"epoch":{n}' in text) for n, text in enumerate(texts, 2)] == [(False, True), (True, True), (False, True)]  # fmt: skip


@pytest.mark.parametrize(("step", "when"), KILLS)
def test_a_change_that_was_killed_goes_on(
    step: str, when: str, keys: Keys, settings: Any, a_file: Described
) -> None:
    before = some_keys(20)
    ((had,),) = keys.execute(COUNT, [epochs.OWN]).fetchall()
    assert isinstance(had, int)
    old = dict(settings.CUSTODE_ROOT_KEY)
    have(settings, old, a_file)
    died = as_owner("-c", CHANGING, step, when, given=old | a_file)
    assert died.returncode == -signal.SIGKILL, died.stderr
    epochs.forget()
    assert living(list(before)) == before
    more = some_keys(3)
    kept = had if step == "_swap" else had + len(more)  # after the swap none of them was to be kept
    assert f"epoch 2: {kept} keys kept, 0 left behind" in rotated("root", given=old | a_file)
    have(settings, in_the_place_of_the_old(a_file), {})
    assert living([*before, *more]) == before | more
    tables = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'crypto_wrapped'::regclass"
    assert keys.execute(tables).fetchone() == (1,)
    new_name = rootkeys.present().describe()
    assert [row[1:] for row in keys.execute(EPOCHS).fetchall()][1:] == [("active", new_name)]


def test_it_is_refused_without_another_root_key(
    keys: Keys, settings: Any, a_file: Described, tmp_path: Path
) -> None:
    old = dict(settings.CUSTODE_ROOT_KEY)
    before = keys.execute(EPOCHS).fetchall()
    assert "There is no root key to go over to" in refused("root", given=old)
    itself = {"CUSTODE_NEXT_ROOT_KEY_FILE": old[FILE]}
    assert "is the present one, file:" in refused("root", given=old | itself)
    other = {FILE: a_file["CUSTODE_NEXT_ROOT_KEY_FILE"]}
    third = tmp_path / "third.key"
    third.touch(0o600)
    third.write_bytes(secrets.token_bytes(32))
    strange = other | {"CUSTODE_NEXT_ROOT_KEY_FILE": str(third)}
    said = refused("root", given=strange)
    assert f"[expected {before[0][2]}, found file:" in said
    assert keys.execute(EPOCHS).fetchall() == before


def test_a_root_key_that_is_away_leaves_nothing_written(
    keys: Keys, settings: Any, vault: VaultServer, of_vault: Described
) -> None:
    old = dict(settings.CUSTODE_ROOT_KEY)
    before = keys.execute(EPOCHS).fetchall()
    vault.behaviour = (503, b"{}")
    said = refused("root", given=old | of_vault)
    assert "root_key_unavailable" in said
    assert "sealed or in maintenance" in said
    assert keys.execute(EPOCHS).fetchall() == before
    assert keys.execute("SELECT to_regclass('crypto_wrapped_e2')").fetchone() == (None,)
    vault.behaviour = "well"
    rotated("root", given=old | of_vault)
    have(settings, in_the_place_of_the_old(of_vault), {})
    vault.behaviour = (503, b"{}")
    slots = "SELECT count(*) FROM crypto_subjectkey"
    had = keys.execute(slots).fetchone()
    with pytest.raises(RootKeyUnavailableError) as raised:
        some_keys(2)
    assert (raised.value.status, raised.value.retryable) == (503, True)
    assert keys.execute(slots).fetchone() == had
    vault.behaviour = "well"
    assert len(some_keys(2)) == 2, "it is asked again"
    vault.behaviour = (503, b"{}")
    assert len(some_keys(2)) == 2, "and once for a process and an epoch"


def test_a_process_has_one_provider_of_its_root_key(settings: Any, of_vault: Described) -> None:
    settings.CUSTODE_NEXT_ROOT_KEY = of_vault
    assert rootkeys.present() is rootkeys.present()
    assert rootkeys.following() is rootkeys.following()
    assert [key.describe() for key in rootkeys.held()][1:] == ["vault:transit/custode"]


def test_no_kit_is_printed_of_a_key_that_is_no_file(settings: Any, of_vault: Described) -> None:
    settings.CUSTODE_ROOT_KEY = in_the_place_of_the_old(of_vault)
    for step in ("make", "drill", "restore"):
        with pytest.raises(CommandError, match=r"vault:transit/custode: it never leaves Vault"):
            run(step)


LACKS = """
import django
django.setup()
from governance.management.commands.prepare import lacks_kit
print(lacks_kit())
"""


def test_a_kit_of_the_present_root_key_is_missed(
    keys: Keys, settings: Any, a_file: Described
) -> None:
    def lacks(given: Described) -> str:
        done = as_owner("-c", LACKS, given=given)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    old, new = dict(settings.CUSTODE_ROOT_KEY), in_the_place_of_the_old(a_file)
    assert lacks(old) == "True"
    run("make")
    assert lacks(old) == "False"
    rotated("root", given=old | a_file)
    assert lacks(new) == "True", "the kit is of the old one"
    have(settings, new, {})
    run("make")
    assert lacks(new) == "False"
