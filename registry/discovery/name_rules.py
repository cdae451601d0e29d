"""Names of people in a text, missing as few as can be: for what may not be told to somebody else.

Where `italian.people` asks the DPO a question and would rather be silent than wrong, a name that is
missed here may reach somebody whom it does not concern; one too many costs a reader a moment. So
what could be a name is reported, as unsure where only its capital speaks for it.
"""

import re
from collections.abc import Iterator

from registry.discovery.gazetteer import GIVEN_NAMES, fold
from registry.discovery.matches import Match
from registry.discovery.name_words import ALSO_WORDS, KIN, NO_NAMES, RELATIONS, SURNAMES

SURE, UNSURE = 0.7, 0.4

_UPPER = r"[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff]"
_CAP = rf"{_UPPER}[^\W\d_]*(?:['’\-][^\W\d_]+)*"
_SMALL = r"(?:de|di|da|del|della|dello|degli|dei|lo|la|li|van|von|der|den|el|al|bin|ben|dos|d['’])"
_NAME = rf"{_CAP}(?:\s(?:{_SMALL}\s)?{_CAP}){{0,3}}"
_RUN = re.compile(rf"(?<![\w@.\-/]){_NAME}(?![\w@]|\.\w)")
_WORD = re.compile(r"(?<![\w@.\-/])[^\W\d_]+(?:['’\-][^\W\d_]+)*(?![\w@])")
_RELATION = re.compile(
    rf"(?<!\w)(?P<who>[^\W\d_]+(?:-[^\W\d_]+)*)(?:\s*[,:(]\s*|\s+)"
    rf"(?:(?:di nome|che si chiama|si chiama|named|called|is|è)\s+)?(?P<name>{_NAME})"
)
_INITIAL = re.compile(rf"(?<![\w.])(?:{_UPPER}\.\s?){{1,2}}(?P<rest>{_CAP})")
_TITLE = re.compile(
    r"(?<!\w)(?:sig(?:nor|nora|nori|\.?ra|\.?na)?|mr|mrs|ms|miss|dott|dr|prof|avv|ing|geom|rag)\.?\s*"
    r"(?<![a-z])(?P<name>[^\W\d_]+(?:\s[^\W\d_]+)?)",
    re.IGNORECASE,
)
_DEALT_WITH = re.compile(
    r"(?i:\b(?:parlat[oa] con|sentit[oa]|incontrat[oa]|(?:ri)?chiamare|contattare"
    r"|avvis(?:are|at[oa])|chied(?:ere|e|eva) di|riferire a|insieme (?:a|con)|accompagnat[oa] da"
    r"|firmat[oa] da|con|da|ritirat[oa] da|consegnat[oa] a|per conto di|a nome di"
    r"|intestat[oa] a|presso|c/o|c\.a\.|att\.ne|all['’]attenzione di|mi chiamo|si chiama|tramite"
    r"|spoke (?:to|with)|talked (?:to|with)|met(?: with)?|call(?:ed)?(?: back)?"
    r"|ask(?:ed)? for|along with|together with|signed by|collected by|on behalf of|attn\.?|care of"
    r"|my name is|is called|named|told|with|by|from)\s+)"
    rf"(?P<name>{_NAME})"
)
_FOREIGN = re.compile(
    r"[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u0590-\u05ff\u0600-\u06ff\u0900-\u0e7f\u10a0-\u10ff"
    r"\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]+"
    r"(?:[\s\u00b7'’\-]+[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u0590-\u05ff\u0600-\u06ff\u0900-\u0e7f"
    r"\u10a0-\u10ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]+){0,4}"
)
_BEGINS = re.compile(r"(?:^|[.!?:;\n\r•\-–—\"“«(])\s*$")
_SHOUTS = 0.6
_LONG_ENOUGH = 2


def find(text: str) -> Iterator[Match]:
    """Find what could be names of people; spans may overlap."""
    shouts = _shouts(text)
    yield from _by_relation(text)
    yield from _by_dealing(text)
    yield from _by_initial(text)
    yield from _by_title(text)
    yield from _by_lists(text, shouts=shouts)
    if not shouts:
        yield from _by_capitals(text)
    yield from _in_other_scripts(text)


def is_after_kin(text: str, start: int) -> bool:
    """Say whether the word before a place says that somebody else follows: "sua moglie Anna"."""
    before = text[max(0, start - 30) : start].rstrip(" ,:(")
    last = re.search(r"[^\W\d_]+(?:-[^\W\d_]+)*$", before)
    return last is not None and fold(last.group()) in KIN


def _shouts(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and sum(c.isupper() for c in letters) / len(letters) > _SHOUTS


def _begins(text: str, start: int) -> bool:
    """Say whether a sentence begins here, where every word has a capital."""
    return _BEGINS.search(text[max(0, start - 5) : start]) is not None if start else True


def trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Take words that are no part of a name off both ends of a run."""
    words = [(start + m.start(), start + m.end()) for m in re.finditer(r"\S+", text[start:end])]

    def is_other(span: tuple[int, int]) -> bool:
        return fold(text[span[0] : span[1]]) in NO_NAMES

    while words and is_other(words[0]):
        words.pop(0)
    while words and is_other(words[-1]):
        words.pop()
    return (words[0][0], words[-1][1]) if words else None


def _by_relation(text: str) -> Iterator[Match]:
    """Find "sua moglie Carla", "her neighbour, Tom Hill"."""
    for hit in _RELATION.finditer(text):
        span = trimmed(text, hit.start("name"), hit.end("name"))
        if span and fold(hit["who"]) in RELATIONS:
            yield Match("PERSON", *span, SURE)


def _by_dealing(text: str) -> Iterator[Match]:
    """Find whom somebody spoke to, called, or acted for."""
    for hit in _DEALT_WITH.finditer(text):
        span = trimmed(text, hit.start("name"), hit.end("name"))
        if span:
            yield Match("PERSON", *span, UNSURE)


def _by_initial(text: str) -> Iterator[Match]:
    """Find "M. Rossi"."""
    for hit in _INITIAL.finditer(text):
        if fold(hit["rest"]) not in NO_NAMES and len(hit["rest"]) > _LONG_ENOUGH:
            yield Match("PERSON", hit.start(), hit.end(), UNSURE)


def _by_title(text: str) -> Iterator[Match]:
    """Find "il sig rossi", in small letters, as hurried people write."""
    for hit in _TITLE.finditer(text):
        start, end = hit.span("name")
        for word in re.finditer(r"\S+", hit["name"]):
            if fold(word.group()) not in GIVEN_NAMES | SURNAMES:
                end = start + max(0, word.start() - 1)
                break
        if end > start:
            yield Match("PERSON", start, end, SURE)


def _by_lists(text: str, *, shouts: bool) -> Iterator[Match]:
    """Find given and family names that are known, alone or in a row, in small letters too."""
    row: list[tuple[int, int, bool]] = []
    for hit in _WORD.finditer(text):
        word = fold(hit.group())
        if row and not text[row[-1][1] : hit.start()].isspace():
            yield from _row(row)
            row = []
        if word in NO_NAMES or word not in GIVEN_NAMES | SURNAMES:
            yield from _row(row)
            row = []
        else:
            row.append((hit.start(), hit.end(), _counts(text, hit, word, shouts=shouts)))
    yield from _row(row)


def _counts(text: str, hit: re.Match[str], word: str, *, shouts: bool) -> bool:
    """Say whether a known name counts alone; one that is a word needs a capital of its own."""
    capital = hit.group()[0].isupper() and not shouts
    if word in ALSO_WORDS:
        return capital and not _begins(text, hit.start())
    return capital or len(word) > 3  # noqa: PLR2004  # "ugo" in small letters, not "leo", "ivo"


def _row(row: list[tuple[int, int, bool]]) -> Iterator[Match]:
    """Yield names in a row as one; two of them count together where neither does alone."""
    together = len(row) >= _LONG_ENOUGH
    if row and (together or row[0][2]):
        yield Match("PERSON", row[0][0], row[-1][1], SURE if together else UNSURE)


def _by_capitals(text: str) -> Iterator[Match]:
    """Find two words and more with capitals inside a sentence, whose names are on no list."""
    for hit in _RUN.finditer(text):
        span = trimmed(text, hit.start(), hit.end())
        if span is None:
            continue
        start, end = span
        words = text[start:end].split()
        if _begins(text, start) and fold(words[0]) not in GIVEN_NAMES | SURNAMES:
            start += len(words[0])
            start += len(text[start:end]) - len(text[start:end].lstrip())
            words = words[1:]
        inside = {fold(word) for word in words}
        if len(words) >= _LONG_ENOUGH and not inside & NO_NAMES:
            yield Match("PERSON", start, end, UNSURE)


def _in_other_scripts(text: str) -> Iterator[Match]:
    """Find words of another script in a text of Latin letters: there they are mostly names."""
    letters = sum(c.isalpha() for c in text)
    foreign = sum(len(hit.group()) for hit in _FOREIGN.finditer(text))
    if foreign * 2 > letters:
        return  # the text itself is in that script
    for hit in _FOREIGN.finditer(text):
        yield Match("PERSON", hit.start(), hit.end(), UNSURE)


def is_in_another_script(text: str) -> bool:
    """Say whether most of a text is in a script whose language nothing here reads."""
    letters = sum(c.isalpha() for c in text)
    return sum(len(hit.group()) for hit in _FOREIGN.finditer(text)) * 2 > letters > 0
