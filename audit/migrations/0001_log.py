"""The log: partitioned entries, members, refusal of change, one SECURITY DEFINER writer."""

from django.db import migrations, models

TABLES = r"""
CREATE SCHEMA IF NOT EXISTS audit;

CREATE TABLE audit.entry (
    id uuid NOT NULL,
    month date NOT NULL,
    at timestamptz NOT NULL,
    controller_id uuid,
    action text NOT NULL,
    outcome text NOT NULL,
    actor text NOT NULL,
    entry bytea NOT NULL,
    leaf_hash bytea NOT NULL CHECK (leaf_hash = sha256('\x00'::bytea || entry)),
    CHECK (octet_length(entry) <= 61440),
    PRIMARY KEY (month, id)
) PARTITION BY RANGE (month);
CREATE INDEX entry_by_time ON audit.entry (at);
CREATE INDEX entry_by_action ON audit.entry (action, at);

CREATE TABLE audit.access_member (
    entry_id uuid NOT NULL,
    pseudonym bytea NOT NULL,
    PRIMARY KEY (entry_id, pseudonym)
);
CREATE INDEX access_member_by_pseudonym ON audit.access_member (pseudonym);
"""

REFUSAL = r"""
CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '42501';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.access_member
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit.access_member
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
ALTER TABLE audit.access_member ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit.access_member ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit.entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER never_truncated;

-- Partitions carry the triggers themselves: ENABLE ALWAYS is not inherited.
CREATE FUNCTION audit.ensure_months(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, audit, pg_temp AS $$
DECLARE
    first date; name text; made integer := 0;
BEGIN
    FOR i IN 0 .. ahead LOOP
        first := (date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') + make_interval(months => i))::date;
        name := 'entry_' || to_char(first, 'YYYY_MM');
        IF to_regclass('audit.' || name) IS NULL THEN
            EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.entry FOR VALUES FROM (%L) TO (%L)',
                           name, first, (first + interval '1 month')::date);
            EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.%I '
                           'FOR EACH ROW EXECUTE FUNCTION audit.refuse_change()', name);
            EXECUTE format('ALTER TABLE audit.%I ENABLE ALWAYS TRIGGER append_only', name);
            EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit.%I '
                           'FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', name);
            EXECUTE format('ALTER TABLE audit.%I ENABLE ALWAYS TRIGGER never_truncated', name);
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;
SELECT audit.ensure_months(24);
"""

WRITER = r"""
-- The application hands over the body; time, user and transaction are stamped here, where it
-- can not forge them. The body is canonical JSON (RFC 8785), without a raw newline.
CREATE FUNCTION audit.append(body bytea, members bytea[] DEFAULT '{}') RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, audit, pg_temp AS $$
DECLARE
    said json := convert_from(body, 'UTF8')::json;
    now_at timestamptz := clock_timestamp();
    env text; whole bytea; leaf bytea;
BEGIN
    IF position('\x0a'::bytea IN body) > 0 THEN
        RAISE EXCEPTION 'an entry body is one line' USING ERRCODE = '22023';
    END IF;
    IF said->>'id' IS NULL OR said->>'act' IS NULL OR said->>'outcome' IS NULL
       OR coalesce(said->>'purpose', '') = '' OR said->'actor'->>'k' IS NULL THEN
        RAISE EXCEPTION 'an entry needs id, act, outcome, purpose and actor' USING ERRCODE = '22023';
    END IF;
    -- The id is a UUIDv7 of today: an old entry's id can not come back and collect new members.
    IF abs(('x' || substr(replace(said->>'id', '-', ''), 1, 12))::bit(48)::bigint
           - extract(epoch FROM now_at) * 1000) > 86400000 THEN
        RAISE EXCEPTION 'the id of an entry carries its time' USING ERRCODE = '22023';
    END IF;
    env := format('{"at":"%s","db_user":%s,"xid":"%s"}',
                  to_char(now_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                  to_json(session_user::text), pg_current_xact_id());
    whole := body || '\x0a'::bytea || convert_to(env, 'UTF8');
    leaf := sha256('\x00'::bytea || whole);
    INSERT INTO audit.entry (id, month, at, controller_id, action, outcome, actor, entry, leaf_hash)
    VALUES ((said->>'id')::uuid, date_trunc('month', now_at AT TIME ZONE 'UTC')::date, now_at,
            (said->>'controller')::uuid, said->>'act', said->>'outcome',
            coalesce(said->'actor'->>'p', said->'actor'->>'k'), whole, leaf);
    INSERT INTO audit.access_member (entry_id, pseudonym)
    SELECT (said->>'id')::uuid, m FROM unnest(members) AS m ON CONFLICT DO NOTHING;
    RETURN leaf;
END $$;

REVOKE ALL ON SCHEMA audit FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA audit FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(TABLES, "DROP SCHEMA audit CASCADE"),
        migrations.RunSQL(REFUSAL, migrations.RunSQL.noop),
        migrations.RunSQL(WRITER, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("month", models.DateField()),
                ("at", models.DateTimeField()),
                ("controller_id", models.UUIDField(null=True)),
                ("action", models.TextField()),
                ("outcome", models.TextField()),
                ("actor", models.TextField()),
                ("entry", models.BinaryField()),
                ("leaf_hash", models.BinaryField()),
            ],
            options={
                "db_table": 'audit"."entry',
                "managed": False,
                "ordering": ["-at"],
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit log",
            },
        ),
    ]
