"""The certificate verifies without us, and with a changed byte it does not."""

import base64
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from audit.verifier import certificate, cli, tree
from audit.verifier.policy import Keyring
from audit.verifier.proof import Proof
from audit.verifier.verdict import CannotTellError, TamperedError
from governance.crypto import normalise
from tests.audit.ledger import Ledger, naive_root

ERASURE = "0190a000-0000-7000-8000-00000000e5a5"
SECRET = bytes(range(32))
MINE = f"r {SECRET.hex()}\nemail Anna.Bianchi@Example.it\nphone +39 347 123 4567\n"
COMMITTED = ["email|1|anna.bianchi@example.it", "phone|1|+393471234567"]


@dataclass
class Handed:
    """What a person gets, and the log it is from."""

    log: Ledger
    file: bytes
    proof: bytes

    @property
    def keyring(self) -> Keyring:
        keyring = Keyring.parse(self.log.policy())
        keyring.follow(text.encode() for text in self.log.rolls)
        return keyring

    def check(self, *, file: bytes | None = None, proof: bytes | None = None, **more: Any) -> str:
        proven = Proof.parse(self.proof if proof is None else proof)
        return str(certificate.check(file or self.file, proven, self.keyring, **more))


def a_body(**more: Any) -> dict[str, Any]:
    commitment = {"c": certificate.commitment(SECRET, COMMITTED), "email": 1, "phone": 1}
    return {"version": 2, "erasure": ERASURE, "round": 1, "controller": "Società Àncora",
            "commitment": commitment, **more}  # fmt: skip


def proof_of(log: Ledger, index: int) -> bytes:
    """A proof by the definition of RFC 6962, not by the product's tiles."""

    def node(level: int, at: int) -> bytes:
        return naive_root(log.leaves[at << level : (at + 1) << level])

    hashes = tree.inclusion_proof(index, len(log.leaves), node)
    lines = ["c2sp.org/tlog-proof@v1", f"index {index}"]
    lines += [base64.b64encode(h).decode() for h in hashes]
    return ("\n".join(lines) + "\n\n" + log.notes[-1]).encode()


def handed(
    body: dict[str, Any] | None = None, *, act: str = "subject.erased", rolled: bool = False,
    **said: Any,
) -> Handed:  # fmt: skip
    body = a_body() if body is None else body
    log = Ledger()
    for _ in range(5):
        log.append()
    reason = f"certificate.{certificate.digest(body)}"
    index = log.append(act, record=ERASURE, **{"reason": reason} | said)
    for _ in range(3):
        log.append()
    if rolled:
        log.roll()
        log.append()
    log.sign()
    entry = log.rows[index].raw.decode()
    return Handed(log, rfc8785.dumps({"body": body, "entry": entry}), proof_of(log, index))


def kind_of(given: Handed, **more: Any) -> str:
    with pytest.raises((TamperedError, CannotTellError)) as error:
        given.check(**more)
    return error.value.kind


@pytest.mark.parametrize("rolled", [False, True])
def test_it_verifies(rolled: bool) -> None:
    given = handed(rolled=rolled)
    size = 10 if rolled else 9
    want = f"ok: certified by entry 5 of {size}, stamped 2026-09-21T14:14:02.000000Z"
    assert given.check() == want


def test_one_changed_byte_anywhere_fails() -> None:
    """Every byte of the file and of the proof, in its low bit and to another letter."""
    given = handed()
    for name in ("file", "proof"):
        whole = getattr(given, name)
        for at, byte in enumerate(whole):
            for other in {byte ^ 1, byte ^ 0x20, (byte + 4) % 256}:
                changed = whole[:at] + bytes([other]) + whole[at + 1 :]
                kind = kind_of(given, **{name: changed})
                assert kind in {
                    "form_changed", "certificate_changed", "tree_changed", "signature_invalid",
                    "unreadable", "other_log",
                }, (name, at, other)  # fmt: skip
        for more in (whole[:-1], whole + b"\n", b" " + whole):
            assert kind_of(given, **{name: more})


def test_what_was_changed_is_named() -> None:
    given = handed()
    said = json.loads(given.file)
    other = rfc8785.dumps(said | {"body": said["body"] | {"round": 2}})
    assert kind_of(given, file=other) == "certificate_changed"
    body, env = said["entry"].split("\n")
    forged = said | {"entry": body.replace("agent", "owner") + "\n" + env}
    assert kind_of(given, file=rfc8785.dumps(forged)) == "tree_changed"
    assert kind_of(given, file=rfc8785.dumps(said | {"r": "x"})) == "form_changed"
    assert kind_of(given, file=json.dumps(said).encode()) == "form_changed"
    assert kind_of(handed(a_body(erasure=ERASURE[:-1] + "6"))) == "certificate_changed"
    for act, outcome in (("erasure.planned", "done"), ("subject.erased", "failed")):
        assert kind_of(handed(act=act, outcome=outcome)) == "certificate_changed"


def test_a_checkpoint_by_nobody_we_trust_signs_no_certificate() -> None:
    given = handed()
    stranger = Ledger(seed=bytes(32))
    stranger.rows, stranger.leaves = given.log.rows, given.log.leaves
    stranger.sign()
    assert kind_of(given, proof=proof_of(stranger, 5)) == "signature_invalid"


def test_the_physical_time_is_an_entry_of_its_own() -> None:
    gone = 1_790_700_000
    given = handed(act="key.physically_destroyed", counts={"removed_at": gone})
    assert given.check().endswith("the keys had left the keystore at 2026-09-29T16:40:00Z")
    assert "left" not in handed().check()


def test_one_of_version_1_is_in_the_log_and_not_named_by_it() -> None:
    old = handed({"version": 1, "erasure": ERASURE}, reason="certified")
    assert kind_of(old) == "version_1"
    assert kind_of(handed(reason="certified")) == "certificate_changed"


# Whose it is


def test_the_person_shows_that_it_is_theirs() -> None:
    given = handed()
    assert given.check(mine=MINE).endswith("; about the identifiers given")
    more = MINE + "email anna@lavoro.example\nphone 0039 06 1234567\n"
    assert given.check(mine=more).endswith("; about the identifiers given")


@pytest.mark.parametrize(
    ("mine", "kind"),
    [
        (MINE.replace("Anna", "Carla"), "other_identifiers"),
        (MINE.replace("00", "ff", 1), "other_identifiers"),
        (MINE.partition("phone")[0], "other_identifiers"),
        (MINE.partition("\n")[2], "unreadable"),
        (MINE + "name Anna\n", "unreadable"),
        (MINE + "".join(f"email a{i}@example.it\nphone +39061{i:06}\n" for i in range(200)),
         "too_many"),
    ],
)  # fmt: skip
def test_who_has_other_identifiers_or_no_secret_shows_nothing(mine: str, kind: str) -> None:
    assert kind_of(handed(), mine=mine) == kind


def test_the_commitment_is_hmac_over_sorted_lines() -> None:
    """By another implementation: `openssl dgst -sha256 -mac HMAC`."""
    want = "eeecb88fa335d2639526d38fb3f438bc75857e83b32dd1b05473c52130c9035a"
    got = certificate.commitment(SECRET, reversed(COMMITTED))
    assert got == certificate.commitment(SECRET, COMMITTED) == want


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("email", "Anna.Bianchi@Example.IT"), ("email", " a+b@posta.example "),
        ("phone", "+39 347 123.4567"), ("phone", "0039 06-123456"),
        ("fiscal_code", "rss mra 85t10 a562s"),
    ],
)  # fmt: skip
def test_identifiers_are_written_as_the_product_writes_them(kind: str, written: str) -> None:
    assert certificate.normal(kind, written) == getattr(normalise, kind)(written)
    assert certificate.NORMAL_FORM == normalise.VERSION


# The command


def test_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = handed(rolled=True)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "2.note").write_text(given.log.rolls[0])
    for name, content in (
        ("file", given.file), ("proof", given.proof), ("policy", given.log.policy().encode()),
        ("mine", MINE.encode()), ("other", given.file.replace(b'"round":1', b'"round":3')),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(content)

    def run(file: str, *more: str) -> int:
        paths = [str(tmp_path / name) for name in (file, "proof", "policy", "keys")]
        command = ["certificate", paths[0], "--proof", paths[1], "--policy", paths[2]]
        return cli.run([*command, "--keys", paths[3], *more])

    assert run("file") == 0
    assert capsys.readouterr().out.startswith("ok: certified by entry 5 of 10")
    assert run("file", "--mine", str(tmp_path / "mine")) == 0
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MINE.encode())))
    assert run("file", "--mine", "-") == 0
    assert capsys.readouterr().out.count("about the identifiers given") == 2
    assert run("other", "--json") == 1
    assert json.loads(capsys.readouterr().out)["class"] == "certificate_changed"
    assert run("missing") == 2
    assert cli.run(["certificate", str(tmp_path / "file")]) == 3
