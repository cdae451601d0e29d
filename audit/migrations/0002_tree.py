"""The tree: queue, leaves, tiles, head, checkpoints; append fills the queue and stamps more.

Follows docs/spec/audit-log.md. Entries that are there already are queued in the order of their ids.
"""

from django.db import migrations

TABLES = r"""
-- Only the owner may use it, and so only audit.append: the order of stamping, whatever the clock says.
CREATE SEQUENCE audit.writer_sequence MAXVALUE 9007199254740991;

-- No index: one consumer takes what is there, in batches, by the rows' places.
CREATE TABLE audit.queue (
    id uuid NOT NULL,
    month date NOT NULL,
    leaf_hash bytea NOT NULL,
    at timestamptz NOT NULL,
    wseq bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_cost_delay = 0);

CREATE TABLE audit.leaf (
    seq bigint PRIMARY KEY CHECK (seq >= 0),
    id uuid NOT NULL UNIQUE,
    month date NOT NULL,
    leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32)
);

CREATE TABLE audit.tile (
    level smallint NOT NULL CHECK (level >= 0),
    n bigint NOT NULL CHECK (n >= 0),
    hashes bytea NOT NULL CHECK (octet_length(hashes) BETWEEN 32 AND 8192
                                 AND octet_length(hashes) % 32 = 0),
    PRIMARY KEY (level, n)
);
ALTER TABLE audit.tile ALTER COLUMN hashes SET STORAGE EXTERNAL;  -- hashes do not compress

CREATE TABLE audit.head (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    size bigint NOT NULL DEFAULT 0,
    root bytea NOT NULL DEFAULT sha256(''),
    epoch integer NOT NULL DEFAULT 1,
    drained_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    write_limit interval DEFAULT '60 seconds',
    halted text
);
INSERT INTO audit.head DEFAULT VALUES;

CREATE TABLE audit.checkpoint (
    signed_at timestamptz NOT NULL,
    epoch integer NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (epoch, size, signed_at)
);
CREATE INDEX checkpoint_by_time ON audit.checkpoint (signed_at);

CREATE TABLE audit.signing_key (
    n integer PRIMARY KEY,
    vkey text NOT NULL,
    time_vkey text NOT NULL,
    introduction text,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((n = 1) = (introduction IS NULL))
);

CREATE TABLE audit.anchoring (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    anchor text NOT NULL,
    epoch integer NOT NULL,
    size bigint NOT NULL,
    note text NOT NULL,
    proof bytea NOT NULL
);
CREATE INDEX anchoring_by_time ON audit.anchoring (anchor, at);

CREATE TABLE audit.pruned (
    seq bigint PRIMARY KEY,
    entry_id uuid NOT NULL
);

-- The last change of each record: locked until commit, so that versions have no gaps.
CREATE TABLE audit.chain (
    record uuid PRIMARY KEY,
    ver bigint NOT NULL,
    leaf_hash bytea NOT NULL
);
"""

REFUSAL = r"""
CREATE FUNCTION audit.only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.level <> OLD.level OR NEW.n <> OLD.n
       OR substring(NEW.hashes FOR octet_length(OLD.hashes)) <> OLD.hashes THEN
        RAISE EXCEPTION 'the audit log is append-only: a tile only grows' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;

-- The pruning of audit.prune passes, by a mark that only matters to who may delete at all.
CREATE OR REPLACE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('audit.pruning', true) = pg_current_xact_id()::text
       AND current_user = (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'audit')
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '42501';
END $$;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['leaf', 'checkpoint', 'signing_key', 'anchoring', 'pruned'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.%I '
                       'FOR EACH ROW EXECUTE FUNCTION audit.refuse_change()', name);
        EXECUTE format('ALTER TABLE audit.%I ENABLE ALWAYS TRIGGER append_only', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['leaf', 'checkpoint', 'signing_key', 'anchoring', 'pruned', 'tile', 'head'] LOOP
        EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit.%I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', name);
        EXECUTE format('ALTER TABLE audit.%I ENABLE ALWAYS TRIGGER never_truncated', name);
    END LOOP;
END $$;
CREATE TRIGGER only_grow BEFORE UPDATE ON audit.tile
    FOR EACH ROW EXECUTE FUNCTION audit.only_grow();
ALTER TABLE audit.tile ENABLE ALWAYS TRIGGER only_grow;
CREATE TRIGGER append_only BEFORE DELETE ON audit.tile
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
ALTER TABLE audit.tile ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only BEFORE DELETE ON audit.head
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
ALTER TABLE audit.head ENABLE ALWAYS TRIGGER append_only;
"""

MONTHS = r"""
-- Partitions carry the triggers themselves: ENABLE ALWAYS is not inherited. The month before the
-- current one is there too: an entry belongs to the month of its id, which may be a day old.
CREATE OR REPLACE FUNCTION audit.ensure_months(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, audit, pg_temp AS $$
DECLARE
    first date; name text; made integer := 0;
BEGIN
    FOR i IN -1 .. ahead LOOP
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
-- The application hands over the body; what is in the envelope is stamped here, where it can not
-- forge it. The body is canonical JSON (RFC 8785), without a raw newline.
CREATE OR REPLACE FUNCTION audit.append(body bytea, members bytea[] DEFAULT '{}') RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, audit, pg_temp AS $$
DECLARE
    said json := convert_from(body, 'UTF8')::json;
    s record; head record;
    stamp bigint; now_at timestamptz; id_at timestamptz; in_month date;
    link text := ''; previous bytea; version bigint;
    whole bytea; leaf bytea;
BEGIN
    IF position('\x0a'::bytea IN body) > 0 THEN
        RAISE EXCEPTION 'an entry body is one line' USING ERRCODE = '22023';
    END IF;
    SELECT * INTO s FROM json_to_record(said) AS x(id uuid, act text, outcome text, purpose text,
                                                   controller uuid, mut boolean, actor json, obj json);
    IF s.id IS NULL OR s.act IS NULL OR s.outcome IS NULL OR coalesce(s.purpose, '') = ''
       OR s.actor->>'k' IS NULL THEN
        RAISE EXCEPTION 'an entry needs id, act, outcome, purpose and actor' USING ERRCODE = '22023';
    END IF;
    SELECT h.halted, h.write_limit, h.drained_at INTO head FROM audit.head AS h;
    now_at := clock_timestamp();
    IF head.halted IS NOT NULL THEN
        RAISE EXCEPTION 'the log is halted: %', head.halted USING ERRCODE = 'CU002';
    END IF;
    IF now_at - head.drained_at > head.write_limit
       AND (SELECT min(q.at) FROM audit.queue AS q) < now_at - head.write_limit THEN
        RAISE EXCEPTION 'the log is behind: nothing is sequenced' USING ERRCODE = 'CU001';
    END IF;
    -- The id is a UUIDv7 of today: an old entry's id can not come back and collect new members. Its
    -- month decides the partition, so that one id can not be in two.
    id_at := to_timestamp(('x' || substr(replace(s.id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0);
    IF abs(extract(epoch FROM id_at - now_at)) > 86400 THEN
        RAISE EXCEPTION 'the id of an entry carries its time' USING ERRCODE = '22023';
    END IF;
    in_month := date_trunc('month', id_at AT TIME ZONE 'UTC')::date;
    IF s.mut AND s.obj->>'id' IS NOT NULL THEN
        INSERT INTO audit.chain AS c (record, ver, leaf_hash) VALUES ((s.obj->>'id')::uuid, 1, '')
        ON CONFLICT (record) DO UPDATE SET ver = c.ver + 1
        RETURNING c.ver, c.leaf_hash INTO version, previous;
        link := CASE WHEN version > 1 THEN '"prev":"' || encode(previous, 'hex') || '",' ELSE '' END
                || '"ver":' || version || ',';
    END IF;
    stamp := nextval('audit.writer_sequence');  -- after the lock of the link: in the order of versions
    now_at := clock_timestamp();
    whole := body || '\x0a'::bytea || convert_to(
        '{"at":"' || to_char(now_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || '","db_user":' || to_json(session_user::text) || ',' || link
        || '"wseq":' || stamp || ',"xid":"' || pg_current_xact_id()::text || '"}', 'UTF8');
    leaf := sha256('\x00'::bytea || whole);
    INSERT INTO audit.entry (id, month, at, controller_id, action, outcome, actor, entry, leaf_hash)
    VALUES (s.id, in_month, now_at, s.controller, s.act, s.outcome,
            coalesce(s.actor->>'p', s.actor->>'k'), whole, leaf);
    INSERT INTO audit.queue (id, month, leaf_hash, at, wseq) VALUES (s.id, in_month, leaf, now_at, stamp);
    IF version IS NOT NULL THEN
        UPDATE audit.chain SET leaf_hash = leaf WHERE record = (s.obj->>'id')::uuid;
    END IF;
    IF cardinality(members) > 0 THEN
        INSERT INTO audit.access_member (entry_id, pseudonym)
        SELECT s.id, m FROM unnest(members) AS m ON CONFLICT DO NOTHING;
    END IF;
    RETURN leaf;
END $$;

-- The signer found a tree that does not continue what it signed.
CREATE FUNCTION audit.halt(reason text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, audit, pg_temp AS $$
    UPDATE audit.head SET halted = reason WHERE halted IS NULL
$$;

-- Entries of version 0.1.0 have no place in the order of stamping: they come first, by their ids.
INSERT INTO audit.queue (id, month, leaf_hash, at, wseq)
SELECT id, month, leaf_hash, clock_timestamp(), nextval('audit.writer_sequence')
FROM (SELECT * FROM audit.entry ORDER BY id) AS e;
"""

PRUNING = r"""
-- Entries of accesses and logins end; entries that are evidence of a duty are not touched.
CREATE FUNCTION audit.is_prunable(action text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT action LIKE 'data.%' OR action LIKE 'login.%' OR action IN
        ('duty.performed', 'access.refused', 'logout.done', 'page.viewed', 'log.verified', 'log.exported')
$$;

-- Removes what a controller's period does not cover any more, and says so in the log itself: nobody
-- can prune without the entry. Leaves and tiles stay.
CREATE FUNCTION audit.prune(of_controller uuid, of_month date, kept_months integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, audit, pg_temp AS $$
DECLARE
    by_id uuid := (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
                   || substr(md5(random()::text), 1, 3) || '8' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 15))::uuid;
    removed bigint; first bigint; last bigint; digest text; covered_at timestamptz;
BEGIN
    -- Provv. Garante 27 novembre 2008: accesses of administrators are kept for six months at least.
    IF kept_months < 6 OR of_month <> date_trunc('month', of_month)::date THEN
        RAISE EXCEPTION 'entries are kept for six months at least' USING ERRCODE = '22023';
    END IF;
    PERFORM set_config('audit.pruning', pg_current_xact_id()::text, true);
    WITH gone AS (
        DELETE FROM audit.entry AS e USING audit.leaf AS l
        WHERE e.month = of_month AND e.controller_id = of_controller AND audit.is_prunable(e.action)
          AND l.id = e.id
        RETURNING e.id, l.seq
    ), members AS (
        DELETE FROM audit.access_member AS m USING gone WHERE m.entry_id = gone.id
    ), kept AS (
        INSERT INTO audit.pruned (seq, entry_id) SELECT seq, by_id FROM gone
    )
    SELECT count(*), min(seq), max(seq),
           encode(sha256(convert_to(string_agg(seq || E'\n', '' ORDER BY seq), 'UTF8')), 'hex')
    INTO removed, first, last, digest FROM gone;
    PERFORM set_config('audit.pruning', '', true);
    IF removed = 0 THEN
        RETURN 0;
    END IF;
    SELECT min(c.signed_at) INTO covered_at FROM audit.checkpoint AS c WHERE c.size > last;
    IF covered_at IS NULL OR clock_timestamp() AT TIME ZONE 'UTC'
       < covered_at AT TIME ZONE 'UTC' + make_interval(months => kept_months) THEN
        RAISE EXCEPTION 'the period of these entries is not over' USING ERRCODE = '22023';
    END IF;
    PERFORM audit.append(convert_to(format(
        '{"act":"log.pruned","actor":{"k":"system","role":"system"},"controller":"%s","id":"%s",'
        '"month":"%s","obj":{"t":"log_month"},"outcome":"done","pruned":{"digest":"%s","first":%s,'
        '"last":%s,"months":%s,"removed":%s},"purpose":"access_logging","v":2}',
        of_controller, by_id, to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM'), digest,
        first, last, kept_months, removed), 'UTF8'));
    RETURN removed;
END $$;

REVOKE ALL ON ALL TABLES IN SCHEMA audit FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA audit FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_log")]
    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (TABLES, REFUSAL, MONTHS, WRITER, PRUNING)
    ]
