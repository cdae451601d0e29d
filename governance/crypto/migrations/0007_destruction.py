"""A key is destroyed by an audited, approved order alone, which the keystore checks by itself.

See docs/spec/field-encryption.md, sections 3 and 4.
"""

from django.db import migrations

TABLES = """
CREATE TABLE crypto_checkpoint (
    log_epoch integer NOT NULL,
    size bigint NOT NULL CHECK (size >= 0),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (log_epoch, size)
);
CREATE INDEX checkpoint_by_seen ON crypto_checkpoint (seen_at);
CREATE TABLE crypto_stop (
    reference uuid NOT NULL,
    controller_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    scope varchar(16) NOT NULL,
    version smallint NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (reference, subject_id, scope, version)
);
CREATE INDEX stop_by_subject ON crypto_stop (subject_id, scope);
CREATE TABLE crypto_rule (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    bulk_from integer NOT NULL DEFAULT 20 CHECK (bulk_from > 0),
    copy_days integer NOT NULL DEFAULT 7 CHECK (copy_days > 0)
);
INSERT INTO crypto_rule DEFAULT VALUES;
CREATE INDEX erased_by_job ON crypto_ledger ((body->>'job')) WHERE kind = 'erased';
CREATE INDEX erased_by_time ON crypto_ledger (at) WHERE kind = 'erased';
"""
PROOF = r"""
CREATE FUNCTION keystore.refuse(word text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the order is refused' USING ERRCODE = 'CU022', DETAIL = word;
END $$;

-- What the signer of the log signed. It is the only one who can say so.
CREATE FUNCTION keystore.witness(of_epoch integer, of_size bigint, of_root bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    newest crypto_checkpoint;
BEGIN
    LOCK TABLE crypto_checkpoint IN SHARE ROW EXCLUSIVE MODE;
    SELECT * INTO newest FROM crypto_checkpoint ORDER BY log_epoch DESC, size DESC LIMIT 1;
    IF (of_epoch, of_size) < (newest.log_epoch, newest.size) THEN
        PERFORM keystore.refuse('rollback');
    ELSIF (of_epoch, of_size) = (newest.log_epoch, newest.size) AND of_root <> newest.root THEN
        PERFORM keystore.refuse('fork');
    END IF;
    INSERT INTO crypto_checkpoint (log_epoch, size, root) VALUES (of_epoch, of_size, of_root)
    ON CONFLICT (log_epoch, size) DO UPDATE SET seen_at = clock_timestamp();
    DELETE FROM crypto_checkpoint
    WHERE seen_at < clock_timestamp() - interval '48 hours'
      AND (log_epoch, size) <> (of_epoch, of_size);
END $$;

-- RFC 9162 section 2.1.3.2: the root that a leaf and its path lead to; NULL where the path is too
-- long or too short. `path` is its hashes, written one after the other.
CREATE FUNCTION keystore.root_over(leaf bytea, index bigint, size bigint, path bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place bigint := index; last bigint := size - 1; node bytea := leaf; sibling bytea;
BEGIN
    IF index < 0 OR index >= size OR octet_length(path) % 32 <> 0 THEN
        RETURN NULL;
    END IF;
    FOR i IN 0 .. octet_length(path) / 32 - 1 LOOP
        IF last = 0 THEN
            RETURN NULL;
        END IF;
        sibling := substr(path, i * 32 + 1, 32);
        IF place & 1 = 1 OR place = last THEN
            node := sha256('\x01'::bytea || sibling || node);
            WHILE place & 1 = 0 AND place <> 0 LOOP
                place := place >> 1;
                last := last >> 1;
            END LOOP;
        ELSE
            node := sha256('\x01'::bytea || node || sibling);
        END IF;
        place := place >> 1;
        last := last >> 1;
    END LOOP;
    RETURN CASE WHEN last = 0 THEN node END;
END $$;

-- Every entry is a leaf under a checkpoint that the signer saw, of the newest epoch of the log.
CREATE FUNCTION keystore.require_logged(
    under bigint, entries bytea[], indexes bigint[], paths bytea[]
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    signed bytea;
BEGIN
    SELECT c.root INTO signed FROM crypto_checkpoint AS c
    WHERE c.size = under AND c.log_epoch = (SELECT max(log_epoch) FROM crypto_checkpoint);
    IF signed IS NULL THEN
        PERFORM keystore.refuse('checkpoint');
    END IF;
    IF cardinality(entries) = 0 OR cardinality(entries) <> cardinality(indexes)
       OR cardinality(entries) <> cardinality(paths) THEN
        PERFORM keystore.refuse('inclusion');
    END IF;
    FOR i IN 1 .. cardinality(entries) LOOP
        IF keystore.root_over(sha256('\x00'::bytea || entries[i]), indexes[i], under, paths[i])
           IS DISTINCT FROM signed THEN
            PERFORM keystore.refuse('inclusion');
        END IF;
    END LOOP;
END $$;

-- An entry is two lines of JSON: what the application said, and what audit.append stamped.
CREATE FUNCTION keystore.body_of(entry bytea) RETURNS json
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT convert_from(substr(entry, 1, position('\x0a'::bytea IN entry) - 1), 'UTF8')::json
$$;
CREATE FUNCTION keystore.stamped_at(entry bytea) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (convert_from(substr(entry, position('\x0a'::bytea IN entry) + 1), 'UTF8')::json
            ->> 'at')::timestamptz
$$;
CREATE FUNCTION keystore.says(said json, controller uuid, about uuid, acts text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(said->>'act' = ANY(acts) AND said->>'outcome' = 'done'
                    AND said->>'controller' = controller::text
                    AND said->'obj'->>'id' = about::text, false)
$$;
"""
ORDER = r"""
-- The lines of an order as they are hashed, sorted; refused where they are none.
CREATE FUNCTION keystore.lines_of(subjects uuid[], scopes text[], versions integer[]) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    lines text[];
BEGIN
    SELECT array_agg(line ORDER BY line COLLATE "C") INTO lines
    FROM (SELECT DISTINCT replace(s::text, '-', '') || '|' || sc || '|' || v AS line
          FROM unnest(subjects, scopes, versions) AS given(s, sc, v)
          WHERE sc ~ '^[a-z]{1,16}$' AND v BETWEEN 1 AND 255) AS good;
    IF cardinality(lines) IS DISTINCT FROM cardinality(subjects)
       OR cardinality(subjects) <> cardinality(scopes)
       OR cardinality(subjects) <> cardinality(versions) THEN
        PERFORM keystore.refuse('lines');
    END IF;
    IF (SELECT count(DISTINCT s) FROM unnest(subjects) AS s) > 200 THEN
        PERFORM keystore.refuse('people');
    END IF;
    RETURN lines;
END $$;

CREATE FUNCTION keystore.require_order(
    ordered json, job uuid, controller uuid, lines text[], salt bytea
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT keystore.says(ordered, controller, job, '{key.destroyed}') THEN
        PERFORM keystore.refuse('order');
    ELSIF octet_length(salt) <> 16
       OR ordered->>'reason' IS DISTINCT FROM 'order.' || encode(sha256(convert_to(
           E'custode/order/v1\n' || encode(salt, 'hex') || E'\n' || job || E'\n'
           || array_to_string(lines, E'\n') || E'\n', 'UTF8')), 'hex') THEN
        PERFORM keystore.refuse('digest');
    ELSIF ordered->'counts'->>'rows' IS DISTINCT FROM cardinality(lines)::text THEN
        PERFORM keystore.refuse('count');
    END IF;
END $$;

-- Who said yes to the job, before the order: the pseudonyms of those whose word is for people and
-- not for one stranger, whose request was found to be somebody else's.
CREATE FUNCTION keystore.require_approved(
    job uuid, controller uuid, subjects uuid[], entries bytea[], indexes bigint[]
) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    said json; actors text[] := '{}'; months text[] := '{}'; is_decided boolean := false;
    is_attached boolean;
BEGIN
    FOR i IN 2 .. cardinality(entries) LOOP
        said := keystore.body_of(entries[i]);
        is_attached := keystore.says(said, controller, job, '{request.received}')
            AND coalesce(said->>'reason' = 'attached', false)
            AND (SELECT count(DISTINCT s) FROM unnest(subjects) AS s) = 1;
        IF indexes[i] >= indexes[1] OR said->'actor'->>'k' IS DISTINCT FROM 'staff'
           OR NOT (is_attached OR keystore.says(
               said, controller, job, '{erasure.approved,retention.approved}')) THEN
            PERFORM keystore.refuse('approval');
        ELSIF NOT coalesce(said->'actor'->>'role' = ANY(
            '{dpo,legal,auditor,administrator}'), false) THEN
            PERFORM keystore.refuse('role');
        END IF;
        is_decided := is_decided OR said->'actor'->>'role' IN ('dpo', 'legal');
        IF NOT is_attached THEN
            actors := actors || coalesce(said->'actor'->>'p', '');
            months := months || (said->>'month');
        END IF;
    END LOOP;
    IF cardinality(entries) < 2 THEN
        PERFORM keystore.refuse('approval');
    ELSIF NOT is_decided THEN
        PERFORM keystore.refuse('role');
    END IF;
    RETURN keystore.all_of_two(actors, months);
END $$;

-- One pseudonym is one person within a month; across months it says nothing. Where two people are
-- shown, both; else the first alone.
CREATE FUNCTION keystore.all_of_two(actors text[], months text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        (SELECT ARRAY[a.p, b.p] FROM unnest(actors, months) AS a(p, m), unnest(actors, months) AS b(p, m)
         WHERE a.m = b.m AND a.p < b.p AND a.p <> '' LIMIT 1),
        actors[1:1])
$$;

-- From so many people on two have to agree: in the job as a whole, and over a day for one who
-- agrees alone, for many small jobs are one large one.
CREATE FUNCTION keystore.require_enough(
    job uuid, controller uuid, subjects uuid[], approvers text[]
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    people integer;
BEGIN
    IF cardinality(approvers) > 1 THEN
        RETURN;
    END IF;
    SELECT count(*) INTO people FROM (
        SELECT replace(s::text, '-', '') FROM unnest(subjects) AS s
        UNION
        SELECT split_part(line, '|', 1)
        FROM crypto_ledger AS l, jsonb_array_elements_text(l.body->'lines') AS line
        WHERE l.kind = 'erased' AND l.controller_id = controller
          AND (l.body->>'job' = job::text
               OR (l.at > clock_timestamp() - interval '24 hours'
                   AND l.body->'approved_by' = to_jsonb(approvers)
                   AND cardinality(approvers) = 1))
    ) AS one;
    IF people >= (SELECT bulk_from FROM crypto_rule) THEN
        PERFORM keystore.refuse('second_approval');
    END IF;
END $$;
"""
DESTROY = r"""
-- A slot stays for each line, also where there never was a key: none is made for somebody gone.
-- The table of epochs is locked by the caller, so that nobody makes or copies a key meanwhile.
CREATE FUNCTION keystore.close_slots(
    controller uuid, subjects uuid[], scopes text[], versions integer[], entry uuid,
    ended timestamptz
) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone integer;
BEGIN
    INSERT INTO crypto_subjectkey
        (id, controller_id, subject_id, scope, version, created_at, destroyed_at, ordered_by)
    SELECT gen_random_uuid(), controller, s, sc, v, ended, ended, entry
    FROM unnest(subjects, scopes, versions) AS given(s, sc, v)
    ON CONFLICT DO NOTHING;
    UPDATE crypto_subjectkey AS k SET destroyed_at = ended, ordered_by = entry
    FROM unnest(subjects, scopes, versions) AS given(s, sc, v)
    WHERE k.controller_id = controller AND k.subject_id = s AND k.scope = sc AND k.version = v
      AND k.destroyed_at IS NULL;
    WITH removed AS (
        DELETE FROM crypto_wrapped AS w
        USING crypto_subjectkey AS k, unnest(subjects, scopes, versions) AS given(s, sc, v)
        WHERE w.slot = k.id AND k.controller_id = controller AND k.subject_id = s
          AND k.scope = sc AND k.version = v
        RETURNING w.slot
    )
    SELECT count(DISTINCT slot) INTO gone FROM removed;
    RETURN gone;
END $$;

-- The first entry is the order, the others say who approved it. Repeated, the same line is returned.
CREATE FUNCTION keystore.destroy(
    job uuid, controller uuid, subjects uuid[], scopes text[], versions integer[], salt bytea,
    under bigint, entries bytea[], indexes bigint[], paths bytea[]
) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    lines text[]; ordered json; approvers text[]; line crypto_ledger; ended timestamptz;
BEGIN
    lines := keystore.lines_of(subjects, scopes, versions);
    PERFORM keystore.require_logged(under, entries, indexes, paths);
    ordered := keystore.body_of(entries[1]);
    PERFORM keystore.require_order(ordered, job, controller, lines, salt);
    -- Whoever makes keys, places a stop or fills an epoch holds this until commit; the queue is fair.
    LOCK TABLE crypto_epoch IN EXCLUSIVE MODE;
    SELECT * INTO line FROM crypto_ledger AS l
    WHERE l.kind = 'erased' AND l.body->>'job' = job::text AND l.controller_id = controller
      AND l.body->'entries'->>0 = ordered->>'id';
    IF FOUND THEN
        RETURN line.body || jsonb_build_object('seq', line.seq);
    END IF;
    ended := clock_timestamp();
    IF keystore.stamped_at(entries[1]) NOT BETWEEN
       ended - interval '24 hours' AND ended + interval '5 minutes' THEN
        PERFORM keystore.refuse('age');
    END IF;
    approvers := keystore.require_approved(job, controller, subjects, entries, indexes);
    PERFORM keystore.require_enough(job, controller, subjects, approvers);
    IF EXISTS (SELECT 1 FROM unnest(subjects, scopes, versions) AS given(s, sc, v)
               JOIN crypto_stop AS held ON held.controller_id = controller
                AND held.subject_id = s AND held.scope = sc AND held.version <= v) THEN
        PERFORM keystore.refuse('stopped');
    END IF;
    line.body := jsonb_build_object(
        'job', job, 'salt', encode(salt, 'hex'), 'lines', lines, 'approved_by', approvers,
        'entries', (SELECT jsonb_agg(keystore.body_of(e)->>'id' ORDER BY n)
                    FROM unnest(entries) WITH ORDINALITY AS given(e, n)),
        'destroyed_at', ended,
        'epoch', (SELECT n FROM crypto_epoch WHERE state = 'active'),
        'closed', keystore.close_slots(
            controller, subjects, scopes, versions, (ordered->>'id')::uuid, ended));
    RETURN line.body || jsonb_build_object(
        'seq', keystore.append_line(controller, 'erased', NULL, line.body));
END $$;
"""
STOPS = r"""
-- This version of each scope and every later one. Returned are scopes whose keys are gone already.
CREATE FUNCTION keystore.stop(
    by_reference uuid, controller uuid, subject uuid, scopes text[], from_version integer
) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM keystore.hold_epoch();
    INSERT INTO crypto_stop (reference, controller_id, subject_id, scope, version)
    SELECT by_reference, controller, subject, sc, from_version FROM unnest(scopes) AS sc
    ON CONFLICT DO NOTHING;
    RETURN ARRAY(
        SELECT k.scope::text FROM crypto_subjectkey AS k
        WHERE k.controller_id = controller AND k.subject_id = subject AND k.scope = ANY(scopes)
          AND k.version >= from_version
        GROUP BY k.scope HAVING bool_and(k.destroyed_at IS NOT NULL) ORDER BY k.scope);
END $$;

-- By the entry that says the hold or the restriction was lifted, and by nothing else.
CREATE FUNCTION keystore.release(
    by_reference uuid, controller uuid, under bigint, entry bytea, index bigint, path bytea
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    released integer;
BEGIN
    PERFORM keystore.require_logged(under, ARRAY[entry], ARRAY[index], ARRAY[path]);
    IF NOT keystore.says(keystore.body_of(entry), controller, by_reference,
                         '{hold.lifted,restriction.lifted}') THEN
        PERFORM keystore.refuse('release');
    END IF;
    DELETE FROM crypto_stop WHERE reference = by_reference AND controller_id = controller;
    GET DIAGNOSTICS released = ROW_COUNT;
    RETURN released;
END $$;

-- What a hold names was sealed anew, rows of `ordinary` under `kept`, others under the newest version
-- of their own scope: its stops follow, so that the former keys can go. Without such a key they stay.
CREATE FUNCTION keystore.move_stops(
    by_reference uuid, controller uuid, under bigint, entry bytea, index bigint, path bytea
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    moved integer;
BEGIN
    PERFORM keystore.require_logged(under, ARRAY[entry], ARRAY[index], ARRAY[path]);
    IF NOT keystore.says(keystore.body_of(entry), controller, by_reference, '{hold.resealed}') THEN
        PERFORM keystore.refuse('release');
    END IF;
    PERFORM keystore.hold_epoch();
    WITH target AS (
        SELECT held.subject_id, held.scope, held.version,
               k.scope AS to_scope, max(k.version) AS to_version
        FROM crypto_stop AS held JOIN crypto_subjectkey AS k
          ON k.controller_id = controller AND k.subject_id = held.subject_id
         AND k.scope = CASE held.scope WHEN 'ordinary' THEN 'kept' ELSE held.scope END
         AND k.destroyed_at IS NULL
        WHERE held.reference = by_reference AND held.controller_id = controller
        GROUP BY held.subject_id, held.scope, held.version, k.scope
    ), gone AS (
        DELETE FROM crypto_stop AS held USING target AS t
        WHERE held.reference = by_reference AND held.subject_id = t.subject_id
          AND held.scope = t.scope AND held.version = t.version
          AND (t.to_scope, t.to_version) <> (t.scope, t.version)
        RETURNING t.subject_id, t.to_scope, t.to_version
    ), made AS (
        INSERT INTO crypto_stop (reference, controller_id, subject_id, scope, version)
        SELECT DISTINCT by_reference, controller, subject_id, to_scope, to_version FROM gone
        ON CONFLICT DO NOTHING
    )
    SELECT count(*) INTO moved FROM gone;
    RETURN moved;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA keystore FROM PUBLIC;
"""
UNDO = """
DROP FUNCTION keystore.move_stops, keystore.release, keystore.stop, keystore.destroy, keystore.close_slots,
    keystore.require_enough, keystore.all_of_two, keystore.require_approved,
    keystore.require_order, keystore.lines_of, keystore.says, keystore.stamped_at,
    keystore.body_of, keystore.require_logged, keystore.root_over, keystore.witness,
    keystore.refuse;
DROP INDEX erased_by_time, erased_by_job;
DROP TABLE crypto_rule, crypto_stop, crypto_checkpoint;
"""


class Migration(migrations.Migration):
    dependencies = [("crypto", "0006_versions_made")]
    operations = [
        migrations.RunSQL(TABLES, UNDO),
        *(migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (PROOF, ORDER, DESTROY, STOPS)),
    ]
