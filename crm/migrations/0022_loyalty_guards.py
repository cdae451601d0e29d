"""Lines of points and changes of tiers stay as they were written (docs of `crm.models.loyalty`)."""

from django.db import migrations

GUARD = """
CREATE SCHEMA IF NOT EXISTS custode;

CREATE FUNCTION custode.keep_points() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a line of points stays as it was written; a correction is another line'
        USING ERRCODE = 'CU031';
END $$;
CREATE TRIGGER kept_points BEFORE UPDATE ON crm_loyaltyline FOR EACH ROW
    WHEN ((OLD.subject_id, OLD.account_id, OLD.line_kind, OLD.points, OLD.balance, OLD.written_at,
           OLD.reference, OLD."order", OLD.corrects, OLD.because, OLD.reward, OLD.code)
        IS DISTINCT FROM
        (NEW.subject_id, NEW.account_id, NEW.line_kind, NEW.points, NEW.balance, NEW.written_at,
         NEW.reference, NEW."order", NEW.corrects, NEW.because, NEW.reward, NEW.code))
    EXECUTE FUNCTION custode.keep_points();
ALTER TABLE crm_loyaltyline ENABLE ALWAYS TRIGGER kept_points;
CREATE TRIGGER kept_tier BEFORE UPDATE ON crm_loyaltytierchange FOR EACH ROW
    WHEN ((OLD.subject_id, OLD.account_id, OLD.came_from, OLD.tier, OLD.changed_on, OLD.points,
           OLD.member_days)
        IS DISTINCT FROM
        (NEW.subject_id, NEW.account_id, NEW.came_from, NEW.tier, NEW.changed_on, NEW.points,
         NEW.member_days))
    EXECUTE FUNCTION custode.keep_points();
ALTER TABLE crm_loyaltytierchange ENABLE ALWAYS TRIGGER kept_tier;
"""
UNGUARD = """
DROP TRIGGER kept_tier ON crm_loyaltytierchange;
DROP TRIGGER kept_points ON crm_loyaltyline;
DROP FUNCTION custode.keep_points();
"""


class Migration(migrations.Migration):
    dependencies = [("crm", "0021_loyalty_offers_birthdays")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
