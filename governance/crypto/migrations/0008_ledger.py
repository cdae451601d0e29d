"""The application tells the ledger what is not about keys, each of its lines once; copies are known.

See docs/spec/erasure.md, section 9. Lines about keys are written by the functions that end them.
"""

from django.db import migrations

NOTE = """
CREATE FUNCTION keystore.note(
    controller uuid, of_kind text, from_outbox bigint, said jsonb
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    number bigint;
BEGIN
    IF from_outbox IS NULL OR of_kind IN ('erased', 'mark') THEN
        RAISE EXCEPTION 'the keystore alone says what became of keys' USING ERRCODE = '42501';
    END IF;
    PERFORM pg_advisory_xact_lock(x'63757374'::int, 1);  -- that of append_line
    SELECT seq INTO number FROM crypto_ledger
    WHERE controller_id = controller AND outbox = from_outbox;
    RETURN coalesce(number, keystore.append_line(controller, of_kind, from_outbox, said));
END $$;
REVOKE ALL ON FUNCTION keystore.note(uuid, text, bigint, jsonb) FROM PUBLIC;
"""

COPIES = """
CREATE TABLE crypto_copy (
    id uuid PRIMARY KEY,
    epoch integer NOT NULL,
    ledger_seq bigint NOT NULL,
    place text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    gone_at timestamptz
);
"""


class Migration(migrations.Migration):
    dependencies = [("crypto", "0007_destruction")]
    operations = [
        migrations.RunSQL(COPIES, "DROP TABLE crypto_copy"),
        migrations.RunSQL(NOTE, "DROP FUNCTION keystore.note(uuid, text, bigint, jsonb)"),
    ]
