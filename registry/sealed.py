"""Sealed attributes: personal values that feel ordinary and never rest in plain columns.

A model says `given_name = SealedText()`; the data map gives the attribute its category.
All values of one category of a row are one blob (docs/spec/field-encryption.md).
Reading and writing go through the open access (`registry.gate.context`), which holds the keys
of the categories it was granted and no others; there is no other way to a value.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Generic, TypeVar, cast, overload
from uuid import UUID

import orjson
from asgiref.sync import sync_to_async
from django.db import connection, models

from governance.crypto.column import NEWEST, Column
from governance.crypto.envelope import Place
from governance.crypto.errors import KeyDestroyedError, UnsealError
from governance.policy.vocabulary import DATA_SCOPES, Scope
from registry.gate import columns, context
from registry.gate.queries import AskingQuery

V = TypeVar("V")
AT_ONCE = 500  # rows written by one statement, when they are sealed anew


class Sealed(Generic[V]):
    """A sealed attribute. Values are stored as JSON; `to_json` and `from_json` convert."""

    name: str

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def to_json(self, value: V) -> Any:
        """Return the JSON form of a value."""
        return value

    def from_json(self, value: Any) -> V:
        """Return the value of a JSON form."""
        return cast(V, value)

    @overload
    def __get__(self, row: None, owner: type) -> "Sealed[V]": ...
    @overload
    def __get__(self, row: "SealedRow", owner: type) -> V | None: ...
    def __get__(self, row: "SealedRow | None", owner: type) -> "Sealed[V] | V | None":
        if row is None:
            return self
        value = row.unsealed(self.name)
        return None if value is None else self.from_json(value)

    def __set__(self, row: "SealedRow", value: V | None) -> None:
        row.pending[self.name] = None if value is None or value == "" else self.to_json(value)


class SealedText(Sealed[str]):
    """Text."""


class SealedDate(Sealed[date]):
    """A date without time."""

    def to_json(self, value: date) -> str:
        """Return yyyy-mm-dd."""
        return value.isoformat()

    def from_json(self, value: str) -> date:
        """Return the date of yyyy-mm-dd."""
        return date.fromisoformat(value)


class SealedDecimal(Sealed[Decimal]):
    """An exact number."""

    def to_json(self, value: Decimal) -> str:
        """Return the digits, so that nothing is rounded."""
        return str(value)

    def from_json(self, value: str) -> Decimal:
        """Return the number of its digits."""
        return Decimal(value)


def sealed_attributes(model: type) -> dict[str, Sealed[Any]]:
    """Return the sealed attributes of a model by name, those of its bases included."""
    return _attributes_of(cast(Any, model))


@cache
def _attributes_of(model: Any) -> dict[str, Sealed[Any]]:
    found: dict[str, Sealed[Any]] = {}
    for cls in reversed(model.__mro__):
        found |= {n: a for n, a in vars(cls).items() if isinstance(a, Sealed)}
    return found


class SealedRow:
    """What a model with sealed attributes can do; mixed into `SubjectRow`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        values = {n: kwargs.pop(n) for n in sealed_attributes(type(self)) if n in kwargs}
        super().__init__(*args, **kwargs)
        for name, value in values.items():
            setattr(self, name, value)

    @property
    def pending(self) -> dict[str, Any]:
        """Values set and not yet sealed, in JSON form."""
        return cast(dict[str, Any], self.__dict__.setdefault("_pending", {}))

    def unsealed(self, name: str) -> Any:
        """Return the JSON form of an attribute; the access must grant its category."""
        if name in self.pending:
            return self.pending[name]
        return self._frame(context.current().category_of(type(self), name)).get(name)

    def _frame(self, category: str) -> dict[str, Any]:
        access = context.current()
        access.require(category)
        opened = cast(
            dict[tuple[object, str], dict[str, Any]], self.__dict__.setdefault("_opened", {})
        )
        key = (access.token, category)  # plain text is not carried from one access to the next
        if key not in opened:
            opened[key] = self._open(access, category)
        return opened[key]

    def _open(self, access: context.OpenAccess, category: str) -> dict[str, Any]:
        column = self._column()
        if column is None or category not in column.frames:
            return {}
        plain = self._plain(access, column, category)
        try:
            return cast(dict[str, Any], orjson.loads(plain or b"{}"))
        except orjson.JSONDecodeError:
            pass
        raise UnsealError  # here, where no cause hangs on it

    def _plain(self, access: context.OpenAccess, column: Column, category: str) -> bytes | None:
        row, version = cast(Any, self), column.key_version
        cipher = access.cipher(row.controller_id, row.subject_id, row.scope, category, version)
        commitment = access.commitment(row.subject_id, row.scope, version)
        return column.open(cipher, self._place(category), commitment=commitment)

    def held(self) -> frozenset[str]:
        """Return the categories of which the row stores something, told without opening it."""
        column = self._column()
        return frozenset(column.frames) if column else frozenset()

    def _column(self) -> Column | None:
        """Return what is stored, taken apart once; None where nothing is."""
        stored = cast(Any, self).sealed
        if not stored:
            return None
        held = self.__dict__.get("_parsed")
        if held is None or held[0] is not stored:
            held = self.__dict__["_parsed"] = (stored, Column.parse(stored))
        return cast(Column, held[1])

    def _place(self, category: str) -> Place:
        row = cast(Any, self)
        return Place(
            controller=row.controller_id,
            table=row._meta.db_table,
            row=row.pk,
            category=category,
            subject=row.subject_id,
            scope=row.scope,
        )

    def seal_pending(self) -> dict[str, Any]:
        """Seal what was set; return it by name, so that search tokens can be made of it."""
        if not self.pending:
            return {}
        row, access = cast(Any, self), context.current()
        column = self._column()
        by_category: dict[str, dict[str, Any]] = {}
        for name, value in self.pending.items():
            category = access.category_of(type(self), name)
            by_category.setdefault(category, {})[name] = value
        for category, values in by_category.items():
            merged = {**self._frame(category), **values}
            kept = {n: v for n, v in merged.items() if v is not None}
            # A row keeps its format and version: not all of its frames can be written here.
            version = column.key_version if column else access.newest(row.subject_id, row.scope)
            cipher = access.cipher(row.controller_id, row.subject_id, row.scope, category, version)
            commitment = access.commitment(row.subject_id, row.scope, version)
            column = column or Column.empty(commitment, version)
            if kept:
                place, plain = self._place(category), orjson.dumps(kept)
                column = column.with_sealed(cipher, place, plain, commitment=commitment)
            else:
                column = column.without(category)
        row.sealed = column.stored() if column else b""
        done = dict(self.pending)
        self.pending.clear()
        self.__dict__.pop("_opened", None)
        return done

    def reseal(self, scope: str, *, without: AbstractSet[str], inner: str) -> bool:
        """Seal anew what is stored; see `reseal` of this module. Return whether it changed."""
        row, access = cast(Any, self), context.current()
        column = self._column()
        if column is None:
            moved, row.scope = row.scope != scope, scope
            return bool(moved)
        version = access.newest(row.subject_id, scope)
        at = (row.scope, column.format, column.key_version)
        self.reseal_inner(inner)
        if (
            at == (scope, NEWEST, version)
            and not without & column.frames.keys()
            and not self.pending
        ):
            return False
        self.seal_pending()
        column = cast(Column, self._column())
        plain = {
            category: (self._plain(access, column, category) or b"").rstrip(b" ")
            for category in column.frames
            if category not in without
        }
        row.scope = scope
        commitment = access.commitment(row.subject_id, scope, version)
        fresh = Column.empty(commitment, version)
        for category, text in plain.items():
            cipher = access.cipher(row.controller_id, row.subject_id, scope, category, version)
            fresh = fresh.with_sealed(cipher, self._place(category), text, commitment=commitment)
        row.sealed = fresh.stored()
        self.__dict__.pop("_opened", None)
        return True

    def reseal_inner(self, scope: str) -> None:
        """Set anew what is sealed once more by itself, in `scope` if under the ordinary key."""

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: "models.QuerySet[Any] | None" = None,
    ) -> None:
        """Load again; a clear column that the access does not grant is not loaded.

        Django asks here, too, for a column that was left out when the row was fetched.

        Raises
        ------
        CategoryNotGrantedError
            a column was named whose category was not granted
        """
        model = type(self)
        withheld = context.current().withheld(model)
        if fields is None and withheld:
            every = (f.attname for f in cast(Any, self)._meta.concrete_fields)
            fields = [name for name in every if name not in withheld]
        context.current().took([(model, name) for name in fields or ()])
        super().refresh_from_db(using, fields, from_queryset)  # type: ignore[misc]  # models.Model is next in line

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what was opened: a copy for a queue or a cache holds no plain text."""
        state = cast(dict[str, Any], super().__getstate__())
        return {n: v for n, v in state.items() if n not in {"_opened", "_pending"}}

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Seal, save, and renew the search tokens of what was set."""
        row = cast(Any, self)
        context.current().prepare([row])
        if row._state.adding:
            row.scope = context.current().scope_of(type(self))
        changed = self.seal_pending()
        fields = kwargs.get("update_fields")
        if fields is not None and changed:
            plain = [f for f in fields if f not in sealed_attributes(type(self))]
            kwargs["update_fields"] = [*plain, "sealed"]
        super().save(*args, **kwargs)  # type: ignore[misc]  # models.Model is the next in line
        context.current().wrote([(row, changed)])


R = TypeVar("R", bound=models.Model)


class SealedQuerySet(models.QuerySet[R]):
    """A queryset whose rows are noted as read by the open access, keys fetched set-wise.

    Columns that are read without a row, and changes to rows that are not fetched, are noted too.
    """

    def __init__(
        self, model: Any = None, query: Any = None, using: Any = None, hints: Any = None
    ) -> None:
        super().__init__(model, query or AskingQuery(model), using, hints)

    def _fetch_all(self) -> None:
        fresh = self._result_cache is None
        super()._fetch_all()
        if fresh and self._result_cache:
            self._note(self._result_cache)

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        """Fetch rows by words of SQL; a duty may.

        Raises
        ------
        WordsOfSQLError
        """
        if context.is_open():
            context.current().took(columns.of_words())
        return super().raw(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        """Change rows unseen; not in an access that only reads."""
        if context.is_open():
            context.current().writes_at_large()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete rows unseen; not in an access that only reads."""
        if context.is_open():
            context.current().writes_at_large()
        return super().delete()

    def _note(self, rows: Iterable[Any]) -> None:
        found = [row for row in rows if isinstance(row, SealedRow)]
        if found:
            context.current().saw(found)

    def iterator(self, chunk_size: int | None = 2000) -> Iterator[R]:
        """Yield rows in chunks, each noted before it is handed over."""
        chunk: list[R] = []
        for row in super().iterator(chunk_size=chunk_size or 2000):
            chunk.append(row)
            if len(chunk) >= (chunk_size or 2000):
                self._note(chunk)
                yield from chunk
                chunk = []
        self._note(chunk)
        yield from chunk

    async def aiterator(self, chunk_size: int = 2000) -> AsyncIterator[R]:
        """Yield rows as `iterator` does, for code that waits."""
        for row in await sync_to_async(lambda: list(self.iterator(chunk_size)))():
            yield row

    def bulk_create(self, objs: Iterable[R], *args: Any, **kwargs: Any) -> list[R]:
        """Seal and insert many rows, with their search tokens."""
        rows = list(objs)
        access = context.current()
        access.prepare(rows)
        written = []
        for row in rows:
            sealed_row = cast(Any, row)
            sealed_row.scope = access.scope_of(type(row))
            written.append((sealed_row, sealed_row.seal_pending()))
        created = super().bulk_create(rows, *args, **kwargs)
        access.wrote(written)
        return created

    def bulk_update(
        self, objs: Iterable[R], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        """Seal and update many rows, with their search tokens."""
        rows = list(objs)
        access = context.current()
        access.prepare(rows)
        written = [(cast(Any, row), cast(Any, row).seal_pending()) for row in rows]
        attributes = sealed_attributes(self.model)
        wanted = list(fields)
        plain = [f for f in wanted if f not in attributes]
        if len(plain) < len(wanted):
            plain.append("sealed")
        count = super().bulk_update(rows, plain, batch_size=batch_size)
        access.wrote(written)
        return count


@dataclass(frozen=True, slots=True)
class Resealed:
    """What sealing rows anew did.

    Attributes
    ----------
    done : rows written
    passed : rows that were as they should be
    unopened : ids of rows that do not open, left as they are
    """

    done: int = 0
    passed: int = 0
    unopened: tuple[UUID, ...] = ()

    def __add__(self, other: "Resealed") -> "Resealed":
        return Resealed(
            self.done + other.done, self.passed + other.passed, self.unopened + other.unopened
        )


def reseal(
    access: context.OpenAccess,
    rows: Iterable[SealedRow],
    *,
    scope: Scope | None = None,
    without: AbstractSet[str] = frozenset(),
    inner: Scope = Scope.ORDINARY,
) -> Resealed:
    """Open rows and seal them anew in their place, under the newest key of their scope.

    The caller has locked the people FOR UPDATE, so that nobody writes the rows meanwhile. Search
    tokens stay as they are. Sealing again what is sealed so already does nothing.

    Arguments
    ---------
    access : the one that is open, with all categories granted
    scope : the retention scope to go over to; None for that of each row
    without : categories to leave out
    inner : the scope for what an attribute holds sealed once more by itself

    Raises
    ------
    CategoryNotGrantedError
    KeyDestroyedError
        the scope to go over to has no key
    """
    by_model: dict[type, list[Any]] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(row)
    found = Resealed()
    for model, its in by_model.items():
        for start in range(0, len(its), AT_ONCE):
            chunk = its[start : start + AT_ONCE]
            access.receive({row.subject_id for row in chunk}, DATA_SCOPES)
            found += _reseal(model, chunk, scope, without, inner)
    return found


def _reseal(
    model: Any, rows: list[Any], scope: Scope | None, without: AbstractSet[str], inner: Scope
) -> Resealed:
    changed, unopened = [], []
    for row in rows:
        try:
            if row.reseal(str(scope or row.scope), without=without, inner=inner):
                changed.append(row)
        except UnsealError:
            unopened.append(row.pk)
        except KeyDestroyedError:
            if scope is not None:
                raise
            unopened.append(row.pk)
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {connection.ops.quote_name(model._meta.db_table)} AS t"  # noqa: S608 - a name of ours
                " SET sealed = new.sealed, scope = new.scope"
                " FROM unnest(%s::uuid[], %s::bytea[], %s::text[]) AS new(id, sealed, scope)"
                " WHERE t.id = new.id",
                [
                    [row.pk for row in changed],
                    [bytes(row.sealed) for row in changed],
                    [row.scope for row in changed],
                ],
            )
    return Resealed(len(changed), len(rows) - len(changed) - len(unopened), tuple(unopened))


SealedManager = models.Manager.from_queryset(SealedQuerySet)
