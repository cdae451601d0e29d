"""The history of the register's parts: what each said from when to when, and who changed it.

Activities have versions that are drafted and approved. Purposes, sources, recipients with their
agreements and transfers, and the company itself are edited in place: a trigger keeps what they
said, whichever way they are written (Art. 5(2), 24(1)). Applied by `manage.py prepare`, which
begins the history of rows that are older than it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from psycopg import sql

from governance.policy.register import AtEnd, Clause, Measure, Mechanism, PartyRole, SubProcessing
from registry import labels
from registry.models import (
    Controller,
    DataSource,
    ProcessingOnBehalf,
    Purpose,
    Recipient,
    Staff,
    Transfer,
)
from registry.models.history import Part, PartVersion

PARTS: dict[Part, type[models.Model]] = {
    Part.CONTROLLER: Controller,
    Part.PURPOSE: Purpose,
    Part.SOURCE: DataSource,
    Part.RECIPIENT: Recipient,
    Part.TRANSFER: Transfer,
    Part.ON_BEHALF: ProcessingOnBehalf,
}
WORDS: dict[str, type[StrEnum]] = {
    "role": PartyRole, "mechanism": Mechanism, "clauses": Clause, "at_end": AtEnd,
    "sub_processing": SubProcessing, "measure_kinds": Measure,
}  # fmt: skip
"""Fields that hold words of closed lists."""

TABLE = "registry_partversion"
# With the owner's rights: the application reads a history, and writes none.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION custode.page_of(said jsonb) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(said ->> 'recipient_id', said ->> 'on_behalf_id', said ->> 'id')::uuid
$$;

CREATE OR REPLACE FUNCTION custode.keep_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) END;
    said jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) END;
    staff uuid := nullif(current_setting('custode.staff', true), '')::uuid;
    at timestamptz := clock_timestamp();
BEGIN
    IF said IS NOT DISTINCT FROM was THEN
        RETURN NULL;
    END IF;
    UPDATE registry_partversion SET valid_to = at
    WHERE "row" = (was ->> 'id')::uuid AND valid_to IS NULL;
    IF said IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO registry_partversion
        (id, controller_id, part, "row", page, content, valid_from, changed_by_id)
    VALUES (gen_random_uuid(), coalesce(said ->> 'controller_id', said ->> 'id')::uuid,
        TG_ARGV[0], (said ->> 'id')::uuid, custode.page_of(said),
        said - '{id,controller_id,recipient_id,on_behalf_id}'::text[], at, staff);
    RETURN NULL;
END $$;
"""
TRIGGER = (
    "CREATE OR REPLACE TRIGGER history AFTER INSERT OR UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION custode.keep_history({part})"
)
BEGIN = """
INSERT INTO registry_partversion
    (id, controller_id, part, "row", page, content, valid_from)
SELECT gen_random_uuid(), coalesce(said ->> 'controller_id', said ->> 'id')::uuid,
    {part}, (said ->> 'id')::uuid, custode.page_of(said),
    said - '{{id,controller_id,recipient_id,on_behalf_id}}'::text[], now()
FROM (SELECT to_jsonb(r) AS said FROM {table} AS r) AS rows
WHERE NOT EXISTS (
    SELECT FROM registry_partversion AS v WHERE v."row" = (said ->> 'id')::uuid)
"""


def apply(cursor: Any, *, role: str) -> None:
    """Create the triggers, and begin the history of what has none; repeating changes nothing."""
    cursor.execute(FUNCTIONS)
    for part, model in PARTS.items():
        names = {"table": sql.Identifier(model._meta.db_table), "part": sql.Literal(part.value)}
        for statement in (
            TRIGGER,
            "ALTER TABLE {table} ENABLE ALWAYS TRIGGER history",
            BEGIN,
        ):
            cursor.execute(sql.SQL(statement).format(**names))
    cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON {TABLE} FROM {role}")


def written_by(staff: Staff) -> None:
    """Say who writes in this transaction; unsaid, it was the system or a command."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('custode.staff', %s, true)", [str(staff.pk)])


@dataclass(frozen=True)
class Changed:
    """One field that another value: its label, and both values in words."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One version of a row: from when, until when, by whom, and what was different before."""

    part: Part
    title: str
    since: datetime
    until: datetime | None
    by: str
    is_first: bool
    changes: tuple[Changed, ...]


def of(controller: UUID, page: UUID) -> list[Entry]:
    """Return the versions of what is edited on one page, the newest first."""
    rows = PartVersion.objects.filter(controller=controller, page=page)
    entries: list[Entry] = []
    before: dict[UUID, Mapping[str, Any]] = {}
    for row in rows.select_related("changed_by").order_by("valid_from", "pk"):
        was = before.get(row.row)
        entries.append(_entry(row, was))
        before[row.row] = row.content
    return entries[::-1]


def _entry(row: PartVersion, was: Mapping[str, Any] | None) -> Entry:
    part = Part(row.part)
    model = PARTS[part]
    return Entry(
        part=part,
        title=str(model._meta.verbose_name),
        since=row.valid_from,
        until=row.valid_to,
        by=str(row.changed_by) if row.changed_by else gettext("the system"),
        is_first=was is None,
        changes=() if was is None else tuple(_changes(model, was, row.content)),
    )


def _changes(
    model: type[models.Model], was: Mapping[str, Any], said: Mapping[str, Any]
) -> Iterator[Changed]:
    for field in model._meta.concrete_fields:
        column = str(field.column)
        old, new = was.get(column), said.get(column)
        if old != new and column in said:
            label = capfirst(str(getattr(field, "verbose_name", field.name)))
            yield Changed(label, _words(field, old), _words(field, new))


def _words(field: Any, value: Any) -> str:
    """Return a value as a person reads it: words of closed lists, names, days."""
    if value in (None, "", []):
        return "—"
    if words := WORDS.get(field.name):
        return labels.texts(words, value if isinstance(value, list) else [value])
    match field:
        case models.BooleanField():
            return gettext("yes") if value else gettext("no")
        case models.ForeignKey():
            named: Any = field.related_model
            return str(named.objects.filter(pk=value).first() or value)
        case models.DateField():
            return _day(field, value)
    return str(value)


def _day(field: Any, written: str) -> str:
    if isinstance(field, models.DateTimeField):
        return date_format(timezone.localtime(datetime.fromisoformat(written)), "j F Y, H:i")
    return date_format(date.fromisoformat(written), "j F Y")
