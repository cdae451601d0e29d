"""A stage that a person reached stays as it was recorded (docs of `crm.models.StageEvent`)."""

from django.db import migrations

GUARD = """
CREATE SCHEMA IF NOT EXISTS custode;

CREATE FUNCTION custode.keep_stage() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a stage that was reached stays as it was recorded' USING ERRCODE = 'CU012';
END $$;
CREATE TRIGGER kept_stage BEFORE UPDATE ON crm_stageevent FOR EACH ROW
    WHEN ((OLD.subject_id, OLD.stage, OLD.came_from, OLD.ground, OLD.at, OLD.moved_by_id)
        IS DISTINCT FROM
        (NEW.subject_id, NEW.stage, NEW.came_from, NEW.ground, NEW.at, NEW.moved_by_id))
    EXECUTE FUNCTION custode.keep_stage();
ALTER TABLE crm_stageevent ENABLE ALWAYS TRIGGER kept_stage;
"""
UNGUARD = """
DROP TRIGGER kept_stage ON crm_stageevent;
DROP FUNCTION custode.keep_stage();
"""


class Migration(migrations.Migration):
    dependencies = [("crm", "0009_relations")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
