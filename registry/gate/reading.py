"""Reading all rows of a model of the people of an access, by a statement that is written once."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db.models import TextField

from governance.crypto.sets import NamesNoColumn
from governance.policy.vocabulary import Scope
from registry.gate.access import Access
from registry.gate.statements import GivenRows, Statement
from registry.models import SubjectRow

M = TypeVar("M", bound=SubjectRow)
PEOPLE = GivenRows("people")


def rows_of(access: Access, model: type[M], people: Iterable[UUID] | None = None) -> list[M]:
    """Return what `access.rows(model)` would, by person and id.

    `row.written` is when a row was last written, as a word that changes with each writing (`xmin`).

    Arguments
    ---------
    people : whose rows, of those the access was opened for; None for all of them

    Raises
    ------
    SubjectNotAdmittedError
        the access is a duty over everybody
    """
    wanted = access.among(people)
    if access.served.narrows(model):  # by what is known of this access alone
        rows = access.rows(model).filter(subject_id__in=wanted).order_by("subject_id", "id")
        return list(rows.annotate(written=_written(model)))
    statement = _statement(model, access.withheld(model), access.may_see_kept(model))
    found = cast("list[M]", statement.rows(people=wanted))
    if found:
        access.saw(found)
    return found


@lru_cache(maxsize=512)
def _statement(model: Any, withheld: frozenset[str], with_kept: bool) -> Statement:
    rows = model._default_manager.filter(subject_id__in=PEOPLE.ids).order_by("subject_id", "id")
    if not with_kept:
        rows = rows.exclude(scope=Scope.KEPT)
    return Statement(rows.defer(*withheld).annotate(written=_written(model)))


def _written(model: Any) -> NamesNoColumn:
    return NamesNoColumn(f'"{model._meta.db_table}".xmin::text', [], TextField())
