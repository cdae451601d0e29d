"""Wrapped keys leave their rows for a table that can be dropped (docs/spec/field-encryption.md).

The application may create and destroy keys through two functions and change nothing itself.
"""

import secrets
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import migrations, models

from governance.crypto import epochs, root, rootkeys
from governance.crypto.envelope import unwrap, wrap
from governance.crypto.errors import UnsealError

TABLES = """
CREATE TABLE crypto_epoch (
    n integer PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('filling', 'active', 'over')),
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    active_at timestamptz,
    kept integer,
    removed integer,
    logged_at timestamptz
);
CREATE UNIQUE INDEX one_active_epoch ON crypto_epoch (state) WHERE state = 'active';
CREATE TABLE crypto_wrapped (
    epoch integer NOT NULL, slot uuid NOT NULL, wrapped bytea NOT NULL, PRIMARY KEY (epoch, slot)
) PARTITION BY LIST (epoch);
-- Statistics would hold some of the values, long after their table is gone.
ALTER TABLE crypto_wrapped ALTER COLUMN wrapped SET STATISTICS 0;
"""
FUNCTIONS = r"""
CREATE SCHEMA keystore;
REVOKE ALL ON SCHEMA keystore FROM PUBLIC;

-- Rows are slots; an existing slot, also one whose key is destroyed, is left as it is.
CREATE FUNCTION keystore.create_subject_keys(
    in_epoch integer, controller uuid, ids uuid[], subjects uuid[], scopes text[], keys bytea[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM keystore.require_active(in_epoch);
    WITH made AS (
        INSERT INTO crypto_subjectkey (id, controller_id, subject_id, scope, created_at)
        SELECT i, controller, s, sc, clock_timestamp()
        FROM unnest(ids, subjects, scopes) AS given(i, s, sc)
        ON CONFLICT DO NOTHING RETURNING id
    )
    INSERT INTO crypto_wrapped (epoch, slot, wrapped)
    SELECT in_epoch, made.id, given.k
    FROM unnest(ids, keys) AS given(i, k) JOIN made ON made.id = given.i;
END $$;

CREATE FUNCTION keystore.create_controller_key(
    in_epoch integer, controller uuid, own_id uuid, for_use text, key bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM keystore.require_active(in_epoch);
    WITH made AS (
        INSERT INTO crypto_controllerkey (id, controller_id, use, created_at)
        VALUES (own_id, controller, for_use, clock_timestamp())
        ON CONFLICT DO NOTHING RETURNING id
    )
    INSERT INTO crypto_wrapped (epoch, slot, wrapped) SELECT in_epoch, id, key FROM made;
END $$;

-- Held until the transaction ends: a rotation locks the table of epochs while it copies and swaps,
-- so that what is made or destroyed is seen by it as a whole or not at all.
CREATE FUNCTION keystore.require_active(in_epoch integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM crypto_epoch WHERE n = in_epoch AND state = 'active' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'another epoch is active' USING ERRCODE = 'CU021';
    END IF;
END $$;

CREATE FUNCTION keystore.hold_epoch() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM crypto_epoch WHERE state = 'active' FOR SHARE;
END $$;

-- A slot stays for each scope, also where there never was a key: none is made for somebody gone.
CREATE FUNCTION keystore.destroy_subject_keys(
    controller uuid, subject uuid, ids uuid[], scopes text[], entry uuid, at timestamptz
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone integer;
    -- Never earlier than now by this clock: an epoch that began before may hold the key.
    ended timestamptz := greatest(at, clock_timestamp());
BEGIN
    IF entry IS NULL THEN
        RAISE EXCEPTION 'a key is destroyed by order of an entry' USING ERRCODE = '22023';
    END IF;
    PERFORM keystore.hold_epoch();
    INSERT INTO crypto_subjectkey
        (id, controller_id, subject_id, scope, created_at, destroyed_at, ordered_by)
    SELECT i, controller, subject, s, clock_timestamp(), ended, entry
    FROM unnest(ids, scopes) AS given(i, s)
    ON CONFLICT DO NOTHING;
    UPDATE crypto_subjectkey SET destroyed_at = ended, ordered_by = entry
    WHERE controller_id = controller AND subject_id = subject AND scope = ANY(scopes)
      AND destroyed_at IS NULL;
    -- A statement of its own, whose snapshot is younger than the locks above.
    WITH removed AS (
        DELETE FROM crypto_wrapped AS w USING crypto_subjectkey AS s
        WHERE w.slot = s.id AND s.controller_id = controller AND s.subject_id = subject
          AND s.scope = ANY(scopes)
        RETURNING w.slot
    )
    SELECT count(DISTINCT slot) INTO gone FROM removed;
    RETURN gone;
END $$;

CREATE FUNCTION keystore.destroy_controller_key(controller uuid, for_use text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM keystore.hold_epoch();
    UPDATE crypto_controllerkey SET destroyed_at = clock_timestamp()
    WHERE controller_id = controller AND use = for_use AND destroyed_at IS NULL;
    DELETE FROM crypto_wrapped AS w USING crypto_controllerkey AS s
    WHERE w.slot = s.id AND s.controller_id = controller AND s.use = for_use;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA keystore FROM PUBLIC;
"""


def move(apps: Any, schema_editor: Any) -> None:
    """Begin the first epoch, and wrap under it what was wrapped under the root key."""
    with schema_editor.connection.cursor() as cursor:
        epoch = _begin(cursor)
        for row in apps.get_model("crypto", "SubjectKey").objects.using("keys").iterator():
            if row.wrapped is not None:
                parts = (row.controller_id.hex, row.subject_id.hex, row.scope)
                key = unwrap(_top(), bytes(row.wrapped), f"custode/key/v1|{'|'.join(parts)}")
                _put(cursor, epoch, row.pk, key, parts)
        for row in apps.get_model("crypto", "ControllerKey").objects.using("keys").iterator():
            parts = (row.controller_id.hex, row.use)
            try:
                key = unwrap(_top(), bytes(row.wrapped), f"custode/key/v1|{'|'.join(parts)}|")
            except UnsealError:  # version 0.1.0 overwrote a key that ended with another
                ended = f"custode/key/v1|{row.controller_id.hex}|destroyed|"
                unwrap(_top(), bytes(row.wrapped), ended)
                row.destroyed_at = row.created_at
                row.save(update_fields=["destroyed_at"])
                continue
            _put(cursor, epoch, row.pk, key, parts)


def _begin(cursor: Any) -> AESGCM:
    key = secrets.token_bytes(32)
    wrapped = rootkeys.present().wrap(key, epochs.own_context(1))
    cursor.execute(
        "INSERT INTO crypto_epoch (n, state, began_at, active_at, logged_at)"
        " SELECT 1, 'active', now, now, now FROM clock_timestamp() AS now"
    )
    cursor.execute("CREATE TABLE crypto_wrapped_e1 PARTITION OF crypto_wrapped FOR VALUES IN (1)")
    cursor.execute("ALTER TABLE crypto_wrapped_e1 ALTER COLUMN wrapped SET STATISTICS 0")
    cursor.execute("INSERT INTO crypto_wrapped VALUES (1, %s, %s)", [epochs.OWN, wrapped])
    return AESGCM(key)


def _top() -> AESGCM:
    """Return what opens the keys of version 0.1.0, whose root key was always a file."""
    return AESGCM(root.load().reveal())


def _put(cursor: Any, epoch: AESGCM, slot: UUID, key: bytes, owner: tuple[str, ...]) -> None:
    wrapped = wrap(epoch, key, epochs.context(1, *owner))
    cursor.execute("INSERT INTO crypto_wrapped VALUES (1, %s, %s)", [slot, wrapped])


class Migration(migrations.Migration):
    dependencies = [("crypto", "0002_ordered_by")]
    operations = [
        migrations.RunSQL(TABLES, "DROP TABLE crypto_wrapped, crypto_epoch"),
        migrations.RunSQL(FUNCTIONS, "DROP SCHEMA keystore CASCADE"),
        migrations.AddField("controllerkey", "destroyed_at", models.DateTimeField(null=True)),
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.RemoveConstraint("subjectkey", "destroyed_or_alive"),
        migrations.RemoveField("subjectkey", "wrapped"),
        migrations.RemoveField("controllerkey", "wrapped"),
    ]
