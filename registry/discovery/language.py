"""Guess whether a note is Italian or English, by counting its smallest words."""

import re

from registry.discovery.gazetteer import fold, word_set

_WORD = re.compile(r"[a-z]+")
_ITALIAN = word_set("""
    il lo la gli le un uno una di del della dei delle da dal dalla in nel nella con su sul per tra
    e è che non si ha ho hanno sono era come più anche ma se ci mi al alla alle ai questo questa
    chiede cliente suo sua gli loro stato stata dopo prima quando già
""")
_ENGLISH = word_set("""
    the a an of to in on at for with by from and is are was were be been has have had he she they
    it his her their that this not as but or if my your i you we me us after before when which who
    customer called asked will would
""")
DEFAULT = "it"
"""What a note without small words is read as: Custode's notes are mostly Italian."""


def guess(text: str) -> str:
    """Return "it" or "en"; Italian when in doubt, whose patterns are a superset."""
    found = _WORD.findall(fold(text[:2000]))
    italian = sum(word in _ITALIAN for word in found)
    english = sum(word in _ENGLISH for word in found)
    return "en" if english > italian else DEFAULT


def is_prose(text: str) -> bool:
    """Say whether a text has enough small words to be sentences rather than a field."""
    found = _WORD.findall(fold(text[:2000]))
    return sum(word in _ITALIAN or word in _ENGLISH for word in found) >= 2  # noqa: PLR2004  # "the" alone occurs in names
