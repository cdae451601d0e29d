"""The ledger outside both databases: what has to be repeated after a restore.

Follows docs/spec/erasure.md, section 9. The keystore numbers the lines (`crypto_ledger`); each is
also a file `ledger/<seq 12 digits>-<hash>.json` in the export folder of the log, so that it does
not die with the keystore.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import rfc8785

from audit.anchors.folder import ExportFolder, FolderError
from governance.crypto.orders import Line

KIND = "ledger"


@dataclass(frozen=True, slots=True)
class Written:
    """One line of the ledger.

    Attributes
    ----------
    seq : its number, from 1, without gaps
    outbox : number in the main database of what it tells; None where the keystore wrote it
    body : what has to be repeated, by `kind`
    """

    seq: int
    controller: UUID | None
    kind: str
    outbox: int | None
    body: Mapping[str, Any]


def export(folder: ExportFolder, line: Written) -> None:
    """Put a line into the folder; it is there for good when this returns. Repeating is harmless."""
    said = {
        "seq": line.seq,
        "controller": str(line.controller) if line.controller else None,
        "kind": line.kind,
        "outbox": line.outbox,
        "body": line.body,
    }
    folder.write(KIND, f"{line.seq:012}-", [rfc8785.dumps(said)], ".json")


def numbers(folder: ExportFolder) -> set[int]:
    """Return the numbers of the lines that the folder has."""
    return {int(path.name[:12]) for path in (folder.path / KIND).glob("*-*.json")}


def read(folder: ExportFolder, *, after: int = 0) -> Iterator[Written]:
    """Yield the lines of the folder above a number, in order; files cut off are left out.

    Raises
    ------
    FolderError
        a whole file is not a line of the ledger
    """
    for raw in folder.notes(KIND, "*.json"):
        try:
            said = json.loads(raw)
            if int(said["seq"]) <= after:
                continue
            controller = UUID(said["controller"]) if said["controller"] else None
            yield Written(
                int(said["seq"]), controller, str(said["kind"]), said["outbox"], dict(said["body"])
            )
        except (ValueError, KeyError, TypeError) as error:
            msg = "a file of the ledger can not be read"
            raise FolderError(msg) from error


def erased(folder: ExportFolder) -> dict[UUID, frozenset[Line]]:
    """Return the keys that lines `erased` say were destroyed, by controller.

    Raises
    ------
    FolderError
    """
    found: dict[UUID, set[Line]] = defaultdict(set)
    for line in read(folder):
        if line.kind == "erased" and line.controller:
            found[line.controller] |= set(_lines(line.body))
    return {controller: frozenset(lines) for controller, lines in found.items()}


def _lines(body: Mapping[str, Any]) -> Iterator[Line]:
    try:
        for text in body["lines"]:
            subject, scope, version = text.strip().split("|")
            yield Line(UUID(subject), scope, int(version))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        msg = "a line `erased` of the ledger can not be read"
        raise FolderError(msg) from error
