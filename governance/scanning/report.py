"""The report of a scan: as JSON for programs, as a page that stands alone for people."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.policy.categories import Category
from governance.scanning import agreement
from governance.scanning.agreement import Lacking, Register, Standing
from governance.scanning.judging import SeenTable, SeenText, Spoken
from governance.scanning.pieces import Unread
from registry import labels

WORDS: dict[Standing, Promise] = {
    Standing.SECRET: _("A secret that must not be kept"),
    Standing.SPECIAL: _("A special category: which ground?"),
    Standing.UNSURE: _("What is this?"),
    Standing.NOT_COVERED: _("No approved activity uses it"),
    Standing.COVERED: _("In the register"),
    Standing.SEEN: _("Personal data"),
    Standing.NOT_PERSONAL: _("Not personal by itself"),
}


@dataclass
class Report:
    """What a scan saw.

    Attributes
    ----------
    source : what was scanned, without user and password
    controller : whose register it was compared with, "" where with none
    register : what that register covers; None where it was not compared
    """

    source: str
    made_at: datetime
    controller: str = ""
    register: Register | None = None
    tables: list[SeenTable] = field(default_factory=list)
    texts: list[SeenText] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def lacking(self) -> tuple[Lacking, ...]:
        """Return what the register lacks; nothing where it was not compared."""
        if self.register is None:
            return ()
        return agreement.lacking(self.tables, self.texts, self.register)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON takes it. Values are masked; words are machine words."""
        return {
            "source": self.source,
            "made_at": self.made_at.isoformat(timespec="seconds"),
            "controller": self.controller or None,
            "tables": [self._table(table) for table in self.tables],
            "texts": [self._text(text) for text in self.texts],
            "not_read": [
                {"name": one.name, "code": one.error.code, "message": str(one.error.message),
                 "advice": str(one.error.advice)}
                for one in self.unread
            ],
            "lacking_in_register": [
                {"category": one.category, "places": [_place(*place) for place in one.places]}
                for one in self.lacking()
            ],
            "counts": dict(self._counts()),
        }  # fmt: skip

    def to_html(self, language: str) -> str:
        """Return the report as one page that needs nothing else."""
        with translation.override(language):
            return render_to_string("scanning/report.html", self._context())

    def _table(self, table: SeenTable) -> dict[str, Any]:
        return {
            "name": table.name,
            "rows": table.total,
            "rows_sampled": table.sampled,
            "columns": [
                {
                    "name": column.header,
                    "standing": agreement.standing(column, self.register),
                    "category": column.category,
                    "kind": column.kind,
                    "confidence": column.confidence,
                    "reasons": list(column.reasons),
                    "filled": column.filled,
                    "distinct": column.distinct,
                    "masked_sample": column.masked,
                    "speaks_of": _spoken(column.spoken),
                }
                for column in table.columns
            ],
        }

    def _text(self, text: SeenText) -> dict[str, Any]:
        return {
            "name": text.name,
            "characters": text.characters,
            "is_whole": text.is_whole,
            "standing": self._standing_of(text),
            "speaks_of": _spoken(text.spoken),
        }

    def _standing_of(self, text: SeenText) -> Standing:
        return agreement.of_categories({one.category for one in text.spoken}, self.register)

    def _counts(self) -> Counter[str]:
        """Count columns and texts by what follows from them."""
        columns = (column for table in self.tables for column in table.columns)
        counts = Counter(str(agreement.standing(one, self.register)) for one in columns)
        counts.update(str(self._standing_of(text)) for text in self.texts)
        return counts

    def _context(self) -> dict[str, Any]:
        counts = self._counts()
        return {
            "report": self,
            "counts": [(WORDS[s], counts[s]) for s in Standing if counts[s]],
            "lacking": [(_category(one.category), one.places) for one in self.lacking()],
            "tables": [
                (table, [self._shown(column) for column in table.columns]) for table in self.tables
            ],
            "texts": [
                (text, WORDS[self._standing_of(text)], self._standing_of(text), _shown(text.spoken))
                for text in self.texts
            ],
        }

    def _shown(self, column: Any) -> dict[str, Any]:
        standing = agreement.standing(column, self.register)
        held = {column.category} if column.category else set()
        uses = {t for c in held for t in (self.register or {}).get(c, ())}
        return {
            "column": column,
            "standing": standing,
            "standing_text": WORDS[standing],
            "is_question": standing in agreement.QUESTIONS,
            "category_text": _category(column.category) if column.category else "",
            "percent": round(column.confidence * 100),
            "activities": sorted(uses),
            "spoken": _shown(column.spoken),
        }


def _place(name: str, column: str) -> str:
    return f"{name} › {column}" if column else name


def _spoken(spoken: Sequence[Spoken]) -> list[dict[str, Any]]:
    return [
        {"category": s.category, "found": s.found, "texts": s.texts, "masked_sample": s.masked}
        for s in spoken
    ]


def _shown(spoken: Sequence[Spoken]) -> list[tuple[str, int]]:
    return [(_category(one.category), one.found) for one in spoken]


def _category(category: Category) -> str:
    return labels.text(Category, category)
