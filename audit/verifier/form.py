"""The one form of an entry: canonical JSON (RFC 8785) whose members are of the types they may be.

Follows docs/spec/audit-log.md, section 2. One expression says it all, so that what is read once by
it needs no further look at types, order or escapes; names of members are ASCII, and sorted.
"""

import itertools
import json
import re
from typing import Any

LARGEST = 2**53  # RFC 8785: integers beyond are not the same everywhere
BEYOND = 10**15  # an entry's own are below, which one expression can tell
MAX_BYTES = 61_440  # 60 KiB


class FormError(ValueError):
    """Bytes are not in the one form that is allowed; the text says why."""


WORD = r"[A-Za-z][A-Za-z0-9_.:\-]*+"
INTEGER = r"(?:0|[1-9][0-9]{0,14}+)"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
HASH = r"[0-9a-f]{64}"
PSEUDONYM = r"[0-9a-f]{32}"
# A role of the database may be called anything: all that RFC 8785 lets stand in a text.
TEXT = r'(?:[^"\\\x00-\x1f]|\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f])))*+'
EVIDENCE = rf'\{{"ct":"(?:[0-9a-f]{{2}})*+","kc":"{HASH}","p":"{PSEUDONYM}"\}}'


def _list(item: str, count: str = "*") -> str:
    """Return the expression of an array; `count` is of the items after the first."""
    return rf"\[(?:{item}(?:,{item}){count}+)?\]"


FIELDS = _list(f'"{WORD}"')
SUBJECTS = _list(f'"{PSEUDONYM}"', "{0,19}")
BODY = (
    rf'\{{"act":"(?P<act>{WORD})",'
    rf'(?:"activity":"{WORD}",)?'
    rf'"actor":\{{"k":"(?P<kind>{WORD})",(?:"p":"(?P<actor>{PSEUDONYM})",)?'
    rf'"role":"(?P<role>{WORD})"\}},'
    rf'(?:"basis":"{WORD}",)?'
    rf'"controller":"(?P<controller>{UUID})",'
    rf'(?:"counts":(?P<counts>\{{"{WORD}":{INTEGER}(?:,"{WORD}":{INTEGER})*+\}}),)?'
    rf'(?:"evidence":{_list(EVIDENCE)},)?'
    rf'(?:"fields":{FIELDS},)?'
    rf'"id":"(?P<id>{UUID})",'
    rf'(?:"members":\{{"digest":"(?P<digest>{HASH})","n":(?P<members>{INTEGER}),'
    rf'"unnamed":{INTEGER}\}},)?'
    rf'"month":"[0-9]{{4}}-[0-9]{{2}}",'
    rf'(?P<mut>"mut":true,)?'
    rf'(?:"obj":\{{(?:"id":"(?P<record>{UUID})",)?"t":"(?P<type>{WORD})"\}},)?'
    rf'(?:"operation":"{WORD}",)?'
    rf'"outcome":"(?P<outcome>done|refused|failed)",'
    rf'(?:"pruned":(?P<pruned>\{{"digest":"{HASH}","first":{INTEGER},"last":{INTEGER},'
    rf'"months":{INTEGER},"removed":{INTEGER}\}}),)?'
    rf'"purpose":"(?P<purpose>{WORD})",'
    rf'(?:"reason":"{WORD}",)?'
    rf'(?:"subj":(?P<subj>{SUBJECTS}),)?'
    rf'"v":(?P<v>[12])\}}'
)
ENV = (
    r'\{"at":"(?P<at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z)",'
    rf'"db_user":"{TEXT}",'
    rf'(?:"prev":"(?P<prev>{HASH})",)?'
    rf'(?:"ver":(?P<ver>{INTEGER}),)?'
    rf'(?:"wseq":(?P<wseq>{INTEGER}),)?'
    r'"xid":"[1-9][0-9]{0,19}"\}'
)
_body = re.compile(BODY)
_entry = re.compile(f"{BODY}\n{ENV}")
_count = re.compile(rf'"({WORD})":')


def read(raw: bytes) -> re.Match[str]:
    """Return the members of an entry by name; those that are not there are None.

    Raises
    ------
    FormError
        the bytes are in another form; the text says in which respect
    """
    try:
        found = _entry.fullmatch(raw.decode())
    except UnicodeDecodeError:
        found = None
    if found is None or len(raw) > MAX_BYTES or not _are_sorted(found["counts"]):
        raise FormError(_reason(raw))
    return found


def is_body(body: bytes) -> bool:
    """Tell whether an entry with this body can be verified."""
    found = _body.fullmatch(body.decode())
    return found is not None and _are_sorted(found["counts"])


def _are_sorted(counts: str | None) -> bool:
    if counts is None:
        return True
    names = _count.findall(counts)
    return all(a < b for a, b in itertools.pairwise(names))


def _reason(raw: bytes) -> str:
    """Return in which respect bytes that are no entry are none."""
    if len(raw) > MAX_BYTES:
        return "it is larger than 60 KiB"
    lines = raw.split(b"\n")
    if len(lines) != 2:  # noqa: PLR2004 - body and envelope
        return "it is not two lines"
    try:
        for line in lines:
            require_canonical(parse(line), line)
    except FormError as error:
        return str(error)
    return "a member is missing, is one that no entry has, or is not of its type"


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

    Keys are ASCII, for which the order of code points is that of UTF-16.

    Raises
    ------
    FormError
    """
    if canonical(value) != line:
        msg = "it is not in canonical form (RFC 8785)"
        raise FormError(msg)


def canonical(value: dict[str, Any]) -> bytes:
    """Return the one way to write a value whose keys are ASCII, RFC 8785.

    Raises
    ------
    FormError
        it holds a lone surrogate
    """
    try:
        return _encode(value).encode()
    except (ValueError, RecursionError) as error:
        msg = "it holds what no UTF-8 text can"
        raise FormError(msg) from error
