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
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from governance.policy.categories import Category
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


@cache
def _words() -> re.Pattern[str]:
    """Compile all classes into one pattern, one named group each, so that a text is read once."""
    groups = "|".join(f"(?P<g{at}>{words})" for at, (_c, _w, words) in enumerate(WORDS))
    return re.compile(rf"(?<![\w-])(?:{groups})(?![\w-])", re.IGNORECASE)


@cache
def _friends() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{friend})" for friend in FALSE_FRIENDS), re.IGNORECASE)


def _without_friends(text: str) -> str:
    """Blank the false friends, keeping every offset."""
    return _friends().sub(lambda found: " " * len(found.group()), text)


def find(text: str) -> Iterator[SpecialMatch]:
    """Find the words of a text that may reveal a special category, in order of appearance.

    Italian and English are looked for together: notes mix them, and the lists do not clash.
    """
    if _words().search(text) is None:
        return
    for hit in _words().finditer(_without_friends(text)):
        category, word_class, _pattern = WORDS[int(str(hit.lastgroup)[1:])]
        before = text[max(0, hit.start() - _NEAR) : hit.start()]
        if _ABSENT.search(before) and not _TWICE.search(before):
            continue
        denied = _DENIED.search(before) is not None
        yield SpecialMatch(category, word_class, hit.start(), hit.end(), denied)
