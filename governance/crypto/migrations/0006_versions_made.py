"""Further versions of a key can be made while the one below is alive, and old ones be retired.

See docs/spec/field-encryption.md, sections 3 and 9.
"""

from django.db import migrations, models

FUNCTIONS = r"""
-- The row of the epoch is locked alone: whoever destroys keys holds it shared, so that a version
-- is made before a destruction, which then finds it, or after it, and then there is none.
CREATE FUNCTION keystore.require_active_alone(in_epoch integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM crypto_epoch WHERE n = in_epoch AND state = 'active' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'another epoch is active' USING ERRCODE = 'CU021';
    END IF;
END $$;

CREATE FUNCTION keystore.create_next_keys(
    in_epoch integer, controller uuid, ids uuid[], subjects uuid[], scopes text[],
    versions smallint[], keys bytea[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM keystore.require_active_alone(in_epoch);
    WITH made AS (
        INSERT INTO crypto_subjectkey (id, controller_id, subject_id, scope, version, created_at)
        SELECT i, controller, s, sc, v, clock_timestamp()
        FROM unnest(ids, subjects, scopes, versions) AS given(i, s, sc, v)
        WHERE sc <> 'audit' AND v <= 255 AND EXISTS (
            SELECT 1 FROM crypto_subjectkey AS below
            WHERE below.controller_id = controller AND below.subject_id = s
              AND below.scope = sc AND below.version = v - 1 AND below.destroyed_at IS NULL)
        ON CONFLICT DO NOTHING RETURNING id
    )
    INSERT INTO crypto_wrapped (epoch, slot, wrapped)
    SELECT in_epoch, made.id, given.k
    FROM unnest(ids, keys) AS given(i, k) JOIN made ON made.id = given.i;
END $$;

CREATE FUNCTION keystore.create_next_controller_key(
    in_epoch integer, controller uuid, own_id uuid, for_use text, of_version smallint, key bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM keystore.require_active_alone(in_epoch);
    WITH made AS (
        INSERT INTO crypto_controllerkey (id, controller_id, use, version, created_at)
        SELECT own_id, controller, for_use, of_version, clock_timestamp()
        WHERE of_version <= 255 AND EXISTS (
            SELECT 1 FROM crypto_controllerkey AS below
            WHERE below.controller_id = controller AND below.use = for_use
              AND below.version = of_version - 1 AND below.destroyed_at IS NULL)
        ON CONFLICT DO NOTHING RETURNING id
    )
    INSERT INTO crypto_wrapped (epoch, slot, wrapped) SELECT in_epoch, id, key FROM made;
END $$;

-- Called by the owner alone: it has no rights but the caller's.
-- Without `ending` it notes that nothing is sealed under these versions any more. With it, it
-- removes those of which that was noted before `ending`. Returns how many it noted or removed.
CREATE FUNCTION keystore.retire(
    controller uuid, subjects uuid[], scopes text[], versions smallint[], ending timestamptz
) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    slots uuid[];
BEGIN
    PERFORM 1 FROM crypto_epoch WHERE state = 'active' FOR UPDATE;
    SELECT array_agg(k.id) INTO slots FROM crypto_subjectkey AS k
    JOIN unnest(subjects, scopes, versions) AS given(s, sc, v)
      ON k.subject_id = given.s AND k.scope = given.sc AND k.version = given.v
    WHERE k.controller_id = controller AND k.destroyed_at IS NULL;
    IF EXISTS (
        SELECT 1 FROM crypto_subjectkey AS k WHERE k.id = ANY(slots) AND NOT EXISTS (
            SELECT 1 FROM crypto_subjectkey AS above
            WHERE above.controller_id = controller AND above.subject_id = k.subject_id
              AND above.scope = k.scope AND above.version > k.version
              AND above.destroyed_at IS NULL)
    ) THEN
        RAISE EXCEPTION 'the newest version of a key is not retired' USING ERRCODE = 'CU024';
    END IF;
    IF ending IS NULL THEN
        WITH noted AS (
            UPDATE crypto_subjectkey SET retired_at = clock_timestamp()
            WHERE id = ANY(slots) AND retired_at IS NULL RETURNING id)
        SELECT array_agg(id) INTO slots FROM noted;
    ELSE
        WITH ended AS (
            UPDATE crypto_subjectkey SET destroyed_at = clock_timestamp()
            WHERE id = ANY(slots) AND retired_at < ending RETURNING id)
        SELECT array_agg(id) INTO slots FROM ended;
        DELETE FROM crypto_wrapped WHERE slot = ANY(slots);
    END IF;
    RETURN coalesce(cardinality(slots), 0);
END $$;

CREATE FUNCTION keystore.retire_controller_key(
    controller uuid, for_use text, of_version smallint, ending timestamptz
) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    own uuid;
BEGIN
    PERFORM 1 FROM crypto_epoch WHERE state = 'active' FOR UPDATE;
    IF NOT EXISTS (
        SELECT 1 FROM crypto_controllerkey AS above
        WHERE above.controller_id = controller AND above.use = for_use
          AND above.version > of_version AND above.destroyed_at IS NULL
    ) THEN
        RAISE EXCEPTION 'the newest version of a key is not retired' USING ERRCODE = 'CU024';
    END IF;
    IF ending IS NULL THEN
        UPDATE crypto_controllerkey SET retired_at = clock_timestamp()
        WHERE controller_id = controller AND use = for_use AND version = of_version
          AND destroyed_at IS NULL AND retired_at IS NULL RETURNING id INTO own;
    ELSE
        UPDATE crypto_controllerkey SET destroyed_at = clock_timestamp()
        WHERE controller_id = controller AND use = for_use AND version = of_version
          AND destroyed_at IS NULL AND retired_at < ending RETURNING id INTO own;
        DELETE FROM crypto_wrapped WHERE slot = own;
    END IF;
    RETURN CASE WHEN own IS NULL THEN 0 ELSE 1 END;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA keystore FROM PUBLIC;
"""
BACK = """
DROP FUNCTION keystore.retire_controller_key(uuid, text, smallint, timestamptz);
DROP FUNCTION keystore.retire(uuid, uuid[], text[], smallint[], timestamptz);
DROP FUNCTION keystore.create_next_controller_key(integer, uuid, uuid, text, smallint, bytea);
DROP FUNCTION keystore.create_next_keys(
    integer, uuid, uuid[], uuid[], text[], smallint[], bytea[]);
DROP FUNCTION keystore.require_active_alone(integer);
"""


class Migration(migrations.Migration):
    dependencies = [("crypto", "0005_versions")]
    operations = [
        migrations.AddField("subjectkey", "retired_at", models.DateTimeField(null=True)),
        migrations.AddField("controllerkey", "retired_at", models.DateTimeField(null=True)),
        migrations.RunSQL(FUNCTIONS, BACK),
    ]
