"""Entries as they are stored and exported: canonical JSON of the body, 0x0A, of the envelope."""

import json
import re
from datetime import datetime
from typing import Any

from .verdict import TamperedError

LARGEST = 2**53  # RFC 8785: integers beyond are not the same everywhere
MAX_BYTES = 61_440  # 60 KiB
ENV = b',"env":{"at":"'
STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
START = re.compile(rb'\{"index":(0|[1-9][0-9]{0,15}),"body":')
TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


class FormError(ValueError):
    """Bytes are not an entry in the one form that is allowed; the text says why."""


def _refuse(what: str) -> float:
    msg = f"{what} is no value of an entry"
    raise FormError(msg)


def _integer(text: str) -> int:
    if len(text) > len(str(LARGEST)) or abs(number := int(text)) >= LARGEST:
        msg = "an integer is 2^53 or beyond"
        raise FormError(msg)
    return number


_decode = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse, parse_int=_integer).decode
_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, sort_keys=True,
    separators=(",", ":"),
).encode  # fmt: skip


def parse(line: bytes) -> dict[str, Any]:
    """Return the object of one line of JSON.

    Raises
    ------
    FormError
        it is not JSON, not an object, or holds floats, NaN or integers from 2^53 on
    """
    try:
        found = _decode(line.decode())
    except FormError:
        raise
    except (ValueError, RecursionError) as error:
        msg = "it is not JSON in UTF-8"
        raise FormError(msg) from error
    if not isinstance(found, dict):
        msg = "it is not an object"
        raise FormError(msg)
    return found


def require_canonical(value: dict[str, Any], line: bytes) -> None:
    """Check that a line is the one way to write what it says, RFC 8785; doubled keys are not.

    Keys of entries are ASCII, for which the order of code points is that of UTF-16.

    Raises
    ------
    FormError
    """
    try:
        written = _encode(value).encode()
    except (ValueError, RecursionError) as error:  # a lone surrogate
        msg = "it holds what no UTF-8 text can"
        raise FormError(msg) from error
    if written != line:
        msg = "it is not in canonical form (RFC 8785)"
        raise FormError(msg)


class Entry:
    """An entry and its place; read when it is first looked into.

    Attributes
    ----------
    index : its place in the tree
    raw : the bytes that were hashed
    """

    __slots__ = ("_body", "_env", "index", "raw")

    def __init__(self, index: int, raw: bytes) -> None:
        self.index, self.raw = index, raw
        self._body: dict[str, Any] | None = None
        self._env: dict[str, Any] | None = None

    @property
    def body(self) -> dict[str, Any]:
        """What the application said; `TamperedError` where it can not be read."""
        if self._body is None:
            self._body = self._parsed(0)
        return self._body

    @property
    def env(self) -> dict[str, Any]:
        """What the database stamped; `TamperedError` where it can not be read."""
        if self._env is None:
            self._env = self._parsed(1)
        return self._env

    @property
    def at(self) -> float:
        """When it was stamped, Unix seconds."""
        text = self.env.get("at")
        try:
            if type(text) is str and STAMP.fullmatch(text):
                return datetime.fromisoformat(text).timestamp()
        except ValueError:
            pass
        raise self.broken("the time of its stamp can not be read")

    def require_form(self) -> None:
        """Check the canonical form and the size; `TamperedError` where it is not kept."""
        first, _, second = self.raw.partition(b"\n")
        try:
            if len(self.raw) > MAX_BYTES:
                msg = "it is larger than 60 KiB"
                raise FormError(msg)  # noqa: TRY301 - one place says that the form is broken
            require_canonical(self.body, first)
            require_canonical(self.env, second)
        except FormError as error:
            raise self.broken(str(error)) from error

    def broken(self, why: str) -> TamperedError:
        """Return the error that says that this entry can not be read."""
        return TamperedError("form_changed", f"the entry can not be read: {why}", self.index)

    def text(self, *path: str) -> str:
        """Return a text of the body, empty where it is not there."""
        value: Any = self.body
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        return value if isinstance(value, str) else ""

    def number(self, *path: str) -> int:
        """Return an integer of the body; -1 where there is none."""
        value: Any = self.body
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        return value if type(value) is int else -1

    def _parsed(self, half: int) -> dict[str, Any]:
        halves = self.raw.split(b"\n")
        try:
            if len(halves) != 2:  # noqa: PLR2004 - body and envelope
                msg = "it is not two lines"
                raise FormError(msg)  # noqa: TRY301 - one place says that the form is broken
            return parse(halves[half])
        except FormError as error:
            raise self.broken(str(error)) from error


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
        raise FormError(msg)
    body, env = line[start.end() : cut], line[cut + len(b',"env":') : -1]
    return Entry(int(start[1]), body + b"\n" + env)


def table_row(entry: Entry) -> list[str]:
    """Return an entry's row of `entries.csv`; no cell is a formula."""
    body, actor, record = entry.body, entry.body.get("actor"), entry.body.get("obj")
    actor = actor if isinstance(actor, dict) else {}
    record = record if isinstance(record, dict) else {}
    members = body.get("members")
    cells = (
        entry.index, body.get("id", ""), entry.env.get("at", ""), body.get("act", ""),
        body.get("outcome", ""), body.get("purpose", ""), actor.get("k", ""),
        actor.get("role", ""), actor.get("p", ""),
        ":".join(str(record[part]) for part in ("t", "id") if part in record),
        members.get("n", "") if isinstance(members, dict) else "",
    )  # fmt: skip
    texts = [str(cell) for cell in cells]
    return [f"'{text}" if text.startswith(RISKY) else text for text in texts]


RISKY = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "index", "id", "at", "act", "outcome", "purpose",
    "actor_kind", "actor_role", "actor", "object", "members",
)  # fmt: skip
