"""A second verifier, in Go on another library, comes to the same verdict as ours.

`tests/audit/go` shares no code with `audit/verifier`: what both say was understood twice from
docs/spec/audit-log.md and docs/spec/audit-bundle.md.
"""

import copy
import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from audit.verifier import cli, note
from tests.audit import ledger
from tests.audit.attacks import ATTACKS, Attacker, damaged
from tests.audit.ledger import Files, Ledger
from tests.audit.test_verifier import BAD_LINES, WHOLE, clean_logs, with_a_line

SOURCE = Path(__file__).parent / "go"
GOPATH = Path("/usr/share/gocode")  # of Debian's golang-golang-x-mod-dev
Compare = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verifier in Go, built once."""
    go = shutil.which("go")
    if go is None or not (GOPATH / "src/golang.org/x/mod/sumdb/note").is_dir():
        pytest.skip("needs Debian's golang-go and golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    where = {"GO111MODULE": "off", "GOPATH": str(GOPATH), "CGO_ENABLED": "0", "GOFLAGS": ""}
    cache = {} if {"HOME", "GOCACHE"} & set(os.environ) else {"GOCACHE": str(folder / "cache")}
    built = subprocess.run(
        [go, "build", "-o", folder / "verify", "."],
        cwd=SOURCE, env=os.environ | where | cache, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    return folder / "verify"


@pytest.fixture
def compare(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Compare:
    """Demand one verdict of both for a bundle, and return it."""

    def judge(
        files: Files,
        *,
        policy: str | None = None,
        held: Sequence[str] = (),
        more: Sequence[str] = (),
    ) -> dict[str, Any]:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        words = ["full", str(files.write(folder / "bundle")), "--json", *more]
        if policy is not None:
            (folder / "policy").write_text(policy)
            words += ["--policy", str(folder / "policy")]
        for n, text in enumerate(held):
            (folder / f"held-{n}").write_text(text)
            words += ["--checkpoint", str(folder / f"held-{n}")]
        code = cli.run(words)
        ours: dict[str, Any] = json.loads(capsys.readouterr().out)
        ran = subprocess.run([program, *words], capture_output=True, text=True, check=False)
        assert ran.stdout, ran.stderr
        theirs = json.loads(ran.stdout)
        details = ours.pop("detail"), theirs.pop("detail")
        assert (code, ours) == (ran.returncode, theirs), details
        shutil.rmtree(folder / "bundle")
        return ours

    return judge


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: a.__name__)
def test_both_name_what_was_done(attack: Attacker, compare: Compare, is_long: bool) -> None:
    for position in range(20 if is_long else 3):
        made = attack(copy.deepcopy(WHOLE), random.Random(position))
        found = compare(made.files, policy=WHOLE.policy(), held=made.held)
        assert found["class"] in made.kind.split("|")


def test_both_find_nothing_where_nothing_is_wrong(compare: Compare, is_long: bool) -> None:
    assert compare(WHOLE.bundle(), policy=WHOLE.policy(), held=WHOLE.notes)["verdict"] == "ok"
    assert compare(WHOLE.bundle())["class"] == "policy_not_yours"
    for _seed, log, held in clean_logs(1000 if is_long else 15):
        assert compare(log.bundle(), policy=log.policy(), held=held)["verdict"] == "ok"


def test_both_say_which_tile_is_missing(compare: Compare) -> None:
    for name in WHOLE.tiles(len(WHOLE.leaves)):
        for is_there in (False, True):
            files = WHOLE.bundle()
            files.files[name] = files.files[name][:-1]
            if not is_there:
                del files.files[name]
            assert compare(files, policy=WHOLE.policy())["class"] == "missing_tile"


def test_both_demand_that_all_tiles_follow(compare: Compare) -> None:
    """And reckon with tiles that no bundle of `a_year` has: two levels, full ones."""
    for size in (256, 257, 600):
        log = ledger.a_year(size - 8)
        assert compare(log.bundle(), policy=log.policy())["verdict"] == "ok"
        for name in log.tiles(len(log.leaves)):
            files = log.bundle()
            content = bytearray(files.files[name])
            content[-1] ^= 1
            files.files[name] = bytes(content)
            assert compare(files, policy=log.policy())["class"] == "tree_changed"


@pytest.mark.parametrize("bad", BAD_LINES)
def test_both_refuse_what_is_not_canonical(bad: str, compare: Compare) -> None:
    log, files = with_a_line(bad)
    found = compare(files, policy=log.policy())
    assert (found["class"], found["index"]) == ("form_changed", 1)


def test_both_judge_what_was_damaged(compare: Compare, is_long: bool) -> None:
    rounds = 2000 if is_long else 40
    for round_, _, files in damaged(WHOLE.bundle(), rounds=rounds, seed=11):
        compare(files, policy=WHOLE.policy() if round_ % 4 else None)


VALUES: dict[type, tuple[Any, ...]] = {
    bool: (True, False),
    int: (0, 1, 2, 3, 40, 2**53 - 1, -1, -(2**40)),
    str: (
        "", "x", "=1+1", "-2", 'a"b,c', "\u00e9\n", "ab" * 32, "log.counted", "log.pruned",
        "key.destroyed", "2026-02-30T00:00:00.000000Z", "2026-09-01T00:00:00.000000Z",
    ),
    list: ([], ["x"]),
    dict: ({}, {"n": 0}),
}  # fmt: skip
ABSENT = {
    "members": dict, "subj": list, "mut": bool, "ver": int, "prev": str, "wseq": int,
    "pruned": dict, "counts": dict,
}  # fmt: skip


def test_both_judge_what_was_sealed_wrong(compare: Compare, is_long: bool) -> None:
    """Entries that say something else, under a tree and checkpoints that were made over them."""
    chance = random.Random(5)
    for _ in range(1000 if is_long else 60):
        log = copy.deepcopy(WHOLE)
        rows = [row for row in log.rows if row.is_ours and row.pruned_by is None]
        rare = [row for row in rows if row.body["act"] not in {"data.read", "request.answered"}]
        row = chance.choice(chance.choice([rows, rare]))
        _say_otherwise(chance.choice([row.body, row.env]), chance)
        _seal_again(log)
        try:
            files = log.bundle()
        except (KeyError, AttributeError, TypeError):
            continue  # the ledger can not write a table of it
        compare(files, policy=WHOLE.policy())


def _say_otherwise(said: dict[str, Any], chance: random.Random) -> None:
    """Change one member, deep down, to another of its type, to null or to nothing."""
    name = chance.choice(sorted((said.keys() | ABSENT.keys()) - {"controller"}))
    old = said.get(name)
    if isinstance(old, dict) and old and chance.random() < 0.8:
        _say_otherwise(old, chance)
    elif chance.random() < 0.15:
        said.pop(name, None)
    elif chance.random() < 0.1:
        said[name] = None
    else:
        said[name] = chance.choice(VALUES[type(old) if name in said else ABSENT[name]])


def _seal_again(log: Ledger) -> None:
    """Make leaves and checkpoints again, each with its keys and time."""
    log.leaves = [row.leaf for row in log.rows]
    signers = [signer for pair in log.pairs() for signer in (pair.log, pair.time)]
    notes, log.notes = log.notes, []
    for text in notes:
        body, lines = note.split_note(text)
        said = note.Checkpoint.parse(body)
        blobs = {blob[:4]: blob[4:] for _, blob in lines}
        time = next(int.from_bytes(b[:8], "big") for b in blobs.values() if len(b) > 64)
        made = note.Checkpoint(said.origin, said.size, ledger.naive_root(log.leaves[: said.size]))
        own = [signer for signer in signers if signer.key.id in blobs]
        log.notes.append(note.sign(made.text(), own, time=time))


def test_both_refuse_another_log_and_another_policy(compare: Compare) -> None:
    other = Ledger(seed=bytes(32))
    other.append()
    foreign = other.sign().replace("acme.example", "evil.example")
    for held, kind in ((foreign, "other_log"), (other.notes[-1], "signature_invalid")):
        assert compare(WHOLE.bundle(), policy=WHOLE.policy(), held=[held])["class"] == kind
    assert compare(WHOLE.bundle(), policy=other.policy())["class"] == "signature_invalid"
    wrong = WHOLE.policy().replace("quorum time", "quorum none")
    for policy in (wrong, "", WHOLE.policy() * 2):
        assert compare(WHOLE.bundle(), policy=policy)["class"] == "policy_unreadable"


def gap() -> tuple[Ledger, list[str]]:
    """A log of a second epoch; checkpoints of the first below the gap and beyond it."""
    log = Ledger()
    for _ in range(5):
        log.append()
    below, beyond = log.sign(), log.sign(size=9)
    log.notes.remove(beyond)
    log.epoch = 2
    log.append("log.gap")
    log.sign()
    return log, [below, beyond]


@pytest.mark.parametrize("more", [(), ("--accept-gap",)])
def test_both_speak_of_a_declared_gap(more: tuple[str, ...], compare: Compare) -> None:
    log, (below, _) = gap()
    found = compare(log.bundle(), policy=log.policy(), held=[below], more=more)
    assert found["class"] == (None if more else "log_gap")


@pytest.mark.parametrize("more", [(), ("--accept-gap",)])
def test_both_pass_over_what_a_gap_left_behind(more: tuple[str, ...], compare: Compare) -> None:
    log, held = gap()
    found = compare(log.bundle(), policy=log.policy(), held=held, more=more)
    assert found["class"] == (None if more else "log_gap")


@pytest.mark.parametrize("months", [0, 10**6])
def test_both_judge_a_pruning_that_can_not_be(months: int, compare: Compare) -> None:
    """Of nothing, or with a period that ends after the last year a calendar has."""
    log = Ledger()
    for _ in range(3):
        log.append()
    log.sign()
    if months:
        log.prune([0], months=months)
    else:
        empty = ledger.sha(b"").hex()
        log.append(
            "log.pruned",
            pruned={"digest": empty, "first": 0, "last": 0, "months": 12, "removed": 0},
        )
    log.sign()
    found = compare(log.bundle(), policy=log.policy())
    assert found["class"] == ("pruned_early" if months else "pruned_wrongly")


@pytest.mark.parametrize("act", ["log.restored", "log.verified"])
def test_both_know_numbers_that_were_drawn_again(act: str, compare: Compare) -> None:
    """After a restore, before the log was made whole: only where an entry says so."""
    log = Ledger()
    for _ in range(12):
        log.append()
    for index in (10, 11):  # the database was of the time of entry 6, and knew no more
        log.rows[index].env["wseq"] = index - 3
    log.append(act, counts={"from": 6, "returned": 2, "to": 10})
    log.sign()
    _seal_again(log)
    found = compare(log.bundle(), policy=log.policy())
    said = (found["class"], found["index"])
    assert said == ((None, None) if act == "log.restored" else ("tree_changed", 10))
