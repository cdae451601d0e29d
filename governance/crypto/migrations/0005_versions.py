"""Slots of keys have versions, and what was done to keys is written down to be repeated.

See docs/spec/field-encryption.md, section 3, and docs/spec/erasure.md, section 9.
"""

from django.db import migrations, models

LEDGER = """
CREATE TABLE crypto_ledger (
    seq bigint PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    controller_id uuid,
    kind text NOT NULL CHECK (kind ~ '^[a-z]{3,16}$'),
    outbox bigint,
    body jsonb NOT NULL,
    UNIQUE (controller_id, outbox)
);
-- One writer at a time, so that numbers have no gaps and none is seen before a lower one.
CREATE FUNCTION keystore.append_line(
    controller uuid, of_kind text, from_outbox bigint, said jsonb
) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    number bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(x'63757374'::int, 1);
    SELECT coalesce(max(seq), 0) + 1 INTO number FROM crypto_ledger;
    INSERT INTO crypto_ledger (seq, controller_id, kind, outbox, body)
    VALUES (number, controller, of_kind, from_outbox, said);
    RETURN number;
END $$;
REVOKE ALL ON FUNCTION keystore.append_line(uuid, text, bigint, jsonb) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("crypto", "0004_rewritten")]
    operations = [
        migrations.RemoveConstraint("subjectkey", "one_key_per_subject_and_scope"),
        migrations.RemoveConstraint("controllerkey", "one_key_per_controller_and_use"),
        migrations.AddField(
            "subjectkey", "version", models.PositiveSmallIntegerField(default=1, db_default=1)
        ),
        migrations.AddField(
            "controllerkey", "version", models.PositiveSmallIntegerField(default=1, db_default=1)
        ),
        migrations.AddConstraint(
            "subjectkey",
            models.UniqueConstraint(
                fields=["controller_id", "subject_id", "scope", "version"],
                name="one_key_per_subject_scope_and_version",
            ),
        ),
        migrations.AddConstraint(
            "controllerkey",
            models.UniqueConstraint(
                fields=["controller_id", "use", "version"],
                name="one_key_per_controller_use_and_version",
            ),
        ),
        migrations.RunSQL(
            LEDGER,
            "DROP FUNCTION keystore.append_line(uuid, text, bigint, jsonb); DROP TABLE crypto_ledger",
        ),
    ]
