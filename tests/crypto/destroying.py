"""Keys destroyed without an order, by a function that only the databases of tests have."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from governance.policy.vocabulary import Scope
from governance.rows import rows

FUNCTION = """
CREATE SCHEMA in_tests;
GRANT USAGE ON SCHEMA in_tests TO custode_keys;
CREATE FUNCTION in_tests.destroy(
    controller uuid, subject uuid, of_scopes text[], entry uuid, at timestamptz
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone integer;
BEGIN
    LOCK TABLE crypto_epoch IN EXCLUSIVE MODE;
    SELECT keystore.close_slots(
        controller, array_agg(subject), array_agg(s), array_agg(coalesce(k.version, 1)::integer),
        entry, greatest(at, clock_timestamp())
    ) INTO gone
    FROM unnest(of_scopes) AS s
    LEFT JOIN crypto_subjectkey AS k
        ON k.controller_id = controller AND k.subject_id = subject AND k.scope = s;
    RETURN gone;
END $$;
"""
DESTROY = "SELECT in_tests.destroy(%s, %s, %s::text[], %s, %s)"


def destroy_subject_keys(
    controller: UUID, subject: UUID, *, scopes: Iterable[Scope], ordered_by: UUID, now: datetime
) -> int:
    """Destroy the keys of one subject in `scopes`, all versions; return how many were alive."""
    wanted = [str(scope) for scope in scopes]
    return int(rows(DESTROY, [controller, subject, wanted, ordered_by, now], using="keys")[0][0])
