"""Who may be the same person, without reading everybody: candidates by search tokens, then cards.

Follows docs/spec/merging.md, section 2. What is compared derives from the data map: names,
addresses and codes by their lookup, the date of birth and the postal address by their category.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from governance.crypto import normalise
from governance.policy.categories import Category
from governance.policy.matching import Card
from governance.policy.vocabulary import RecordClass, SubjectStatus
from registry import one_person
from registry.datamap import Holding, Lookup, data_map
from registry.gate.access import Access
from registry.models import DataSubject, Merge, SearchToken
from registry.search import normalised

EXACT = (Lookup.FISCAL_CODE, Lookup.EMAIL, Lookup.PHONE)
MOST = 200  # candidates of one person; those who share most come first
IN_COMMON = 2  # tokens of a name: a word of three letters has one, longer ones more


def candidates(subject: UUID) -> QuerySet[Any, Any]:
    """Return a person and who shares a code, an address or a part of the name with them.

    By keyed hashes alone; to be evaluated in the access that compares them.
    """
    mine = SearchToken.objects.filter(subject=subject)
    theirs = SearchToken.objects.filter(token__in=mine.values("token")).exclude(
        Q(subject__status__in=[SubjectStatus.ERASING, SubjectStatus.ERASED])
        | Q(subject__in=one_person.following())
        | Q(subject__in=Merge.objects.filter(subject=subject).values("other"))
    )
    ranked = (
        theirs.order_by()
        .values("subject")
        .annotate(
            exact=Count("pk", filter=Q(kind__in=EXACT)),
            named=Count("token", distinct=True, filter=Q(kind=Lookup.NAME)),
        )
        .filter(Q(exact__gt=0) | Q(named__gte=IN_COMMON))
        .order_by("-exact", "-named", "subject")
    )
    return DataSubject.objects.filter(pk__in=ranked.values("subject")[: MOST + 1]).values_list(
        "pk", flat=True
    )


class _Seen:
    """What was read of one person, before it is a card."""

    def __init__(self) -> None:
        self.name: dict[str, None] = {}
        self.exact: dict[Lookup, set[str]] = defaultdict(set)
        self.births: set[date] = set()
        self.addresses: set[str] = set()

    def card(self) -> Card:
        return Card(
            tuple(self.name),
            frozenset(self.exact[Lookup.FISCAL_CODE]),
            frozenset(self.exact[Lookup.EMAIL]),
            frozenset(self.exact[Lookup.PHONE]),
            frozenset(self.births),
            frozenset(self.addresses),
        )


def cards(access: Access, subjects: Collection[UUID]) -> dict[UUID, Card]:
    """Return what is compared of people, as far as the access may see it."""
    seen: dict[UUID, _Seen] = {subject: _Seen() for subject in subjects}
    for holding in data_map().answered():
        if holding.record_class is not RecordClass.MASTER_DATA or not _compared(holding):
            continue
        model: Any = holding.model_class
        for row in access.rows(model).filter(subject__in=list(subjects)):
            _add(seen[row.subject_id], holding, access.values(row))
    return {subject: found.card() for subject, found in seen.items()}


def _compared(holding: Holding) -> bool:
    personal = holding.personal().values()
    looked_up = {Lookup.NAME, *EXACT}
    return any(d.lookup in looked_up or d.category is Category.BIRTH for d in personal)


def _add(seen: _Seen, holding: Holding, values: dict[str, Any]) -> None:
    place: list[str] = []
    for name, declared in holding.personal().items():
        value = values.get(name)
        if value is None or value == "":
            continue
        match declared.lookup:
            case Lookup.NAME:
                seen.name.update(dict.fromkeys(normalise.name_words(str(value))))
            case Lookup.FISCAL_CODE | Lookup.EMAIL | Lookup.PHONE:
                seen.exact[declared.lookup] |= normalised(declared.lookup, str(value))
            case _ if declared.category is Category.BIRTH and isinstance(value, date):
                seen.births.add(value)
            case _ if declared.category is Category.POSTAL_ADDRESS:
                place.append(str(value))
    if len(place) > 1:  # a country or a town alone is nobody's address
        seen.addresses.add(" ".join("".join(c for c in p.casefold() if c.isalnum()) for p in place))
