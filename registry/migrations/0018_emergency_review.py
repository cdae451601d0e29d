"""An emergency access is reviewed once; what it was is never changed."""

from django.db import migrations

FORWARD = """
CREATE SCHEMA IF NOT EXISTS custode;

CREATE OR REPLACE FUNCTION custode.refuse_second_review() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (OLD.controller_id, OLD.subject_id, OLD.staff_id, OLD.opened_at, OLD.ends_at)
       IS DISTINCT FROM (NEW.controller_id, NEW.subject_id, NEW.staff_id, NEW.opened_at, NEW.ends_at)
       OR OLD.reviewed_at IS NOT NULL
       AND (OLD.reviewed_by_id, OLD.reviewed_at, OLD.verdict)
           IS DISTINCT FROM (NEW.reviewed_by_id, NEW.reviewed_at, NEW.verdict) THEN
        RAISE EXCEPTION 'an emergency access is reviewed once, and not changed'
            USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER reviewed_once BEFORE UPDATE ON registry_emergencyaccess
FOR EACH ROW EXECUTE FUNCTION custode.refuse_second_review();
ALTER TABLE registry_emergencyaccess ENABLE ALWAYS TRIGGER reviewed_once;
"""
BACK = """
DROP TRIGGER reviewed_once ON registry_emergencyaccess;
DROP FUNCTION custode.refuse_second_review();
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0017_gate_in_full")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
