"""A keystore that comes back from a copy is locked, and what ended since is ended again.

See docs/spec/field-encryption.md, section 4, and docs/spec/erasure.md, section 9.
"""

from django.db import migrations

TABLE = """
CREATE TABLE crypto_witness (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    started_at timestamptz NOT NULL,
    database oid NOT NULL,
    relation oid NOT NULL,
    pending text CHECK (pending ~ '^[a-z]+$')
);
"""
LOCK = """
-- Why the keystore is locked, in a word; '' if it is open.
CREATE FUNCTION keystore.locked_because() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce((
        SELECT CASE
            WHEN w.pending IS NOT NULL THEN w.pending
            WHEN w.relation <> 'crypto_witness'::regclass OR w.database <>
                (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
                THEN 'copied'
            WHEN w.started_at <> pg_postmaster_start_time() AND NOT pg_is_in_recovery()
                THEN 'started'
            ELSE '' END
        FROM crypto_witness AS w), 'unknown')
$$;

CREATE FUNCTION keystore.require_vouched() RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    why text := keystore.locked_because();
BEGIN
    IF why <> '' THEN
        RAISE EXCEPTION 'keystore locked: %', why USING ERRCODE = 'CU010',
            HINT = 'After a restore: manage.py reconcile_restore --keystore. After a start the signer opens.';
    END IF;
END $$;

-- Declared IMMUTABLE so that the planner evaluates it: once a statement, also one without rows.
CREATE FUNCTION keystore.must_be_vouched() RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM keystore.require_vouched();
    RETURN true;
END $$;

CREATE FUNCTION keystore.refuse_locked() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- current_user is the owner in its functions; who connected as the owner reconciles.
    IF session_user <> current_user THEN
        PERFORM keystore.require_vouched();
    END IF;
    RETURN NULL;
END $$;

-- The signer's word after a start. `told` is the newest line of the ledger in the export folder:
-- a keystore that does not have it was brought back from before, and holds keys that ended since.
CREATE FUNCTION keystore.vouch(told bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF session_user <> 'custode_keys_witness' THEN
        RAISE EXCEPTION 'only the signer vouches' USING ERRCODE = '42501';
    END IF;
    UPDATE crypto_witness SET pending = 'behind'
    WHERE pending IS NULL AND told > (SELECT coalesce(max(seq), 0) FROM crypto_ledger);
    UPDATE crypto_witness SET started_at = pg_postmaster_start_time()
    WHERE keystore.locked_because() = 'started';
    RETURN keystore.locked_because();
END $$;

-- The owner's word that this is the keystore in use. With the rights of the caller.
CREATE FUNCTION keystore.adopt() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO crypto_witness AS w (started_at, database, relation)
    SELECT pg_postmaster_start_time(), d.oid, 'crypto_witness'::regclass
    FROM pg_database AS d WHERE d.datname = current_database()
    ON CONFLICT (is_only) DO UPDATE SET started_at = EXCLUDED.started_at,
        database = EXCLUDED.database, relation = EXCLUDED.relation, pending = NULL
$$;
SELECT keystore.adopt();

-- No wrapped key is read, and no slot, stop or line written, while it is locked. Checkpoints are
-- still witnessed: what is ended again has to be shown under one.
ALTER TABLE crypto_wrapped ENABLE ROW LEVEL SECURITY;
CREATE POLICY unlocked ON crypto_wrapped FOR SELECT TO custode_keys
USING (keystore.must_be_vouched());
CREATE TRIGGER unlocked BEFORE INSERT OR UPDATE OR DELETE ON crypto_subjectkey
FOR EACH STATEMENT EXECUTE FUNCTION keystore.refuse_locked();
CREATE TRIGGER unlocked BEFORE INSERT OR UPDATE OR DELETE ON crypto_controllerkey
FOR EACH STATEMENT EXECUTE FUNCTION keystore.refuse_locked();
CREATE TRIGGER unlocked BEFORE INSERT OR UPDATE OR DELETE ON crypto_stop
FOR EACH STATEMENT EXECUTE FUNCTION keystore.refuse_locked();
CREATE TRIGGER unlocked BEFORE INSERT OR UPDATE OR DELETE ON crypto_ledger
FOR EACH STATEMENT EXECUTE FUNCTION keystore.refuse_locked();
ALTER TABLE crypto_subjectkey ENABLE ALWAYS TRIGGER unlocked;
ALTER TABLE crypto_controllerkey ENABLE ALWAYS TRIGGER unlocked;
ALTER TABLE crypto_stop ENABLE ALWAYS TRIGGER unlocked;
ALTER TABLE crypto_ledger ENABLE ALWAYS TRIGGER unlocked;
"""
REPEAT = r"""
-- A line of the ledger that the keystore had before it was brought back, the next one after its
-- last. What ended by it ends again, if the log says so; neither its age nor a stop is asked.
CREATE FUNCTION keystore.repeat(
    number bigint, controller uuid, of_kind text, from_outbox bigint, said jsonb,
    under bigint, entries bytea[], indexes bigint[], paths bytea[]
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    LOCK TABLE crypto_epoch IN EXCLUSIVE MODE;
    PERFORM pg_advisory_xact_lock(x'63757374'::int, 1);
    IF number <> (SELECT coalesce(max(seq), 0) + 1 FROM crypto_ledger) THEN
        PERFORM keystore.refuse('gap');
    END IF;
    IF of_kind = 'erased' THEN
        PERFORM keystore.end_again(controller, said, under, entries, indexes, paths);
    ELSIF of_kind = 'copied' THEN
        INSERT INTO crypto_copy (id, epoch, ledger_seq, place, made_at, expires_at)
        SELECT (said->>'id')::uuid, (said->>'epoch')::integer, number - 1, said->>'place',
               (said->>'made_at')::timestamptz, (said->>'expires_at')::timestamptz
        ON CONFLICT DO NOTHING;
    ELSIF of_kind = 'gone' THEN
        UPDATE crypto_copy SET gone_at = (said->>'gone_at')::timestamptz
        WHERE id = (said->>'id')::uuid AND gone_at IS NULL;
    END IF;
    INSERT INTO crypto_ledger (seq, controller_id, kind, outbox, body)
    VALUES (number, controller, of_kind, from_outbox, said);
END $$;

CREATE OR REPLACE FUNCTION keystore.note(
    controller uuid, of_kind text, from_outbox bigint, said jsonb
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    number bigint;
BEGIN
    IF from_outbox IS NULL OR of_kind IN ('erased', 'copied', 'gone') THEN
        RAISE EXCEPTION 'the keystore alone says what became of keys' USING ERRCODE = '42501';
    END IF;
    PERFORM pg_advisory_xact_lock(x'63757374'::int, 1);  -- that of append_line
    SELECT seq INTO number FROM crypto_ledger
    WHERE controller_id = controller AND outbox = from_outbox;
    RETURN coalesce(number, keystore.append_line(controller, of_kind, from_outbox, said));
END $$;

CREATE FUNCTION keystore.end_again(
    controller uuid, said jsonb, under bigint, entries bytea[], indexes bigint[], paths bytea[]
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    subjects uuid[]; scopes text[]; versions integer[]; ordered json;
    job uuid := (said->>'job')::uuid;
BEGIN
    SELECT array_agg(split_part(line, '|', 1)::uuid ORDER BY n),
           array_agg(split_part(line, '|', 2) ORDER BY n),
           array_agg(split_part(line, '|', 3)::integer ORDER BY n)
    INTO subjects, scopes, versions
    FROM jsonb_array_elements_text(said->'lines') WITH ORDINALITY AS given(line, n);
    PERFORM keystore.require_logged(under, entries, indexes, paths);
    ordered := keystore.body_of(entries[1]);
    PERFORM keystore.require_order(ordered, job, controller,
        keystore.lines_of(subjects, scopes, versions), decode(said->>'salt', 'hex'));
    PERFORM keystore.require_enough(job, controller, subjects,
        keystore.require_approved(job, controller, subjects, entries, indexes));
    -- Not before the epoch in whose table the bytes came back: physically they are there again.
    PERFORM keystore.close_slots(controller, subjects, scopes, versions, (ordered->>'id')::uuid,
        greatest((said->>'destroyed_at')::timestamptz,
                 (SELECT began_at FROM crypto_epoch WHERE state = 'active')));
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA keystore FROM PUBLIC;
"""
UNDO = """
DROP FUNCTION keystore.repeat, keystore.end_again;
DROP POLICY unlocked ON crypto_wrapped;
ALTER TABLE crypto_wrapped DISABLE ROW LEVEL SECURITY;
DROP TRIGGER unlocked ON crypto_subjectkey;
DROP TRIGGER unlocked ON crypto_controllerkey;
DROP TRIGGER unlocked ON crypto_stop;
DROP TRIGGER unlocked ON crypto_ledger;
DROP FUNCTION keystore.adopt, keystore.vouch, keystore.refuse_locked, keystore.must_be_vouched,
    keystore.require_vouched, keystore.locked_because;
DROP TABLE crypto_witness;
"""


class Migration(migrations.Migration):
    dependencies = [("crypto", "0010_provider")]
    operations = [
        migrations.RunSQL(TABLE, migrations.RunSQL.noop),
        migrations.RunSQL(LOCK, migrations.RunSQL.noop),
        migrations.RunSQL(REPEAT, UNDO),
    ]
