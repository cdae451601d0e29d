"""Finding sealed values without reading them: search tokens.

Tokens are made from the lookups the data map declares, written with their row and
replaced as a whole when the value changes (docs/spec/field-encryption.md, section 4).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from governance.crypto import keystore, normalise
from governance.crypto.blindindex import Index
from governance.crypto.ids import uuid7
from governance.policy.vocabulary import SubjectStatus
from registry.datamap import Lookup, data_map
from registry.models import SearchToken

INDEX_KEY = "index"
GONE = (SubjectStatus.ERASING, SubjectStatus.ERASED)


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
    index = Index(keystore.controller_key(controller, INDEX_KEY, create=True))
    stale: dict[str, list[UUID]] = defaultdict(list)
    fresh: dict[tuple[str, bytes, UUID], UUID] = {}
    for row, changed in rows:
        declared = data_map()[type(row)].personal()
        touched = {d.lookup for n, d in declared.items() if n in changed and d.lookup}
        for lookup in touched:
            stale[lookup].append(row.pk)
            for name, declaration in declared.items():
                value = row.unsealed(name) if declaration.lookup is lookup else None
                for form in normalised(lookup, str(value)) if value else ():
                    fresh[lookup, index.token(lookup, form), row.pk] = row.subject_id
    for kind, ids in stale.items():
        SearchToken.objects.filter(controller=controller, kind=kind, row__in=ids).delete()
    if fresh:
        _insert(controller, fresh)


def _insert(controller: UUID, fresh: Mapping[tuple[str, bytes, UUID], UUID]) -> None:
    """Insert tokens from arrays: a person has a dozen, and objects for each are the slow part."""
    kinds, tokens, rows = zip(*fresh, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_searchtoken (id, controller_id, subject_id, kind, token, row)"
            " SELECT id, %s, subject_id, kind, token, row FROM unnest("
            "%s::uuid[], %s::uuid[], %s::text[], %s::bytea[], %s::uuid[])"
            " AS t(id, subject_id, kind, token, row)",
            [
                controller,
                [uuid7() for _ in rows],
                list(fresh.values()),
                list(kinds),
                list(tokens),
                list(rows),
            ],
        )


def subjects_matching(controller: UUID, text: str) -> QuerySet[Any, Any]:
    """Return ids of the subjects an operator means by `text`: e-mail, phone, code, number or name.

    Several words must all match, each as a word or as a prefix of three letters and more. The
    answer is a queryset that is evaluated inside the access it is searched for.
    """
    index = Index(keystore.controller_key(controller, INDEX_KEY, create=True))
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


def subjects_with(controller: UUID, lookup: Lookup, value: str) -> QuerySet[Any, Any]:
    """Return ids of the subjects that have exactly this e-mail, phone, code or number."""
    index = Index(keystore.controller_key(controller, INDEX_KEY, create=True))
    exact = [index.token(lookup, form) for form in normalised(lookup, value)]
    tokens = SearchToken.objects.filter(controller=controller, kind=lookup, token__in=exact)
    return tokens.values_list("subject_id", flat=True).distinct()


def holders(
    controller: UUID, wanted: Iterable[tuple[Lookup, str]]
) -> dict[tuple[Lookup, str], set[UUID]]:
    """Return who of the living holds each of these identifiers, in one statement."""
    written: dict[bytes, list[tuple[Lookup, str]]] = defaultdict(list)
    keys = list(wanted)
    if not keys:
        return {}
    index = Index(keystore.controller_key(controller, INDEX_KEY, create=True))
    for lookup, value in keys:
        for form in normalised(lookup, value):
            written[index.token(lookup, form)].append((lookup, value))
    kinds = {lookup for lookup, _value in keys}
    tokens = SearchToken.objects.filter(
        controller=controller, kind__in=kinds, token__in=list(written)
    )
    found: dict[tuple[Lookup, str], set[UUID]] = defaultdict(set)
    for token, subject in tokens.exclude(subject__status__in=GONE).values_list(
        "token", "subject_id"
    ):
        for key in written[bytes(token)]:
            found[key].add(subject)
    return found
