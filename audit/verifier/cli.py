"""The command line: every command ends in one verdict, and never in a traceback."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from . import certificate, entries, evidence, full, reconcile, tree
from .bundle import Bundle
from .leaves import Leaves, check_newest
from .policy import Keyring, Signed
from .proof import Proof
from .verdict import CANNOT_TELL, OK, USAGE, CannotTellError, TamperedError, Verdict

LEAF_DIGITS = 64


class UsageError(Exception):
    """The command line is not one of ours."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.format_usage()}{self.prog}: {message}")


def run(arguments: Sequence[str]) -> int:
    """Run a command, print its verdict, return the exit code."""
    try:
        chosen = _parser().parse_args(arguments)
        verdict = _verdict(chosen)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    sys.stdout.write(f"{verdict.json() if chosen.json else verdict}\n")
    return verdict.code


def _verdict(chosen: argparse.Namespace) -> Verdict:
    command: Callable[[argparse.Namespace], Verdict] = chosen.command
    try:
        return command(chosen)
    except (TamperedError, CannotTellError) as error:
        return Verdict.of(error)
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - hostile input: a verdict, never a traceback
        detail = f"something can not be read ({type(error).__name__})"
        return Verdict(CANNOT_TELL, detail, "unreadable")


def _full(chosen: argparse.Namespace) -> Verdict:
    outside = full.Outside(
        policy=_policy(chosen.policy),
        checkpoints=[_read(path) for path in chosen.checkpoint],
        spools=chosen.spool,
        accepts_gap=chosen.accept_gap,
    )
    return full.verify(chosen.bundle, outside)


def _checkpoint(chosen: argparse.Namespace) -> Verdict:
    signed = _keyring(chosen).open(_read(chosen.file))
    return Verdict(OK, f"a signed checkpoint of {signed.size} entries", size=signed.size)


def _inclusion(chosen: argparse.Namespace) -> Verdict:
    leaf = _leaf(chosen.leaf) if chosen.leaf else tree.leaf_hash(_read(chosen.entry))
    proof = Proof.parse(_read(chosen.proof))
    signed = proof.check(leaf, _keyring(chosen))
    return Verdict(OK, f"entry {proof.index} is in the log of {signed.size}", size=signed.size)


def _certificate(chosen: argparse.Namespace) -> Verdict:
    if chosen.mine is None:
        mine = None
    else:
        # From a stream by preference: what is typed as an argument stays in the shell's history.
        read = sys.stdin.buffer.read() if str(chosen.mine) == "-" else _read(chosen.mine)
        mine = read.decode("utf-8", "replace")
    proof = Proof.parse(_read(chosen.proof))
    return certificate.check(_read(chosen.file), proof, _keyring(chosen), mine=mine)


def _consistency(chosen: argparse.Namespace) -> Verdict:
    bundle = Bundle(chosen.bundle)
    keyring = full.keyring_of(bundle, _policy(chosen.policy))
    old, new = (keyring.open(_read(path)) for path in (chosen.old, chosen.new))
    node = tree.node_in_tiles(bundle.tile)
    try:
        proof = tree.consistency_proof(old.size, new.size, node)
        tree.check_consistency(
            old.size, new.size, old_root=old.root, new_root=new.root, proof=proof
        )
    except (ValueError, KeyError) as error:
        detail = f"{new.size} entries do not continue {old.size}"
        raise TamperedError("log_forked", detail, max(0, old.size - 1)) from error
    return Verdict(OK, f"{new.size} entries continue {old.size}", size=new.size)


def _reconcile(chosen: argparse.Namespace) -> Verdict:
    bundle, signed, leaves = _opened(chosen)
    if not chosen.spool and not chosen.receipts:
        msg = "give --spool or --receipts"
        raise UsageError(msg)
    known = leaves.hashes()
    count = sum(reconcile.check_spool(path, known, signed.time) for path in chosen.spool)
    count += sum(reconcile.check_receipts(path, known, signed.time) for path in chosen.receipts)
    return Verdict(OK, f"{count} committed entries are in the log", size=bundle.size)


def _evidence(chosen: argparse.Namespace) -> Verdict:
    bundle, _, leaves = _opened(chosen)
    for line in bundle.lines("entries.jsonl"):
        entry = entries.split(line)
        if entry.index == chosen.index:
            full.require_leaf(entry, leaves)
            payload = evidence.unseal(_leaf(chosen.key), entry.body, index=entry.index)
            return Verdict(OK, payload.decode("utf-8", "backslashreplace"), size=bundle.size)
    raise CannotTellError("incomplete", "the bundle has no such entry", chosen.index)


def _opened(chosen: argparse.Namespace) -> tuple[Bundle, Signed, Leaves]:
    bundle = Bundle(chosen.bundle)
    signed = full.keyring_of(bundle, _policy(chosen.policy)).open(bundle.read("checkpoint"))
    leaves = Leaves.load(signed.size, bundle.tile)
    check_newest(leaves, signed, ())
    return bundle, signed, leaves


def _keyring(chosen: argparse.Namespace) -> Keyring:
    keyring = Keyring.parse(_policy(chosen.policy) or "")
    if chosen.keys:
        found = len(list(chosen.keys.glob("*.note")))
        keyring.follow(_read(chosen.keys / f"{n}.note") for n in range(2, 2 + found))
    return keyring


def _policy(path: Path | None) -> str | None:
    return None if path is None else _read(path).decode("ascii", "replace")


def _leaf(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(text) != LEAF_DIGITS or len(found) != tree.HASH_BYTES:
        msg = "a leaf or key is 64 hexadecimal digits"
        raise UsageError(msg)
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        detail = f"{path.name} can not be read ({error.strerror})"
        raise CannotTellError("unreadable", detail) from error


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="custode_verify", description="Verify a Custode audit log.")
    commands = parser.add_subparsers(required=True, parser_class=_Parser)

    def command(name: str, does: Callable[[argparse.Namespace], Verdict]) -> _Parser:
        found: _Parser = commands.add_parser(name, help=does.__doc__)
        found.set_defaults(command=does)
        found.add_argument("--json", action="store_true", help="the verdict as JSON")
        needs = name in {"checkpoint", "inclusion", "certificate"}
        found.add_argument("--policy", type=Path, required=needs, help="your copy of policy.txt")
        return found

    whole = command("full", _full)
    whole.add_argument("bundle", type=Path)
    whole.add_argument("--checkpoint", type=Path, action="append", default=[])
    whole.add_argument("--spool", type=Path, action="append", default=[])
    whole.add_argument("--accept-gap", action="store_true")
    one = command("checkpoint", _checkpoint)
    one.add_argument("file", type=Path)
    included = command("inclusion", _inclusion)
    included.add_argument("proof", type=Path)
    which = included.add_mutually_exclusive_group(required=True)
    which.add_argument("--leaf", help="hash of the entry, hex, as in the receipt")
    which.add_argument("--entry", type=Path, help="the bytes of the entry")
    certified = command("certificate", _certificate)
    certified.add_argument("file", type=Path)
    certified.add_argument("--proof", type=Path, required=True)
    certified.add_argument("--mine", type=Path, help="secret and identifiers, - for stdin")
    for narrow in (one, included, certified):
        narrow.add_argument("--keys", type=Path, help="folder of key notes")
    consistent = command("consistency", _consistency)
    consistent.add_argument("old", type=Path)
    consistent.add_argument("new", type=Path)
    consistent.add_argument("--bundle", type=Path, required=True)
    reconciled = command("reconcile", _reconcile)
    reconciled.add_argument("bundle", type=Path)
    reconciled.add_argument("--spool", type=Path, action="append", default=[])
    reconciled.add_argument("--receipts", type=Path, action="append", default=[])
    shown = command("evidence", _evidence)
    shown.add_argument("bundle", type=Path)
    shown.add_argument("index", type=int)
    shown.add_argument("--key", required=True, help="audit key of the person, hex")
    return parser
