r"""Loosen a pattern: what finds at least as much, in words that every matcher understands.

The result is a pattern over the bytes of UTF-8. It is written from the tree into which Python
parses a pattern, node by node; a node that is not known becomes "anything".
That nothing is lost by it, `tests/discovery/test_gate.py` shows on texts and on random ones.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from re import _constants as code  # type: ignore[attr-defined]  # the parser has no public name
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_HIGH = r"\x80-\xff"
_ASCII = range(128)
_BEFORE, _AFTER = "(?:^|[^A-Za-z0-9_])", r"(?:\z|[^A-Za-z0-9_])"
_LONGEST = 8
"""Parts of a sequence that are asked, and repetitions; longer automata say little more."""
_CATEGORIES = {
    code.CATEGORY_DIGIT: re.compile(r"\d"),
    code.CATEGORY_NOT_DIGIT: re.compile(r"\D"),
    code.CATEGORY_SPACE: re.compile(r"\s"),
    code.CATEGORY_NOT_SPACE: re.compile(r"\S"),
    code.CATEGORY_WORD: re.compile(r"\w"),
    code.CATEGORY_NOT_WORD: re.compile(r"\W"),
}

_AROUND = (code.ASSERT, code.ASSERT_NOT, code.AT)
_ONE_SIGN = (code.LITERAL, code.NOT_LITERAL, code.IN, code.ANY)

Node = tuple[Any, Any]


def loosened(pattern: re.Pattern[str]) -> str:
    """Return a pattern over bytes which matches wherever the given one does."""
    nodes = list(parser.parse(pattern.pattern, pattern.flags))
    before = _BEFORE if nodes and _is_border(nodes[0], behind=True) else ""
    ends = bool(nodes) and _is_border(nodes[-1], behind=False)
    case = "(?i)" if pattern.flags & re.IGNORECASE else ""
    return f"{case}{before}{_sequence(nodes, last=not ends)}{_AFTER if ends else ''}"


def _is_border(node: Node, *, behind: bool) -> bool:
    """Say whether a node asks that no word goes on there; others are dropped."""
    operation, given = node
    if operation is not code.ASSERT_NOT or (given[0] < 0) is not behind or len(given[1]) != 1:
        return False
    inner, items = given[1][0]
    return inner is code.IN and (code.CATEGORY, code.CATEGORY_WORD) in items


def _sequence(nodes: Iterable[Node], *, last: bool) -> str:
    """Write nodes one after the other; where nothing follows, a long one is cut."""
    asked = [node for node in nodes if node[0] not in _AROUND]
    if last:
        asked = asked[:_LONGEST]
    return "".join(_node(node, last=last and node is asked[-1]) for node in asked)


def _node(node: Node, *, last: bool) -> str:
    """Write one node of a tree."""
    operation, given = node
    if operation is code.LITERAL and given in _ASCII:
        return re.escape(chr(given))
    if operation in _ONE_SIGN:
        plain, high = _signs(node)
        both = f"(?:[{plain}]|[{_HIGH}]+)"
        return both if plain and high else _class(plain, high=high, more="+")
    if operation in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
        return _repeated(*given)
    if operation is code.BRANCH:
        return f"(?:{'|'.join(_sequence(way, last=last) for way in given[1])})"
    if operation is code.SUBPATTERN:
        _group, added, removed, inner = given
        case = "i" if added & re.IGNORECASE else "-i" if removed & re.IGNORECASE else ""
        return f"(?{case}:{_sequence(inner, last=last)})"
    return ".*"


def _repeated(least: int, most: int, inner: Any) -> str:
    """Write a repetition; without an upper bound, but for what may be left out."""
    if most > 1 and len(inner) == 1 and inner[0][0] in _ONE_SIGN:
        plain, high = _signs(inner[0])
        repeated = _class(plain, high=high)
    else:
        repeated = f"(?:{_sequence(inner, last=False)})"
    if most == 1:
        return repeated + ("?" if least == 0 else "")
    return repeated + ("*" if least == 0 else f"{{{min(least, _LONGEST)},}}")


def _class(plain: str, *, high: bool, more: str = "") -> str:
    return f"[{plain}{_HIGH if high else ''}]{more if high else ''}"


def _signs(node: Node) -> tuple[str, bool]:
    """Return the signs of ASCII that a node of one sign allows, escaped, and whether others are."""
    operation, given = node
    if operation is code.ANY:
        return r"\x00-\x09\x0b-\x7f", True
    if operation is code.IN:
        negated = given[0][0] is code.NEGATE
        items = given[negated:]
        allowed = [n for n in _ASCII if any(_has(item, n) for item in items) is not negated]
        high = negated or any(_has_high(item) for item in items)
    else:
        negated = operation is code.NOT_LITERAL
        allowed = [n for n in _ASCII if (n == given) is not negated]
        high = negated or given not in _ASCII
    return "".join(_ranges(allowed)), high


def _ranges(numbers: list[int]) -> Iterator[str]:
    """Write ascending numbers as the ranges of a class."""
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        together = [number for _at, number in run]
        first, last = f"\\x{together[0]:02x}", f"\\x{together[-1]:02x}"
        yield first if first == last else f"{first}-{last}"


def _has(item: Node, number: int) -> bool:
    """Say whether an item of a class holds a sign of ASCII as it is written, case left aside."""
    operation, given = item
    if operation is code.LITERAL:
        return bool(number == given)
    if operation is code.RANGE:
        return bool(given[0] <= number <= given[1])
    return _CATEGORIES[given].match(chr(number)) is not None


def _has_high(item: Node) -> bool:
    operation, given = item
    last = given[1] if operation is code.RANGE else given if operation is code.LITERAL else 128
    return bool(last not in _ASCII)
