"""The files of one person: several data subjects that somebody decided are the same.

Follows docs/spec/merging.md. Each file keeps its rows, keys and pseudonym; `DataSubject.person`
names the file that leads, and is null for the many people who have one file. Asked inside an
access.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from registry.gate import attempt
from registry.gate.access import Access
from registry.models import DataSubject, Merge


def leading(subjects: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Return, for people who were found, the file that leads of each."""
    found = DataSubject.objects.filter(pk__in=subjects)
    return found.values_list(Coalesce("person", "pk"), flat=True)


def following() -> QuerySet[Any, Any]:
    """Return the files that follow another, which lists leave out."""
    return DataSubject.objects.filter(person__isnull=False).exclude(person=F("pk")).values("pk")


def lead_of(subjects: Collection[UUID]) -> set[UUID]:
    """Return the files that lead, for people who were found."""
    return set(leading(DataSubject.objects.filter(pk__in=list(subjects)).values("pk")))


def others(subjects: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Return the other files of each of these people; who has one file is left out."""
    mine = dict(
        DataSubject.objects.filter(pk__in=list(subjects), person__isnull=False).values_list(
            "pk", "person"
        )
    )
    if not mine:
        return {}
    together: dict[UUID, list[UUID]] = {}
    files = DataSubject.objects.filter(person__in=set(mine.values())).order_by("pk")
    for pk, person in files.values_list("pk", "person"):
        if person is not None:
            together.setdefault(person, []).append(pk)
    return {pk: [o for o in together[lead] if o != pk] for pk, lead in mine.items() if lead}


def reach(access: Access, subjects: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Let an access reach the other files of these people, and return them.

    For what stops a use, which is said by the person and not by a file (Art. 7(3), 21).
    """
    held = DataSubject.objects.filter(pk__in=list(subjects), person__isnull=False)
    if not held.exists():
        return {}
    attempt.widen()  # opened for one file, PostgreSQL would hide the others
    found = others(subjects)
    if access.admitted is not None:
        access.admitted |= {one for files in found.values() for one in files}
    return found


def regroup(subjects: Collection[UUID]) -> None:
    """Derive who leads from the merges that stand between these files, and write it down."""
    follows = dict(
        Merge.objects.filter(state="merged", is_leading=False, subject__in=list(subjects))
        .order_by()
        .values_list("subject_id", "other")
    )
    led: dict[UUID, set[UUID]] = {}
    for file in subjects:
        led.setdefault(_root(file, follows), set()).add(file)
    for root, files in led.items():
        person = root if len(files) > 1 else None
        DataSubject.objects.filter(pk__in=files).update(person=person)


def _root(file: UUID, follows: Mapping[UUID, UUID]) -> UUID:
    while file in follows:  # a file follows one other at most, and never one that follows it
        file = follows[file]
    return file


def together(subjects: Collection[UUID]) -> set[UUID]:
    """Return all files of these people, locked until the transaction ends."""
    people = lead_of(subjects)
    rows = DataSubject.objects.filter(Q(pk__in=subjects) | Q(person__in=people)).order_by("pk")
    return set(rows.select_for_update(no_key=True).values_list("pk", flat=True))
