"""What was approved, concluded or recorded stays as it was: triggers, applied by `prepare`.

A version of an activity is edited while it is a draft, with its rules and links. Once in force
only its end is written, so the register that an authority receives is the one that was executed
(Art. 5(2), 30). Nobody who worked on a draft approves it, whoever saved it last. A concluded
impact assessment and everything said about a breach (Art. 33(5)) is written once.

The triggers bind every role: a data migration that has to touch such rows says so by disabling
the trigger it passes.
"""

from typing import Any

from psycopg import sql

FUNCTIONS = """
CREATE OR REPLACE FUNCTION custode.keep_version() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a version begins as a draft' USING ERRCODE = 'CU012';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state = 'draft' THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        IF NOT NEW.drafters @> OLD.drafters THEN
            RAISE EXCEPTION 'who worked on a draft is not forgotten' USING ERRCODE = 'CU012';
        END IF;
        IF NEW.state <> 'draft' AND NEW.approved_by_id = ANY(NEW.drafters) THEN
            RAISE EXCEPTION 'approved by somebody who drafted it' USING ERRCODE = 'CU012';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
        IF OLD.state = 'approved' AND NEW.state = 'retired' AND NEW.active_to IS NOT NULL
            AND to_jsonb(NEW) - '{state,active_to}'::text[]
              = to_jsonb(OLD) - '{state,active_to}'::text[] THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'an approved version stays as it was' USING ERRCODE = 'CU012',
        HINT = 'Draft a new version, and have it approved by somebody else.';
END $$;

-- The argument names the column of the version. The share lock lets no approval pass in between.
CREATE OR REPLACE FUNCTION custode.keep_part() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    versions uuid[];
BEGIN
    IF TG_OP <> 'INSERT' THEN
        versions := versions || (to_jsonb(OLD) ->> TG_ARGV[0])::uuid;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        versions := versions || (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
    END IF;
    PERFORM 1 FROM registry_activityversion WHERE id = ANY(versions) FOR SHARE;
    IF EXISTS (SELECT FROM registry_activityversion
               WHERE id = ANY(versions) AND state <> 'draft') THEN
        RAISE EXCEPTION 'an approved version stays as it was' USING ERRCODE = 'CU012',
            HINT = 'Draft a new version, and have it approved by somebody else.';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

-- What a purpose is called in the log, whose it is, and whether an objection to marketing reaches
-- it: by these the gate decides. Its words may be put better.
CREATE OR REPLACE FUNCTION custode.keep_purpose() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.key, NEW.is_marketing, NEW.controller_id)
        IS DISTINCT FROM (OLD.key, OLD.is_marketing, OLD.controller_id)
        AND EXISTS (SELECT FROM registry_activityversion AS v
                    JOIN registry_processingactivity AS a ON a.id = v.activity_id
                    WHERE a.purpose_id = OLD.id AND v.state <> 'draft') THEN
        RAISE EXCEPTION 'an approved purpose stays as it was' USING ERRCODE = 'CU012',
            HINT = 'Make another purpose, with an activity of its own.';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION custode.keep_row() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'what was recorded stays as it was' USING ERRCODE = 'CU012',
        HINT = 'Add what is known now; nothing of before is changed.';
END $$;
"""
VERSIONS, PURPOSES = "registry_activityversion", "registry_purpose"
PARTS = {
    "registry_retentionrule": "version_id",
    "registry_activityversion_sources": "activityversion_id",
    "registry_activityversion_recipients": "activityversion_id",
}
"""By table, the column that names the version it belongs to."""
WRITTEN_ONCE = {
    "registry_breach": "true",
    "registry_breachreport": "true",
    "registry_breachreport_activities": "true",
    "registry_breachreport_processors": "true",
    "registry_breachreport_principals": "true",
    "registry_breachnotification": "true",
    "registry_breachdecision": "true",
    "registry_impactassessment": "OLD.concluded_at IS NOT NULL",
}
"""By table, which of its rows are neither changed nor deleted."""


def apply(cursor: Any) -> None:
    """Create the functions and triggers; applying them again changes nothing."""
    cursor.execute(FUNCTIONS)
    every = "BEFORE INSERT OR UPDATE OR DELETE"
    _trigger(cursor, VERSIONS, every, "custode.keep_version()")
    _trigger(cursor, PURPOSES, "BEFORE UPDATE", "custode.keep_purpose()")
    for table, column in PARTS.items():
        _trigger(cursor, table, every, f"custode.keep_part('{column}')")
    for table, condition in WRITTEN_ONCE.items():
        _trigger(cursor, table, "BEFORE UPDATE OR DELETE", "custode.keep_row()", condition)


def _trigger(cursor: Any, table: str, moment: str, call: str, condition: str = "") -> None:
    when = f"WHEN ({condition})" if condition else ""
    create = (
        f"CREATE OR REPLACE TRIGGER kept {moment} ON {{table}} FOR EACH ROW {when}"
        f" EXECUTE FUNCTION {call}"
    )
    for statement in (create, "ALTER TABLE {table} ENABLE ALWAYS TRIGGER kept"):
        cursor.execute(sql.SQL(statement).format(table=sql.Identifier(table)))
