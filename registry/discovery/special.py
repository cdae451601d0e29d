"""Words that may reveal special categories (Art. 9) or offences (Art. 10).

A match says "this note may speak of health", with the class of the word and nothing else:
whether it is about the person, and whether it may be kept, is a question for the DPO.
Words are matched whole, with their Italian and English inflections. Spans that look like
one of these words and are something else (a street, a church, a shareholders' agreement)
are taken out first.

Negation: where the thing itself is said to be absent ("nessuna allergia", "no criminal record")
nothing is asked, for it tells of the person what is true of nearly everybody. Where a person is
said not to be something ("non è cattolica", "she is not pregnant") that is a statement about the
person within Art. 9, read widely (CJEU C-101/01, C-184/20): it is asked about, marked as denied.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from governance.policy.categories import Category
from registry.discovery import gate
from registry.discovery.gate import Possible
from registry.discovery.special_words import FALSE_FRIENDS, WORDS


@dataclass(frozen=True)
class SpecialMatch:
    """A word that may reveal a special category.

    Attributes
    ----------
    category : one of the categories of Art. 9 or 10
    word_class : what sort of word, for instance "condition", "membership", "offence"
    start, end : offsets in characters, end exclusive
    is_denied : whether the person is said not to be that
    """

    category: Category
    word_class: str
    start: int
    end: int
    is_denied: bool = False


_NEAR = 48
_FILLER = r"(?:(?!(?:è|ha|is|has|ma|but|che|perché|because)\s)[^\W\d_]+\s+){0,2}$"
_ABSENT = re.compile(
    r"(?<!\w)(?:nessun(?:a|['’])?|senza|priv[oaie] di|esente da|nega"
    r"|non (?:ha|hanno|ho|soffre|soffrono|presenta|risultano?|segnala(?:no|ti|to)?|dichiara)"
    r"(?: mai)?(?: avuto)?(?: di| da| alcuna?| avere)*"
    r"|no|without(?: any)?|free of|denies(?: any)?|never had(?: an?| any)?"
    r"|(?:(?:does|do|did) not|(?:does|do|did)n['’]t) (?:have|suffer from)(?: any)?)\s+" + _FILLER,
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"(?<!\w)(?:non (?:è|sono|era|erano|sono mai stat[oa]|è mai stat[oa])(?: più| affatto)?"
    r"|(?:is|are|was|were|am) not|(?:is|are|was|were)n['’]t)\s+(?:[^\W\d_]+\s+)?$",
    re.IGNORECASE,
)
_TWICE = re.compile(r"(?<!\w)(?:non|not)\s[^.;,]*(?:senza|without)\s[^.;,]*$", re.IGNORECASE)


_ANY = gate.shape(
    rf"(?<![\w-])(?:{'|'.join(words for _category, _class, words in WORDS)})", re.IGNORECASE
)
_WORD_BEGINS = re.compile(r"(?<![\w-])[^\W\d_]")


@cache
def _by_letter() -> dict[str, re.Pattern[str]]:
    """Compile for each letter the words that begin with it, one named group for each class.

    Hundreds of words tried at every place would be most of a scan; those of one letter are few.
    """
    groups: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for at, (_category, _class, words) in enumerate(WORDS):
        for word in _alternatives(words):
            for letter in _first_letters(word):
                groups[letter][at].append(word)
    return {
        letter: re.compile(
            "(?:" + "|".join(f"(?P<g{at}>{'|'.join(words)})" for at, words in classes.items())
            + r")(?![\w-])",
            re.IGNORECASE,
        )
        for letter, classes in groups.items()
    }  # fmt: skip


def _alternatives(pattern: str) -> list[str]:
    """Cut a pattern at the bars that stand in no bracket."""
    parts, depth = [""], 0
    for sign in pattern:
        depth += (sign in "([") - (sign in ")]")
        if sign == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _first_letters(word: str) -> set[str]:
    """Return the letters that what a pattern matches may begin with, in small letters."""
    if not word.startswith("("):
        return {word[0].lower()}
    depth, end = 0, 0
    for end, sign in enumerate(word):  # noqa: B007 - read after the loop
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            break
    inner = re.sub(r"^\?(?:-i)?:", "", word[1:end])
    letters = {letter for one in _alternatives(inner) for letter in _first_letters(one)}
    rest = word[end + 1 :]
    return letters | _first_letters(rest[1:]) if rest.startswith("?") else letters


@cache
def _friends() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{friend})" for friend in FALSE_FRIENDS), re.IGNORECASE)


def _without_friends(text: str) -> str:
    """Blank the false friends, keeping every offset."""
    return _friends().sub(lambda found: " " * len(found.group()), text)


def find(text: str, possible: Possible = gate.ANYTHING) -> Iterator[SpecialMatch]:
    """Find the words of a text that may reveal a special category, in order of appearance.

    Italian and English are looked for together: notes mix them, and the lists do not clash.

    Parameters
    ----------
    possible : what the gate saw in the text (`gate.possible`)
    """
    hits = list(_hits(text)) if _ANY.number in possible else []
    if hits:
        hits = list(_hits(_without_friends(text)))
    for hit in hits:
        category, word_class, _pattern = WORDS[int(str(hit.lastgroup)[1:])]
        before = text[max(0, hit.start() - _NEAR) : hit.start()]
        if _ABSENT.search(before) and not _TWICE.search(before):
            continue
        denied = _DENIED.search(before) is not None
        yield SpecialMatch(category, word_class, hit.start(), hit.end(), denied)


def _hits(text: str) -> Iterator[re.Match[str]]:
    index, end = _by_letter(), 0
    for begin in _WORD_BEGINS.finditer(text):
        words = index.get(begin.group().lower())
        hit = words.match(text, begin.start()) if words and begin.start() >= end else None
        if hit is not None:
            yield hit
            end = hit.end()
