"""Finding sealed values without reading them: search tokens.

Tokens are made from the lookups the data map declares, written with their row and
replaced as a whole when the value changes (docs/spec/field-encryption.md, section 8).

While the index goes over to its next version, writers write tokens under every version in use and
readers ask the oldest, which is complete. Both hold a shared lock from reading the versions until
their transaction ends; `wait_for_all` waits for whoever may not know of the newest or the end of an
old one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import BinaryField, Expression, QuerySet

from governance.crypto import keystore, normalise
from governance.crypto.blindindex import Index
from governance.crypto.ids import uuid7
from governance.policy.categories import Category
from governance.policy.vocabulary import SubjectStatus
from registry.datamap import Lookup, data_map
from registry.models import SearchToken

INDEX_KEY = "index"
CATEGORY_OF: dict[Lookup, Category] = {
    Lookup.EMAIL: Category.EMAIL,
    Lookup.PHONE: Category.PHONE,
    Lookup.FISCAL_CODE: Category.NATIONAL_ID,
    Lookup.NUMBER: Category.CUSTOMER_NUMBER,
    Lookup.NAME: Category.NAME,
}
GONE = (SubjectStatus.ERASING, SubjectStatus.ERASED)
LOCK = "hashtextextended(%s, 0)"  # of one controller; the text is `index` and its id
PATIENCE = "5s"  # others queue behind an exclusive lock that waits, so it does not wait longer
TRIES = 60
LOCKED = "55P03"


def normalised(lookup: Lookup, value: str) -> frozenset[str]:
    """Return what is hashed for one value: one form, or words and prefixes for a name."""
    match lookup:
        case Lookup.NAME:
            return frozenset(normalise.name_tokens(value))
        case Lookup.EMAIL:
            form = normalise.email(value)
        case Lookup.PHONE:
            form = normalise.phone(value)
        case Lookup.FISCAL_CODE:
            form = normalise.fiscal_code(value)
        case Lookup.NUMBER:
            form = value.strip() or None
    return frozenset([form] if form else [])


def renew(controller: UUID, rows: Iterable[tuple[Any, Mapping[str, Any]]]) -> None:
    """Replace the tokens of rows whose looked-up attributes were set, in two statements."""
    stale: dict[str, list[UUID]] = defaultdict(list)
    fresh: dict[tuple[str, str, UUID], UUID] = {}
    for row, changed in rows:
        declared = data_map()[type(row)].personal()
        touched = {d.lookup for n, d in declared.items() if n in changed and d.lookup}
        for lookup in touched:
            stale[lookup].append(row.pk)
        fresh |= forms(row, touched)
    if not stale:
        return
    versions = _in_use(controller)
    for kind, ids in stale.items():
        SearchToken.objects.filter(controller=controller, kind=kind, row__in=ids).delete()
    for version, index in versions.items():
        insert(controller, fresh, index=index, version=version)


def forms(row: Any, lookups: Collection[Lookup]) -> dict[tuple[str, str, UUID], UUID]:
    """Return what a row is found by: (lookup, normal form, row), and its subject."""
    found = {}
    for name, declaration in data_map()[type(row)].personal().items():
        lookup = declaration.lookup
        value = row.unsealed(name) if lookup and lookup in lookups else None
        if lookup and value:
            for form in normalised(lookup, str(value)):
                found[str(lookup), form, row.pk] = row.subject_id
    return found


def insert(
    controller: UUID, fresh: Mapping[tuple[str, str, UUID], UUID], *, index: Index, version: int
) -> None:
    """Insert tokens from arrays: a person has a dozen, and objects for each are the slow part."""
    if not fresh:
        return
    kinds, written, rows = zip(*fresh, strict=True)
    tokens = [index.token(kind, form) for kind, form in zip(kinds, written, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_searchtoken"
            " (id, controller_id, subject_id, kind, token, version, row)"
            " SELECT id, %s, subject_id, kind, token, %s, row FROM unnest("
            "%s::uuid[], %s::uuid[], %s::text[], %s::bytea[], %s::uuid[])"
            " AS t(id, subject_id, kind, token, row) ON CONFLICT DO NOTHING",
            [
                controller,
                version,
                [uuid7() for _ in rows],
                list(fresh.values()),
                list(kinds),
                tokens,
                list(rows),
            ],
        )


def _in_use(controller: UUID) -> dict[int, Index]:
    """Return the index by version, the oldest first, which stays so until the transaction ends.

    The lock comes first: who reads the versions is waited for before one of them goes.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock_shared({LOCK})", [_lock_name(controller)])
    keys = keystore.controller_keys(controller, INDEX_KEY, create=True)
    return {version: Index(key) for version, key in keys.items()}


def _lock_name(controller: UUID) -> str:
    return f"{INDEX_KEY}|{controller.hex}"


def wait_for_all(controller: UUID) -> None:
    """Wait until all transactions have ended that read the versions of the index before now.

    Raises
    ------
    OperationalError
        some went on for minutes
    """
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic(durable=True), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
                cursor.execute(f"SELECT pg_advisory_xact_lock({LOCK})", [_lock_name(controller)])
        except OperationalError as error:
            if not left or getattr(error.__cause__, "sqlstate", "") != LOCKED:
                raise
        else:
            return


class _Oldest:
    """The index that readers of one query ask: the oldest, read when the query is run.

    A search is written down before the access is open whose transaction it runs in. A version
    chosen then could be gone by now.
    """

    def __init__(self, controller: UUID) -> None:
        self._controller = controller

    def token(self, lookup: Lookup, form: str) -> "_Token":
        """Return the token of a form, to be compared with."""
        return _Token(self._controller, lookup, form)


class _Token(Expression):
    output_field = BinaryField()

    def __init__(self, controller: UUID, lookup: Lookup, form: str) -> None:
        super().__init__()
        self._made_of = (lookup, form)
        self._controller = controller

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, Any]:
        index = next(iter(_in_use(self._controller).values()))
        return "%s", [index.token(*self._made_of)]


def subjects_matching(controller: UUID, text: str) -> QuerySet[Any, Any]:
    """Return ids of the subjects an operator means by `text`: e-mail, phone, code, number or name.

    Several words must all match, each as a word or as a prefix of three letters and more. The
    answer is a queryset that is evaluated inside the access it is searched for.
    """
    index = _Oldest(controller)
    tokens = SearchToken.objects.filter(controller=controller)
    for lookup in (Lookup.EMAIL, Lookup.FISCAL_CODE, Lookup.PHONE):
        if (lookup is not Lookup.PHONE or any(c.isdigit() for c in text)) and (
            forms := normalised(lookup, text)
        ):
            exact = [index.token(lookup, form) for form in forms]
            return tokens.filter(kind=lookup, token__in=exact).values_list("subject_id", flat=True)
    if text.strip().isdigit():
        number = index.token(Lookup.NUMBER, text.strip())
        return tokens.filter(kind=Lookup.NUMBER, token=number).values_list("subject_id", flat=True)
    words = normalise.name_words(text)
    if not words:
        return tokens.none().values_list("subject_id", flat=True)
    found = tokens.filter(kind=Lookup.NAME, token=index.token(Lookup.NAME, words[0]))
    for word in words[1:]:
        also = tokens.filter(kind=Lookup.NAME, token=index.token(Lookup.NAME, word))
        found = found.filter(subject_id__in=also.values("subject_id"))
    return found.values_list("subject_id", flat=True).distinct()


def category_of(text: str) -> Category:
    """Return the category of data that a search for `text` uses, as `subjects_matching` reads it.

    A purpose that may not see e-mail addresses may not learn whose one is either (Art. 5(1)(b)).
    """
    for lookup in (Lookup.EMAIL, Lookup.FISCAL_CODE, Lookup.PHONE):
        has_digits = any(sign.isdigit() for sign in text)
        if (lookup is not Lookup.PHONE or has_digits) and normalised(lookup, text):
            return CATEGORY_OF[lookup]
    return CATEGORY_OF[Lookup.NUMBER if text.strip().isdigit() else Lookup.NAME]


def the_one(who: UUID | QuerySet[Any, Any]) -> UUID | None:
    """Return whom a search finds, if it is exactly one; an id is taken as it is."""
    if isinstance(who, UUID):
        return who
    found: list[UUID] = list(who[:2])
    return found[0] if len(found) == 1 else None


def subjects_with(controller: UUID, lookup: Lookup, value: str) -> QuerySet[Any, Any]:
    """Return ids of the subjects that have exactly this e-mail, phone, code or number."""
    index = _Oldest(controller)
    exact = [index.token(lookup, form) for form in normalised(lookup, value)]
    tokens = SearchToken.objects.filter(controller=controller, kind=lookup, token__in=exact)
    return tokens.values_list("subject_id", flat=True).distinct()


def holders(
    controller: UUID, wanted: Iterable[tuple[Lookup, str]]
) -> dict[tuple[Lookup, str], set[UUID]]:
    """Return who of the living holds each of these identifiers, in one statement."""
    found: dict[tuple[Lookup, str], set[UUID]] = defaultdict(set)
    for key, _token, subject in _held(controller, list(wanted)):
        found[key].add(subject)
    return found


def tokens(controller: UUID, lookup: Lookup, values: Iterable[str]) -> list[tuple[str, UUID, UUID]]:
    """Return the tokens of identifiers that the living hold: as written, token, whose it is."""
    held = _held(controller, [(lookup, value) for value in values])
    return [(value, token, subject) for (_lookup, value), token, subject in held]


def _held(
    controller: UUID, wanted: Collection[tuple[Lookup, str]]
) -> Iterator[tuple[tuple[Lookup, str], UUID, UUID]]:
    if not wanted:
        return
    written: dict[bytes, list[tuple[Lookup, str]]] = defaultdict(list)
    index = next(iter(_in_use(controller).values()))
    for lookup, value in wanted:
        for form in normalised(lookup, value):
            written[index.token(lookup, form)].append((lookup, value))
    rows = SearchToken.objects.filter(
        controller=controller, kind__in={key[0] for key in wanted}, token__in=list(written)
    )
    living = rows.exclude(subject__status__in=GONE).values_list("pk", "token", "subject_id")
    for pk, token, subject in living:
        for key in written[bytes(token)]:
            yield key, pk, subject
