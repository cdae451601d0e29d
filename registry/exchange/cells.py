"""A fact as a cell of an authority's form, and a cell as facts.

What a cell says in words that have no value here stays, as an answer in words (`asked`): nothing of
another register is lost, and nothing is guessed. Lists have one item a line.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from governance.policy.categories import Category
from governance.policy.register import Measure, PartyRole, Risk
from governance.policy.vocabulary import LawfulBasis, RecordClass, SubjectKind
from registry import labels, register_labels
from registry.exchange.document import Facts
from registry.exchange.layouts import Column, Kind

LANGUAGES = ("it", "en")
WORDS: dict[str, type[StrEnum]] = {
    "version.subject_kinds": SubjectKind, "version.categories": Category,
}  # fmt: skip
LETTER = re.compile(r"6\W{0,3}1?\W{0,4}(?:lett\.?|letter|point)?\s*\(?([a-f])\b\)?")
PROFILING, MACHINES = _("Profiling"), _("Decisions by machines alone")
NEITHER, ASSESSED = _("None of both"), _("Concluded, risk that is left")
Read = Callable[[Column, Facts, Facts], list[str]]
Put = Callable[[Column, list[str], Facts, Facts], None]


class UnreadableCellError(ValueError):
    """A cell that needs a value of ours and has none in it; the argument says what."""


def lines_of(column: Column, entry: Facts, document: Facts) -> list[str]:
    """Return the lines of a cell, in the language that is active.

    Arguments
    ---------
    entry : an activity of `document`, or its controller for questions about the company
    """
    return [line for line in _READ[column.kind](column, entry, document) if line]


def put(column: Column, cell: str, entry: Facts, document: Facts) -> None:
    """Write what a cell says into an activity; a cell that says what is there changes nothing.

    Raises
    ------
    UnreadableCellError
    """
    said = [line.strip() for line in cell.splitlines() if line.strip()]
    stands = [line.strip() for line in lines_of(column, entry, document) if line.strip()]
    if said != stands:
        _PUT[column.kind](column, said, entry, document)


def plain(text: str) -> str:
    """Return a text as it is compared: without case, accents, and spaces of layout."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in parts if not unicodedata.combining(c)).split())


def at(entry: Facts, path: str) -> tuple[Facts, str]:
    """Return the part of an entry a path leads into, and the name in it."""
    *steps, name = path.split(".")
    for step in steps:
        entry = entry[step]
    return entry, name


def _word(words: type[StrEnum], text: str) -> str | None:
    """Return the value that a text names in any of our languages."""
    for language in LANGUAGES:
        with translation.override(language):
            for word in words:
                if plain(labels.text(words, word)) == plain(text):
                    return word.value
    return None


# Texts, dates, answers


def _text(column: Column, entry: Facts, _document: Facts) -> list[str]:
    part, name = at(entry, column.path)
    return str(part[name]).splitlines()


def _put_text(column: Column, said: list[str], entry: Facts, _document: Facts) -> None:
    part, name = at(entry, column.path)
    part[name] = "\n".join(said)


def _put_date(column: Column, said: list[str], entry: Facts, _document: Facts) -> None:
    part, name = at(entry, column.path)
    part[name] = _day(" ".join(said)).isoformat() if said else part[name]


def _day(text: str) -> date:
    parts = re.findall(r"\d+", text)[:3]
    try:
        year_first = len(parts[0]) == 4  # noqa: PLR2004 - digits of a year
        year, month, day = parts if year_first else reversed(parts)
        return date(int(year), int(month), int(day))
    except (ValueError, IndexError):
        raise UnreadableCellError(text) from None


def _updated(_column: Column, entry: Facts, _document: Facts) -> list[str]:
    return [entry["updated_on"]]


def _put_updated(_column: Column, said: list[str], entry: Facts, _document: Facts) -> None:
    _answer(entry, "updated_on", said)


def _answered(column: Column, entry: Facts, _document: Facts) -> list[str]:
    return _answers(entry, column.path)


def _put_answer(column: Column, said: list[str], entry: Facts, _document: Facts) -> None:
    _answer(entry, column.path, said)


def _answers(entry: Facts, key: str) -> list[str]:
    return str(entry["version"]["answers"].get(key, "")).splitlines()


def _answer(entry: Facts, key: str, said: Iterable[str]) -> None:
    answers, text = entry["version"]["answers"], "\n".join(said)
    if text:
        answers[key] = text
    else:
        answers.pop(key, None)


# Words of a vocabulary


def _basis(column: Column, entry: Facts, _document: Facts) -> list[str]:
    part, name = at(entry, column.path)
    if words := _answers(entry, "basis_words"):
        return words
    return [labels.text(LawfulBasis, part[name])] if part[name] else []


def _put_basis(column: Column, said: list[str], entry: Facts, _document: Facts) -> None:
    part, name = at(entry, column.path)
    text = " ".join(said)
    found = _word(LawfulBasis, text)
    _answer(entry, "basis_words", [] if found else said)
    if found is None:
        letters = {match[1] for match in LETTER.finditer(plain(text))}
        named = {b for b in LawfulBasis if _names(text, b)}
        named |= {b for b, a in labels.BASIS_ARTICLE.items() if a[-2] in letters}
        if len(named) != 1:
            raise UnreadableCellError(text)
        found = named.pop().value
    part[name] = found


def _names(text: str, basis: LawfulBasis) -> bool:
    for language in LANGUAGES:
        with translation.override(language):
            if plain(labels.text(LawfulBasis, basis)) in plain(text):
                return True
    return False


def _words(column: Column, entry: Facts, _document: Facts) -> list[str]:
    part, name = at(entry, column.path)
    known = [labels.text(WORDS[column.path], word) for word in part[name]]
    return [*known, *_answers(entry, f"{name}_words")]


def _put_words(column: Column, said: list[str], entry: Facts, _document: Facts) -> None:
    part, name = at(entry, column.path)
    items = [item.strip() for line in said for item in line.split(";") if item.strip()]
    found = [(item, _word(WORDS[column.path], item)) for item in items]
    part[name] = list(dict.fromkeys(word for _, word in found if word))
    _answer(entry, f"{name}_words", (item for item, word in found if not word))


# Other companies


def _sources(_column: Column, entry: Facts, _document: Facts) -> list[str]:
    return list(entry["version"]["sources"])


def _put_sources(_column: Column, said: list[str], entry: Facts, document: Facts) -> None:
    """A source that is not known is one that nobody has verified."""
    known = {source["name"] for source in document["sources"]}
    for name in said:
        if name not in known:
            document["sources"].append({"name": name, "kind": "import", "from_subject": False})
    entry["version"]["sources"] = said


def _recipients(_column: Column, entry: Facts, document: Facts) -> list[str]:
    known = [_as_line(r) for r in _receiving(entry, document)]
    return [*known, *_answers(entry, "recipients_words")]


def _receiving(entry: Facts, document: Facts) -> list[Facts]:
    named = entry["version"]["recipients"]
    return [r for r in document["recipients"] if r["name"] in named]


def _as_line(recipient: Facts) -> str:
    role = labels.text(PartyRole, recipient["role"])
    return f"{recipient['name']}: {role}, {recipient['country']}"


def _put_recipients(_column: Column, said: list[str], entry: Facts, document: Facts) -> None:
    """A company is linked by its name or its whole line; any other text makes no company."""
    known = {plain(r["name"]): r["name"] for r in document["recipients"]}
    known |= {plain(_as_line(r)): r["name"] for r in document["recipients"]}
    entry["version"]["recipients"] = sorted(
        {known[plain(line)] for line in said if plain(line) in known}
    )
    _answer(entry, "recipients_words", (line for line in said if plain(line) not in known))


def _transfers(_column: Column, entry: Facts, document: Facts) -> list[str]:
    return [*_typed_transfers(entry, document), *str(entry["version"]["transfers"]).splitlines()]


def _typed_transfers(entry: Facts, document: Facts) -> list[str]:
    return [
        f"{recipient['name']}: " + ", ".join(filter(None, (
            transfer["country"], transfer["organisation"],
            register_labels.mechanism(transfer["mechanism"]) if transfer["mechanism"] else "",
            transfer["document"],
        )))
        for recipient in _receiving(entry, document)
        for transfer in recipient["transfers"]
    ]  # fmt: skip


def _put_transfers(_column: Column, said: list[str], entry: Facts, document: Facts) -> None:
    typed = _typed_transfers(entry, document)
    entry["version"]["transfers"] = "\n".join(line for line in said if line not in typed)


# Time limits and measures


def _retention(_column: Column, entry: Facts, _document: Facts) -> list[str]:
    return [*map(rule_line, entry["retention"]), *_answers(entry, "retention_words")]


def rule_line(rule: Facts) -> str:
    """Return a rule in words: what, how long from when, what then, by which law."""
    needed = f" [{labels.texts(Category, rule['categories'])}]" if rule["categories"] else ""
    return (
        f"{labels.text(RecordClass, rule['record_class'])}{needed}: "
        f"{labels.period_from(rule['period'], rule['anchor'])}, "
        f"{_then(rule)} ({rule['legal_reference']})"
    )


def _then(rule: Facts) -> str:
    return labels.afterwards(
        rule["action"], rule.get("archive_period", ""), rule.get("notice_days", 0)
    )


def _put_retention(_column: Column, said: list[str], entry: Facts, _document: Facts) -> None:
    """A rule whose line is gone, goes; a line in words is no rule until somebody makes it one."""
    entry["retention"] = [rule for rule in entry["retention"] if rule_line(rule) in said]
    typed = {rule_line(rule) for rule in entry["retention"]}
    _answer(entry, "retention_words", (line for line in said if line not in typed))


def _measures(_column: Column, entry: Facts, _document: Facts) -> list[str]:
    version = entry["version"]
    known = [labels.text(Measure, word) for word in version["measure_kinds"]]
    return [*known, *str(version["measures"] or version["no_measures_because"]).splitlines()]


def _put_measures(_column: Column, said: list[str], entry: Facts, _document: Facts) -> None:
    found = [(line, _word(Measure, line)) for line in said]
    entry["version"]["measure_kinds"] = list(dict.fromkeys(w for _, w in found if w))
    entry["version"]["measures"] = "\n".join(line for line, word in found if not word)


# Machines and assessments


def _profiling(_column: Column, entry: Facts, _document: Facts) -> list[str]:
    version, words = entry["version"], _answers(entry, "profiling_words")
    said = [
        str(text)
        for text, name in ((PROFILING, "profiling"), (MACHINES, "automated_decisions"))
        if version[name]
    ]
    return [*said, *words] or [str(NEITHER)]


def _put_profiling(_column: Column, said: list[str], entry: Facts, _document: Facts) -> None:
    version, left = entry["version"], list(said)
    for text, name in ((PROFILING, "profiling"), (MACHINES, "automated_decisions")):
        version[name] = str(text) in left
    known = {str(PROFILING), str(MACHINES), str(NEITHER)}
    _answer(entry, "profiling_words", (line for line in left if line not in known))


def _assessment(_column: Column, entry: Facts, _document: Facts) -> list[str]:
    words = _answers(entry, "assessment_words")
    if not entry["assessment"]:
        return words
    risk = labels.text(Risk, entry["assessment"]["residual_risk"])
    return [f"{ASSESSED}: {risk}", *words]


def _put_assessment(_column: Column, said: list[str], entry: Facts, document: Facts) -> None:
    _answer(entry, "assessment_words", ())
    typed = _assessment(_column, entry, document)
    _answer(entry, "assessment_words", (line for line in said if line not in typed))


_READ: dict[Kind, Read] = {
    Kind.TEXT: _text, Kind.DATE: _text, Kind.UPDATED: _updated, Kind.ANSWER: _answered,
    Kind.BASIS: _basis, Kind.WORDS: _words, Kind.SOURCES: _sources, Kind.RECIPIENTS: _recipients,
    Kind.TRANSFERS: _transfers, Kind.RETENTION: _retention, Kind.MEASURES: _measures,
    Kind.PROFILING: _profiling, Kind.ASSESSMENT: _assessment,
}  # fmt: skip
_PUT: dict[Kind, Put] = {
    Kind.TEXT: _put_text, Kind.DATE: _put_date, Kind.UPDATED: _put_updated,
    Kind.ANSWER: _put_answer, Kind.BASIS: _put_basis, Kind.WORDS: _put_words,
    Kind.SOURCES: _put_sources, Kind.RECIPIENTS: _put_recipients,
    Kind.TRANSFERS: _put_transfers, Kind.RETENTION: _put_retention,
    Kind.MEASURES: _put_measures, Kind.PROFILING: _put_profiling,
    Kind.ASSESSMENT: _put_assessment,
}  # fmt: skip
