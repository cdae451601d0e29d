"""Entries as they are stored and exported: canonical JSON of the body, 0x0A, of the envelope."""

import json
import re
from datetime import datetime
from typing import Any

from . import form
from .verdict import TamperedError

ENV = b',"env":{"at":"'
START = re.compile(rb'\{"index":(0|[1-9][0-9]{0,15}),"body":')
TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


class Entry:
    """An entry and its place; read when it is first looked into.

    `entry["act"]` is a member by its name in `form`, empty where it is not there.

    Attributes
    ----------
    index : its place in the tree
    raw : the bytes that were hashed
    """

    __slots__ = ("_said", "index", "raw")

    def __init__(self, index: int, raw: bytes) -> None:
        self.index, self.raw = index, raw
        self._said: re.Match[str] | None = None

    def read(self) -> re.Match[str]:
        """Return the members; `TamperedError` where the bytes are not an entry's."""
        if self._said is None:
            try:
                self._said = form.read(self.raw)
            except form.FormError as error:
                raise self.broken(str(error)) from error
        return self._said

    def __getitem__(self, name: str) -> str:
        return self.read()[name] or ""

    @property
    def body(self) -> dict[str, Any]:
        """All that the application said."""
        self.read()
        found: dict[str, Any] = json.loads(self.raw.partition(b"\n")[0])
        return found

    @property
    def stamped(self) -> datetime:
        """When it was stamped."""
        try:
            return datetime.fromisoformat(self["at"])
        except ValueError as error:
            raise self.broken("the time of its stamp is none") from error

    @property
    def at(self) -> float:
        """When it was stamped, Unix seconds."""
        return self.stamped.timestamp()

    def count(self, name: str) -> int:
        """Return a figure of `counts`; -1 where there is none."""
        found: int = json.loads(self["counts"] or "{}").get(name, -1)
        return found

    def broken(self, why: str) -> TamperedError:
        """Return the error that says that this entry can not be read."""
        return TamperedError("form_changed", f"the entry can not be read: {why}", self.index)


def split(line: bytes) -> Entry:
    """Return the entry of a line of `entries.jsonl`, without its line end.

    Raises
    ------
    FormError
        it is not `{"index":…,"body":…,"env":…}`
    """
    start = START.match(line)
    cut = line.rfind(ENV)
    if not start or cut < start.end() or not line.endswith(b"}}"):
        msg = "the line is not index, body and env"
        raise form.FormError(msg)
    body, env = line[start.end() : cut], line[cut + len(b',"env":') : -1]
    return Entry(int(start[1]), body + b"\n" + env)


def table_line(entry: Entry) -> str:
    """Return an entry's line of `entries.csv`.

    No value of an entry needs quotes, and none is a formula: `form` lets no such character in.
    """
    *cells, kind, record, members = entry.read().group(*MEMBERS)
    cells += (f"{kind}:{record}" if record else kind, members)
    return f"{entry.index},{','.join([cell or '' for cell in cells])}\r\n"


MEMBERS = (
    "id", "at", "act", "outcome", "purpose", "kind", "role", "actor", "type", "record", "members",
)  # fmt: skip
HEADER = "index,id,at,act,outcome,purpose,actor_kind,actor_role,actor,object,members\r\n"
