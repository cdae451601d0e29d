r"""One pass over a text that says which of many patterns may be found in it, and which cannot.

A pattern is declared as a `Shape`. All shapes together are compiled into one database, which reads
a text once, however many they are; a finder then runs its exact pattern where the database saw
something. What is compiled is a shape *loosened*: nothing the exact pattern finds is missed, some
things are seen that it does not find. So what is found is the same with each of the matchers

- `hyperscan` (BSD), where there is a wheel of it: Linux on x86;
- `re2` (BSD), if it is installed: other machines;
- neither: every shape is possible, and its exact pattern is asked.

Loosened patterns are over the bytes of UTF-8: a letter that is not ASCII is a run of high bytes,
repetitions lose their upper bound, and what looks around itself is dropped, but for word borders
at both ends. See RE2's and Hyperscan's pages of syntax for what they have in common.
"""

import re
import threading
from collections.abc import Callable, Container, Iterator, Sequence
from functools import cache
from importlib import import_module
from itertools import count

from registry.discovery.loosening import loosened

Possible = Container[int]
"""The numbers of the shapes that may be found in a text."""
ANYTHING: Possible = range(1 << 31)
"""What a text that was not read may hold."""

_ODD = re.compile("[\u017f\u212a\u0130\u0131]")
"""The letters outside ASCII which are, case aside, letters of ASCII: such a text is not judged."""
_LOCK = threading.Lock()
_numbers = count()
_shapes: list["Shape"] = []


class Shape:
    """A pattern that is asked only where a text may hold it.

    Attributes
    ----------
    number : its place in the database
    pattern : the exact pattern
    """

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        with _LOCK:
            self.number = next(_numbers)
            _shapes.append(self)

    def within(self, text: str, possible: Possible) -> Iterator[re.Match[str]]:
        """Yield what the exact pattern finds in a text, unless it is known to find nothing."""
        return self.pattern.finditer(text) if self.number in possible else iter(())


def shape(pattern: str, flags: int = 0) -> Shape:
    """Compile a pattern and declare it as a shape.

    Parameters
    ----------
    pattern, flags : as `re.compile` takes them
    """
    return Shape(re.compile(pattern, flags))


def possible(text: str) -> Possible:
    """Say which shapes may be found in a text; those that are left out are found nowhere in it."""
    if not text.isascii() and _ODD.search(text):
        return ANYTHING
    return _matcher(len(_shapes))(text)


def matcher(name: str, shapes: Sequence[Shape]) -> Callable[[str], Possible]:
    """Compile a database of shapes.

    Parameters
    ----------
    name : "hyperscan", "re2" or "re"
    shapes : what it is to see

    Raises
    ------
    ImportError
        If the matcher is not installed.
    """
    return _MATCHERS[name](shapes)


@cache
def _matcher(_shapes_known: int) -> Callable[[str], Possible]:
    """Compile what was declared so far, with the best matcher that is installed."""
    with _LOCK:
        shapes = tuple(_shapes)
    for name in _MATCHERS:
        try:
            return matcher(name, shapes)
        except ImportError:
            continue
    raise AssertionError("the last matcher needs nothing")


def _by_hyperscan(shapes: Sequence[Shape]) -> Callable[[str], Possible]:
    library = import_module("hyperscan")
    database = library.Database()
    flags = library.HS_FLAG_SINGLEMATCH | library.HS_FLAG_DOTALL | library.HS_FLAG_ALLOWEMPTY
    database.compile(
        expressions=[loosened(one.pattern).encode() for one in shapes],
        ids=[one.number for one in shapes],
        flags=[flags] * len(shapes),
    )
    own = threading.local()  # two threads may not share what a scan writes into

    def read(text: str) -> Possible:
        if not hasattr(own, "scratch"):
            own.scratch = library.Scratch(database)
        seen: set[int] = set()
        see = seen.add
        database.scan(
            text.encode("utf-8", "surrogatepass"),
            lambda number, _start, _end, _flags, _context: see(number),
            scratch=own.scratch,
        )
        return seen

    return read


def _by_re2(shapes: Sequence[Shape]) -> Callable[[str], Possible]:
    library = import_module("re2")
    options = library.Options()
    options.encoding = library.Options.Encoding.LATIN1  # bytes are its characters
    options.dot_nl = True
    options.max_mem = 1 << 28
    options.log_errors = False  # it would write patterns to the standard error
    patterns = library.Set.SearchSet(options)
    for one in shapes:
        patterns.Add(loosened(one.pattern).encode())
    always = patterns.Add(b"")
    patterns.Compile()
    numbers = [one.number for one in shapes]

    def read(text: str) -> Possible:
        found = patterns.Match(text.encode("utf-8", "surrogatepass")) or ()
        if always not in found:  # its automaton had no memory left
            return ANYTHING
        return {numbers[at] for at in found if at != always}

    return read


def _by_re(shapes: Sequence[Shape]) -> Callable[[str], Possible]:
    del shapes
    return lambda _text: ANYTHING


_MATCHERS: dict[str, Callable[[Sequence[Shape]], Callable[[str], Possible]]] = {
    "hyperscan": _by_hyperscan,
    "re2": _by_re2,
    "re": _by_re,
}
