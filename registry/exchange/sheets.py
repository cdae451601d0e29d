"""A document laid out on the sheets of an authority, and sheets read back as a document.

The authorities ask less than the register holds. A last sheet therefore carries the whole document
for machines; where a cell was changed since, the cell counts. Sheets of strangers have no such
sheet: what they say is all there is, and what they do not say is empty.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from registry.exchange import cells
from registry.exchange.cells import UnreadableCellError
from registry.exchange.document import FORMAT, Facts
from registry.exchange.drafting import RegisterDocumentError
from registry.exchange.facts import FACTS
from registry.exchange.layouts import LAYOUTS, Column, Kind, Layout
from registry.models import ActivityVersion, Controller, ProcessingActivity, Purpose

WHOLE = "custode"
CHUNK = 30_000  # characters; a cell holds 32,767
LISTS = frozenset({
    "categories", "subject_kinds", "roles", "role_categories", "operations", "sources",
    "recipients", "measure_kinds", "risk_criteria",
})  # fmt: skip
FLAGS = frozenset({"profiling", "automated_decisions", "is_marketing", "soft_opt_in"})
KEY = 40  # characters of a purpose's key


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet by its title: rows of text."""

    title: str
    rows: Sequence[Sequence[str]]


def laid_out(document: Facts, layout: Layout) -> list[Sheet]:
    """Return a document on the sheets of a layout."""
    with translation.override(layout.language):
        company = [
            (column.title, _cell(column, document["controller"], document))
            for column in layout.company
        ]
        return [Sheet(layout.company_title, company), *_activities(document, layout),
                _whole(document)]  # fmt: skip


def _activities(document: Facts, layout: Layout) -> list[Sheet]:
    if not layout.by_sheet:
        rows = [
            [_cell(column, entry, document) for column in layout.activity]
            for entry in document["activities"]
        ]
        return [Sheet(layout.activity_title, [[c.title for c in layout.activity], *rows])]
    return [
        Sheet(
            f"{layout.activity_title} {number}",
            [(column.title, _cell(column, entry, document)) for column in layout.activity],
        )
        for number, entry in enumerate(document["activities"], 1)
    ]


def _cell(column: Column, entry: Facts, document: Facts) -> str:
    return "\n".join(cells.lines_of(column, entry, document))


def _whole(document: Facts) -> Sheet:
    text = json.dumps(document, ensure_ascii=False)
    chunks = [text[i : i + CHUNK] for i in range(0, len(text), CHUNK)]
    why = _("For machines: taken in with the facts that this form does not ask for.")
    return Sheet(WHOLE, [[why], *([chunk] for chunk in chunks)])


def read_back(sheets: Sequence[Sheet], *, today: date) -> Facts:
    """Return the document that sheets of one of the layouts say.

    Raises
    ------
    RegisterDocumentError
        they are of none of the layouts, or a cell needs a value of ours and has none in it
    """
    layout = _layout_of(sheets)
    with translation.override(layout.language):
        return _Reading(layout, _document_of(sheets), today).of(sheets)


def _layout_of(sheets: Sequence[Sheet]) -> Layout:
    titles = {sheet.title for sheet in sheets}
    for layout in LAYOUTS.values():
        if layout.company_title in titles and any(
            title.startswith(layout.activity_title) for title in titles
        ):
            return layout
    raise RegisterDocumentError([", ".join(sorted(titles))])


def _document_of(sheets: Sequence[Sheet]) -> Facts:
    for sheet in sheets:
        if sheet.title == WHOLE:
            try:
                found = json.loads("".join(row[0] for row in sheet.rows[1:]))
                if found["format"] == FORMAT and isinstance(found["activities"], list):
                    return dict(found)
            except (ValueError, KeyError, TypeError):
                pass
            raise RegisterDocumentError([WHOLE])
    return {
        "format": FORMAT, "controller": dict.fromkeys(FACTS[Controller], ""), "sources": [],
        "recipients": [], "on_behalf": [], "activities": [],
    }  # fmt: skip


def _asked(layout: Layout, sheets: Sequence[Sheet]) -> list[Sequence[Sequence[str]]]:
    """Return, for each activity, its pairs of question and answer."""
    found = [sheet for sheet in sheets if sheet.title.startswith(layout.activity_title)]
    if layout.by_sheet:
        return [sheet.rows for sheet in found]
    titles, *rows = found[0].rows
    return [list(zip(titles, [*row, *[""] * len(titles)], strict=False)) for row in rows]


class _Reading:
    """Sheets of one layout on their way into a document."""

    def __init__(self, layout: Layout, document: Facts, today: date) -> None:
        self._layout, self._document, self._today = layout, document, today
        self._before = {entry["purpose"]["key"]: entry for entry in document["activities"]}
        self._wrong: list[str] = []

    def of(self, sheets: Sequence[Sheet]) -> Facts:
        company = next(s for s in sheets if s.title == self._layout.company_title)
        self._answers(self._layout.company, company.rows, self._document["controller"])
        self._document["activities"] = [self._entry(a) for a in _asked(self._layout, sheets)]
        if self._wrong:
            raise RegisterDocumentError(self._wrong)
        return self._document

    def _entry(self, answers: Sequence[Sequence[str]]) -> Facts:
        key = self._key(answers)
        entry = self._before.get(key) or _empty(key, self._today)
        self._answers(self._layout.activity, answers, entry)
        entry["purpose"]["key"] = key
        _in_both_languages(entry["version"], "title")
        _in_both_languages(entry["purpose"], "text")
        return entry

    def _key(self, answers: Sequence[Sequence[str]]) -> str:
        """Return the key of the purpose: the reference of the row, or its title."""
        named = {"purpose.key", "version.title_it", "version.title_en"}
        titles = [cells.plain(c.title) for c in self._layout.activity if c.path in named]
        said = {cells.plain(row[0]): row[1].strip() for row in answers if len(row) > 1}
        text = next((said[title] for title in titles if said.get(title)), "")
        return slugify(text)[:KEY].strip("-")

    def _answers(
        self, columns: Sequence[Column], rows: Sequence[Sequence[str]], entry: Facts
    ) -> None:
        """Put every answer into an entry, recipients before what is said of them."""
        known = {cells.plain(column.title): column for column in columns}
        said = [(row[0], row[1] if len(row) > 1 else "") for row in rows if row and row[0].strip()]
        said.sort(key=lambda pair: _comes_later(known.get(cells.plain(pair[0]))))
        for title, cell in said:
            try:
                self._put(known.get(cells.plain(title)), (title, cell), entry)
            except UnreadableCellError as error:
                self._wrong.append(f"{title}: {error}")

    def _put(self, column: Column | None, said: tuple[str, str], entry: Facts) -> None:
        """Put one answer; that to a question the layout does not know is kept as a remark."""
        title, cell = said
        if column is not None:
            cells.put(column, cell, entry, self._document)
        elif cell.strip() and "version" in entry:
            answers = entry["version"]["answers"]
            remark = f"{title.strip()}: {' '.join(cell.split())}"
            answers["remarks"] = "\n".join(filter(None, (answers.get("remarks", ""), remark)))


def _comes_later(column: Column | None) -> bool:
    return column is None or column.kind is not Kind.RECIPIENTS


def _in_both_languages(part: Facts, name: str) -> None:
    """Let a text in one language alone stand in both: a draft is read and corrected."""
    one, other = f"{name}_it", f"{name}_en"
    part[one], part[other] = part[one] or part[other], part[other] or part[one]


def _empty(key: str, today: date) -> Facts:
    version: dict[str, Any] = {name: _nothing(name) for name in FACTS[ActivityVersion]}
    purpose = {name: _nothing(name) for name in FACTS[Purpose]}
    activity = dict.fromkeys(FACTS[ProcessingActivity], today.isoformat())
    return {
        "purpose": {**purpose, "key": key}, **activity, "updated_on": today.isoformat(),
        "version": version, "retention": [], "assessment": None,
    }  # fmt: skip


def _nothing(name: str) -> Any:
    if name == "answers":
        return {}
    return [] if name in LISTS else False if name in FLAGS else ""
