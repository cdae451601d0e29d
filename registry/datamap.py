"""The data map: what is in each column, and whose it is. One of the two declarations.

Every app has a `personal_data.py` with a list `DATA_MAP`. Each concrete field and each sealed
attribute of every model says `Personal(...)` or `NotPersonal(because=...)`; a system check
stops the process when one does not (`registry/checks.py`). Engines read the map and
name no model; that is how a new model is found by access, erasure, retention, row-level
security and discovery without a line written for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from functools import cache, cached_property
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db import models

from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass, Scope, scope_of


@unique
class Origin(StrEnum):
    """How a value came to be; decides what portability covers (Art. 20(1))."""

    PROVIDED = "provided"
    OBSERVED = "observed"
    INFERRED = "inferred"


@unique
class Lookup(StrEnum):
    """How a sealed value can be found again without being readable."""

    EMAIL = "email"
    PHONE = "phone"
    FISCAL_CODE = "fiscal_code"
    NUMBER = "number"
    NAME = "name"


@unique
class Sign(StrEnum):
    """What a column tells of a way to reach a person: whether it can still be relied on."""

    CHANGED = "changed"  # when its value was last changed
    BOUNCED = "bounced"  # when mail to it came back
    ENDED = "ended"  # last day at a company, whose mailboxes it gives to others


@dataclass(frozen=True)
class Personal:
    """A field that is about the subject.

    Arguments
    ---------
    category : its place in the one taxonomy
    clear : why it is not sealed; only dates, amounts and states that SQL must sum, sort or sweep
    lookup : the kind of search token made from it
    free_text : people write sentences in it, so discovery reads it
    exchanged : the subject wrote it to us about their data, or was sent it: its words are known
        to them, and a copy of it is read by a person only where somebody else may be named
    origin : provided by the person, observed, or inferred
    """

    category: Category
    clear: str = ""
    lookup: Lookup | None = None
    free_text: bool = False
    exchanged: bool = False
    origin: Origin = Origin.PROVIDED


@dataclass(frozen=True)
class NotPersonal:
    """A field that says nothing about anybody, and why."""

    because: str


Declaration = Personal | NotPersonal


@dataclass(frozen=True)
class Remnant:
    """What stays of rows as figures about nobody, when a rule anonymises them.

    Arguments
    ---------
    day : the clear column whose month, quarter or year is told
    by : clear columns whose values tell groups apart; words of closed lists
    sums : clear columns that are added up
    """

    day: str
    by: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()


@dataclass(frozen=True)
class Holding:
    """One model of the map.

    Arguments
    ---------
    model : `app.Model`
    fields : a declaration for each concrete field and sealed attribute
    record_class : retention class of its rows; None for a model without subject
    title_it, title_en : what a person is told it is
    anchors : which column is the date of which start event; `case__solved_at` is that of a row it
        belongs to
    subject : the column that says whose a row is; "" where nobody's
    isolated : whether row-level security guards the table; if not, `open_because` says why
    whole : every field of a third-party model at once
    derived : rows that repeat others (tokens, standings); not listed apart in answers
    signs : which column tells what of a way to reach the person
    remnant : what stays of its rows as figures about nobody; None where nothing can
    """

    model: str
    fields: Mapping[str, Declaration] = field(default_factory=dict)
    record_class: RecordClass | None = None
    title_it: str = ""
    title_en: str = ""
    anchors: Mapping[Anchor, str] = field(default_factory=dict)
    subject: str = "subject"
    isolated: bool = True
    open_because: str = ""
    whole: NotPersonal | None = None
    derived: bool = False
    signs: Mapping[Sign, str] = field(default_factory=dict)
    remnant: Remnant | None = None

    @cached_property
    def model_class(self) -> type[models.Model]:
        """Return the Django model."""
        return apps.get_model(self.model)

    @property
    def table(self) -> str:
        """Return the name of the database table."""
        return self.model_class._meta.db_table

    @property
    def has_subject(self) -> bool:
        """Whether rows are about a data subject."""
        return self.record_class is not None and bool(self.subject)

    @property
    def subject_column(self) -> str:
        """Return the column with the subject's id; `id` for the subject itself."""
        if self.subject == "id":
            return "id"
        return str(getattr(self.model_class._meta.get_field(self.subject), "column", ""))

    @property
    def scope(self) -> Scope:
        """Return the key scope of its rows."""
        return scope_of(self.record_class) if self.record_class else Scope.ORDINARY

    def declaration(self, name: str) -> Declaration:
        """Return what is said of a field, including the fields of the common base."""
        if self.whole:
            return self.whole
        return self.fields[name] if name in self.fields else BASE_FIELDS[name]

    def personal(self) -> dict[str, Personal]:
        """Return the personal fields, by name, in the order of declaration."""
        return {n: d for n, d in self.fields.items() if isinstance(d, Personal)}

    def sealed(self) -> dict[str, Personal]:
        """Return the personal fields that are sealed."""
        return {n: d for n, d in self.personal().items() if not d.clear}

    def categories(self) -> frozenset[Category]:
        """Return the categories its rows may hold."""
        return frozenset(d.category for d in self.personal().values())


BASE_FIELDS: dict[str, Declaration] = {
    "id": NotPersonal(because="random identifier"),
    "controller": NotPersonal(because="whose installation"),
    "subject": NotPersonal(because="random identifier of the subject, the link the engines go by"),
    "source": NotPersonal(because="where the row came from, named in the register"),
    "scope": NotPersonal(because="key scope, from the record class"),
    "collected_at": NotPersonal(because="clear: start of retention periods"),
    "sealed": NotPersonal(because="ciphertext; its contents are declared as attributes"),
}
"""Fields of `SubjectRow`, said once."""


class DataMap:
    """All holdings of the installed apps."""

    def __init__(self, holdings: list[Holding]) -> None:
        self._by_model = {h.model.lower(): h for h in holdings}
        self.declared = holdings

    def __getitem__(self, model: type[models.Model]) -> Holding:
        return self._by_model[model._meta.label_lower]

    def __contains__(self, model: type[models.Model]) -> bool:
        return model._meta.label_lower in self._by_model

    def __iter__(self) -> Iterator[Holding]:
        return iter(self._by_model.values())

    def about_people(self) -> list[Holding]:
        """Return the holdings whose rows are about a data subject, derived ones included."""
        return [h for h in self if h.has_subject]

    def answered(self) -> list[Holding]:
        """Return the holdings that an answer to a person lists: no derived rows."""
        return [h for h in self.about_people() if not h.derived]

    def isolated(self) -> list[Holding]:
        """Return the holdings under row-level security."""
        return [h for h in self if h.isolated and not h.whole]


@cache
def data_map() -> DataMap:
    """Return the map of this installation, collected once from every app's `personal_data`."""
    holdings: list[Holding] = []
    for config in apps.get_app_configs():
        name = f"{config.name}.personal_data"
        if find_spec(config.name) and find_spec(name):
            holdings += import_module(name).DATA_MAP
    return DataMap(holdings)
