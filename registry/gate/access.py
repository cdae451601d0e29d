"""An open access: what was granted, to whom, the keys for it, and what was done.

Made by `registry.gate.opening`; code that works with personal data gets one from there and
reads through `rows`. It lives as long as its transaction.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection
from django.db.models import QuerySet

from audit import log
from governance.crypto import keystore
from governance.crypto.categorykeys import CategoryKeys
from governance.crypto.errors import KeyDestroyedError
from governance.crypto.sets import members
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.decisions import Refusal
from governance.policy.vocabulary import (
    DATA_SCOPES,
    SCOPES_IN_USE,
    RecordClass,
    Scope,
    SubjectKind,
    SubjectStatus,
)
from registry import screening, search, texts
from registry.datamap import Personal, data_map
from registry.gate import anchors
from registry.gate.errors import (
    AccessReadsOnlyError,
    CategoryNotGrantedError,
    GateClosedError,
    GateRefusedError,
    RowNotServedError,
    SubjectErasingError,
    SubjectNotAdmittedError,
)
from registry.gate.serving import Served
from registry.models import DataSource, DataSubject, SubjectRow

FIRST_SCOPES = (Scope.ORDINARY, Scope.AUDIT)  # the others come with their first row
MOST_CIPHERS = 50_000  # of one access, some 0.1 GB
GONE = (SubjectStatus.ERASING, SubjectStatus.ERASED)
M = TypeVar("M", bound=SubjectRow)


class Access:
    """One access.

    Arguments
    ---------
    categories : granted categories; no key is handed out for another
    admitted : subjects it was opened for; None for a duty over all of them
    excluded : how many subjects were left out, by refusal
    may_write_erased : an answer to a person may be filed although they are erased
    kinds : categories of persons the activity covers; None for a duty
    keeps : classes of records that it may read in the scope `kept`; None for all, a duty
    may_write : whether rows may be written; not by a READ, LIST, SEARCH, EXPORT, or in an emergency
    withholds : whether clear columns of categories not granted are withheld; not where data is
        written, which asks what stands (an import looks for objections)
    served : to what the role is narrowed by whom it serves; None for no narrowing
    """

    def __init__(
        self,
        *,
        actor: Actor,
        categories: frozenset[Category],
        admitted: set[UUID] | None,
        now: datetime,
        excluded: Counter[Refusal] | None = None,
        may_write_erased: bool = False,
        kinds: frozenset[SubjectKind] | None = None,
        keeps: frozenset[RecordClass] | None = None,
        may_write: bool = True,
        withholds: bool = False,
        served: Served | None = None,
    ) -> None:
        self.token = object()
        self.actor = actor
        self.controller: UUID = actor.controller
        self.categories = categories
        self.admitted = admitted
        self.now = now
        self.excluded = excluded or Counter()
        self.served = served or Served()
        self.members: set[UUID] = set()
        self.fields: set[str] = set()
        self.names: dict[UUID, str] = {}  # what the log calls those whose keys were fetched
        self.reference: UUID | None = None
        self.names_outside: Mapping[UUID, str] = {}  # what a recipient calls each person
        self.because = ""  # why, as a word of a closed list, where somebody was asked for it
        self.receipt: log.Receipt | None = None  # set when its entry is written
        self._may_write_erased = may_write_erased
        self._kinds = kinds
        self._keeps = keeps
        self._may_write = may_write
        self._withholds = withholds
        self._is_over = False
        self._keys: dict[tuple[UUID, str, int], CategoryKeys] = {}
        self._newest: dict[tuple[UUID, str], int] = {}
        self._asked: set[UUID] = set()
        self._ciphers: dict[tuple[UUID, str, str, int], AESGCM] = {}
        self._locked: set[UUID] = set()
        self._text_rules: screening.Rules | None = None

    # Reading

    def rows(self, model: type[M]) -> "QuerySet[M]":
        """Return the rows of `model` that belong to the subjects of this access.

        Without what is kept of an erased person for another ground than its own, and without what
        the role does not serve (`registry.gate.serving`).
        """
        rows = self.served.among(cast("QuerySet[M]", model._default_manager.all()))
        if not self.may_see_kept(model):
            rows = rows.exclude(scope=Scope.KEPT)
        if self.admitted is None:
            return rows
        return rows.filter(subject_id__in=members(self.admitted))

    def among(self, people: Iterable[UUID] | None) -> set[UUID]:
        """Return those of `people` (None: all) it was opened for; a duty over everybody raises."""
        if self.admitted is None:
            raise SubjectNotAdmittedError
        return self.admitted if people is None else self.admitted.intersection(people)

    def values(self, row: SubjectRow) -> dict[str, Any]:
        """Return the personal fields of a row that this access may show, by name."""
        shown = {}
        for name, declaration in data_map()[type(row)].personal().items():
            if declaration.category in self.categories and self.served.opens(
                declaration.category, row.subject_id
            ):
                self.fields.add(f"{row._meta.label}.{name}")
                shown[name] = getattr(row, name)
        return shown

    def close(self) -> None:
        """End: whoever kept the access, or a copy of its context, finds no key in it any more."""
        self._is_over = True
        self._forget()

    def _forget(self) -> None:
        for held in (self._ciphers, self._keys, self._newest, self._asked):
            held.clear()

    @property
    def is_over(self) -> bool:
        """Whether its transaction has ended."""
        return self._is_over

    def forgo(self, categories: Iterable[Category]) -> None:
        """Take less than was granted, before anything is read: no key is fetched for it."""
        self.categories -= frozenset(categories)

    def widen(self, category: Category) -> None:
        """Grant one more category: to the gate, for what it writes of an access itself."""
        if category not in self.categories:
            self.categories |= {category}
            self._asked.clear()

    # What sealed attributes ask (registry.gate.context.OpenAccess)

    def require(self, category: str) -> None:
        """Raise unless `category` was granted."""
        if category not in self.categories:
            raise CategoryNotGrantedError(category=category)

    def category_of(self, model: type, name: str) -> str:
        """Return the category of an attribute, and note that it was used."""
        holding = data_map()[model]
        declaration = holding.declaration(name)
        if not isinstance(declaration, Personal):
            msg = f"{holding.model}.{name} is sealed but declared as not personal"
            raise TypeError(msg)
        self.fields.add(f"{holding.model}.{name}")
        return declaration.category

    def scope_of(self, model: type) -> Scope:
        """Return the key scope of a model's rows."""
        return data_map()[model].scope

    def withheld(self, model: type) -> frozenset[str]:
        """Return the clear columns of a model whose category was not granted.

        A duty that grants no category works on clear columns, and none is withheld from it.
        """
        if not self._withholds or model not in data_map():
            return frozenset()
        personal = data_map()[model].personal().items()
        return frozenset(n for n, d in personal if d.clear and d.category not in self.categories)

    def took(self, columns: Iterable[tuple[type, str]]) -> None:
        """Note that columns were read without their rows: of everybody it was opened for.

        Raises
        ------
        CategoryNotGrantedError
        """
        if self._is_duty:
            return
        held = data_map()
        for model, name in columns:
            declared = held[model].personal().get(name) if model in held else None
            if declared is not None:
                if self._withholds:
                    self.require(declared.category)
                self.fields.add(f"{held[model].model}.{name}")
                self.members |= self.admitted or set()

    @property
    def _is_duty(self) -> bool:
        return self._keeps is None

    def cipher(
        self, controller: UUID, subject: UUID, scope: str, category: str, version: int
    ) -> AESGCM:
        """Return the cipher for one subject, scope, granted category and version of the key.

        Raises
        ------
        CategoryNotGrantedError, SubjectNotAdmittedError, KeyDestroyedError
        """
        if self._is_over:
            raise GateClosedError
        self.require(category)
        if controller != self.controller:
            raise SubjectNotAdmittedError
        if not self.served.opens(category, subject):
            raise CategoryNotGrantedError(category=category)
        found = self._ciphers.get((subject, scope, category, version))
        if found is None:
            self._admit([subject])
            keys = self._keys.get((subject, scope, version))
            if keys is None:
                raise KeyDestroyedError
            found = AESGCM(keys.by_category[category])
            self._ciphers[subject, scope, category, version] = found
        return found

    def commitment(self, subject: UUID, scope: str, version: int) -> bytes:
        """Return the commitment to the key of a subject and scope of whom a cipher was given."""
        return self._keys[subject, scope, version].commitment

    def newest(self, subject: UUID, scope: str) -> int:
        """Return the newest version of the key of a subject and scope.

        Raises
        ------
        SubjectNotAdmittedError
        KeyDestroyedError
            there is none
        """
        self._admit([subject])
        found = self._newest.get((subject, scope))
        if found is None:
            raise KeyDestroyedError
        return found

    def saw(self, rows: Iterable[Any]) -> None:
        """Note rows that were read: their subjects become members of this access."""
        seen = list(rows)
        if self._keeps is not None:
            for row in seen:
                if row.scope == Scope.KEPT and not self.may_see_kept(type(row)):
                    raise GateRefusedError(Refusal.SUBJECT_ERASED)
        if not all(self.served.has(row) for row in seen):
            raise RowNotServedError
        if len(self._ciphers) > MOST_CIPHERS:  # an export: what was read before is done with
            self._forget()
        self._admit({row.subject_id for row in seen})

    def may_see_kept(self, model: type) -> bool:
        """Whether rows of a model are shown that were kept of an erased person."""
        return self._keeps is None or data_map()[model].record_class in self._keeps

    def _admit(self, subjects: Iterable[UUID]) -> None:
        if self._is_over:
            raise GateClosedError
        wanted = set(subjects)
        if self.admitted is not None and not wanted <= self.admitted:
            raise SubjectNotAdmittedError
        self.members |= wanted
        if self.categories and (missing := wanted - self._asked):
            self._asked |= missing
            self.receive(missing, DATA_SCOPES if self._is_duty else SCOPES_IN_USE)

    def receive(self, subjects: Iterable[UUID], scopes: Iterable[Scope]) -> None:
        """Fetch the keys of the granted categories, of these alone, and the log's names."""
        found, names = keystore.opened_and_named(
            self.controller, subjects, scopes=scopes, categories=self.categories,
            month=log.month_of(self.now),
        )  # fmt: skip
        self.names |= names
        self._keys |= found
        self._newest |= {(subject, scope): version for subject, scope, version in found}

    # Writing

    def new_subject(self, *, kind: SubjectKind, source: DataSource | None) -> DataSubject:
        """Create one data subject; see `new_subjects`."""
        return self.new_subjects([kind], source=source)[0]

    def new_subjects(
        self, kinds: Iterable[SubjectKind], *, source: DataSource | None
    ) -> list[DataSubject]:
        """Create data subjects, keys first; quarantined while the source is not verified.

        Raises
        ------
        GateRefusedError
            the activity does not cover this category of persons (Art. 30(1)(c))
        """
        kinds = list(kinds)
        if self._kinds is not None and not self._kinds.issuperset(kinds):
            raise GateRefusedError(Refusal.SUBJECT_NOT_COVERED)
        verified = source is None or source.from_subject or source.verified_at is not None
        status = SubjectStatus.ACTIVE if verified else SubjectStatus.QUARANTINED
        subjects = [
            DataSubject(
                controller_id=self.controller, kind=kind, status=status, created_at=self.now
            )
            for kind in kinds
        ]
        ids = {subject.pk for subject in subjects}
        keystore.create_subject_keys(self.controller, ids, scopes=FIRST_SCOPES)
        DataSubject.objects.bulk_create(subjects, batch_size=2000)
        if self.admitted is not None:
            self.admitted |= ids
        self.served.add_people(ids)
        self._locked |= ids
        self._admit(ids)
        return subjects

    def let_write(self) -> None:
        """Let the gate note, at the end of an access that reads, to whom data went."""
        self._may_write = True

    def writes_at_large(self) -> None:
        """Note that rows are changed or deleted unseen: of everybody it was opened for.

        Raises
        ------
        AccessReadsOnlyError
        """
        if not self._may_write:
            raise AccessReadsOnlyError
        if not self._is_duty:
            self.members |= self.admitted or set()

    def prepare(self, rows: Iterable[Any]) -> None:
        """Get ready to write rows: subjects locked and alive, keys fetched, one statement each."""
        if not self._may_write:
            raise AccessReadsOnlyError
        ready = list(rows)
        subjects = {row.subject_id for row in ready}
        self._admit(subjects)
        self._lock(subjects)
        self._make_keys(ready)
        self._screen(ready)

    def wrote(self, rows: Iterable[tuple[Any, Mapping[str, Any]]]) -> None:
        """Renew search tokens and start events of rows that were written."""
        written = list(rows)
        self.prepare(row for row, _ in written)
        search.renew(self.controller, [(row, changed) for row, changed in written if changed])
        anchors.renew(row for row, _ in written)
        texts.note(self.controller, written, now=self.now)

    def _screen(self, rows: list[Any]) -> None:
        """Mask in what was set what the register wants masked; asked once, where text was set."""
        written = [row for row in rows if texts.sets_text(row)]
        if not written:
            return
        if self._text_rules is None:
            self._text_rules = screening.rules_of(self.controller)
        if self._text_rules:
            screening.screen(self, written, self._text_rules)

    def _lock(self, subjects: set[UUID]) -> None:
        """Hold the subjects against an erasure until this transaction ends.

        An erasure takes FOR UPDATE before it marks a person, which waits for this lock and is
        seen by the status read here; the deferred foreign key alone would not be.
        """
        wanted = sorted(subjects - self._locked)
        if not wanted:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, status FROM registry_datasubject WHERE id = ANY(%s)"
                " ORDER BY id FOR KEY SHARE",
                [wanted],
            )
            found = dict(cursor.fetchall())
        if len(found) < len(wanted):
            raise SubjectNotAdmittedError
        if not self._may_write_erased and any(status in GONE for status in found.values()):
            raise SubjectErasingError
        self._locked |= set(wanted)

    def _make_keys(self, rows: list[Any]) -> None:
        """Make the keys of scopes that are written for the first time, and commit them first."""
        missing: dict[Scope, set[UUID]] = {}
        for row in rows:
            scope = self.scope_of(type(row))
            if self.categories and (row.subject_id, scope) not in self._newest:
                missing.setdefault(scope, set()).add(row.subject_id)
        for scope, subjects in missing.items():
            keystore.create_subject_keys(self.controller, subjects, scopes=[scope])
            self.receive(subjects, [scope])

    def make_key(self, subject: UUID, scope: Scope) -> None:
        """Make the key of a scope that a row is moved to, if there is none, and fetch it."""
        keystore.create_subject_keys(self.controller, [subject], scopes=[scope])
        self.receive([subject], [scope])
