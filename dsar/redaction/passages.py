"""Passages: what a copy would tell of others, as the machine proposes it and people decide."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from dsar.redaction import own
from dsar.redaction.own import Known
from dsar.redaction.texts import Text
from registry.discovery import mentions
from registry.discovery.mentions import Kind, Mention
from registry.discovery.name_words import NO_NAMES


@unique
class Verdict(StrEnum):
    """What becomes of a passage: hidden, or shown for a reason. Closed."""

    HIDDEN = "hidden"  # Art. 15(4), 20(4)
    CONSENT = "consent"  # the other person agreed
    KNOWN = "known"  # the person knows it already, for instance wrote it
    STAFF = "staff"  # our staff in their role, where the name is indispensable (CJEU C-579/21)
    OWN = "own"  # it is the person's own
    NOBODY = "nobody"  # a company, a place, a thing


SHOWN = tuple(verdict for verdict in Verdict if verdict is not Verdict.HIDDEN)


@dataclass(frozen=True, order=True)
class Passage:
    """A span of a text that is about somebody else, or could be."""

    start: int
    end: int
    kind: Kind
    verdict: Verdict = Verdict.HIDDEN
    is_sure: bool = True

    def covers(self, other: "Passage") -> bool:
        """Say whether all of another passage lies in this one."""
        return self.start <= other.start and other.end <= self.end


def proposed(
    texts: Sequence[Text], known: Known, decided: Mapping[str, Sequence[Passage]]
) -> list[list[Passage]]:
    """Return what is proposed to be hidden in each text.

    Arguments
    ---------
    decided : what people decided, by the key of a text: names that they hid are looked for in
        every text, and names that they found to be nobody's are not
    """
    found = mentions.find([text.value for text in texts])
    others = _words_of_others(texts, found, known, decided)
    names = _names(texts, found, known, decided, others)
    result = []
    for text, here in zip(texts, found, strict=True):
        hidden = [m for m in here if not own.is_not_hidden(text.value, m, known, others=others)]
        result.append(merged([_passage(m) for m in hidden], _again(text.value, names, known)))
    return result


def _passage(one: Mention) -> Passage:
    return Passage(one.start, one.end, one.kind, is_sure=one.is_sure)


def _words_of_others(
    texts: Sequence[Text],
    found: Sequence[Sequence[Mention]],
    known: Known,
    decided: Mapping[str, Sequence[Passage]],
) -> frozenset[str]:
    """Return the words of full names that are not the subject's."""
    words: set[str] = set()
    for said in _people(texts, found, decided):
        name = set(own.name_words(said))
        if len(name) > 1 and not own.is_of(name, known.names):
            words |= {word for word in name if len(word) > 1}
    return frozenset(words)


def _people(
    texts: Sequence[Text],
    found: Sequence[Sequence[Mention]],
    decided: Mapping[str, Sequence[Passage]],
) -> Iterator[str]:
    """Yield the names that machine or people found, but for those that are nobody else's."""
    nobody = {
        text.value[p.start : p.end].casefold()
        for text in texts
        for p in decided.get(text.key, ())
        if p.verdict in {Verdict.OWN, Verdict.NOBODY}
    }
    for text, here in zip(texts, found, strict=True):
        spans = [(m.start, m.end) for m in here if m.kind is Kind.PERSON]
        spans += [
            (p.start, p.end) for p in decided.get(text.key, ())
            if p.kind is Kind.PERSON and p.verdict is Verdict.HIDDEN
        ]  # fmt: skip
        for start, end in spans:
            if text.value[start:end].casefold() not in nobody:
                yield text.value[start:end]


def _names(
    texts: Sequence[Text],
    found: Sequence[Sequence[Mention]],
    known: Known,
    decided: Mapping[str, Sequence[Passage]],
    others: frozenset[str],
) -> dict[str, Kind]:
    """Return the words to look for in every text: names of others, and what people hid by hand."""
    names: dict[str, Kind] = {}
    for said in _people(texts, found, decided):
        words = set(own.name_words(said))
        if words and not own.is_of(words, known.names) and words not in known.published_names:
            names[said] = Kind.PERSON
            if len(words) > 1:
                parts = re.findall(r"[^\W\d_]{3,}", said)
                names |= dict.fromkeys((p for p in parts if p.casefold() in others), Kind.PERSON)
    for text in texts:
        for p in decided.get(text.key, ()):
            if p.kind is Kind.WORDS and p.verdict is Verdict.HIDDEN:
                names[text.value[p.start : p.end]] = Kind.WORDS
    return names


def _again(text: str, names: Mapping[str, Kind], known: Known) -> list[Passage]:
    """Find names again where they stand in another text, whole and with their capitals."""
    found = []
    folded = text.casefold()
    for said, kind in names.items():
        # Of many names in many notes hardly one stands there: look before a pattern is made.
        if said.casefold() in NO_NAMES or "".join(said.casefold().split()[:1]) not in folded:
            continue
        for start, end in places(text, said, exact=kind is Kind.PERSON and " " not in said):
            words = set(own.name_words(text[start:end]))
            if kind is Kind.WORDS or not own.is_of(words, known.names):
                found.append(Passage(start, end, kind))
    return found


def places(text: str, words: str, *, exact: bool = False) -> list[tuple[int, int]]:
    """Return where words stand in a text, whole: "Ann" does not stand in "Joann"."""
    wanted = r"\s+".join(re.escape(part) for part in words.split())
    if not wanted:
        return []
    found = re.finditer(rf"(?<!\w){wanted}(?!\w)", text, 0 if exact else re.IGNORECASE)
    return [hit.span() for hit in found]


def merged(first: Iterable[Passage], second: Iterable[Passage]) -> list[Passage]:
    """Return passages without overlaps: what overlaps is one, and hidden if a part of it is."""
    kept: list[Passage] = []
    for one in sorted([*first, *second], key=lambda p: (p.start, -p.end, not p.is_sure)):
        last = kept[-1] if kept else None
        if last is None or one.start >= last.end:
            kept.append(one)
        else:
            verdict = last.verdict if one.verdict is last.verdict else Verdict.HIDDEN
            is_sure = last.is_sure or one.is_sure
            kept[-1] = Passage(last.start, max(last.end, one.end), last.kind, verdict, is_sure)
    return kept
