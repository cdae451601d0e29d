"""What the database refuses of orders, of stages of opportunities, and of approved versions.

The pairs of states are those of `governance/policy/trade.py`; a test tries all of them on both.
"""

from django.db import migrations

GUARD = """
CREATE SCHEMA IF NOT EXISTS custode;

CREATE OR REPLACE FUNCTION custode.keep_order_state() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (OLD.state, NEW.state) IN (
        ('draft', 'confirmed'), ('draft', 'cancelled'),
        ('confirmed', 'partly_fulfilled'), ('confirmed', 'fulfilled'), ('confirmed', 'cancelled'),
        ('partly_fulfilled', 'fulfilled'), ('partly_fulfilled', 'closed'),
        ('fulfilled', 'closed')
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an order that is % does not become %', OLD.state, NEW.state
        USING ERRCODE = 'CU021';
END $$;
CREATE TRIGGER kept_order_state BEFORE UPDATE OF state ON crm_order FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION custode.keep_order_state();
ALTER TABLE crm_order ENABLE ALWAYS TRIGGER kept_order_state;

CREATE OR REPLACE FUNCTION custode.keep_move() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a stage that was reached stays as it was recorded' USING ERRCODE = 'CU012';
END $$;
CREATE TRIGGER kept_move BEFORE UPDATE ON crm_opportunitymove FOR EACH ROW
    WHEN ((OLD.opportunity_id, OLD.stage, OLD.at, OLD.moved_by_id)
        IS DISTINCT FROM (NEW.opportunity_id, NEW.stage, NEW.at, NEW.moved_by_id))
    EXECUTE FUNCTION custode.keep_move();
ALTER TABLE crm_opportunitymove ENABLE ALWAYS TRIGGER kept_move;

-- A workflow or form that was approved is the one that runs: its state alone moves on.
CREATE OR REPLACE FUNCTION custode.keep_rule() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'approved' AND NEW.state = 'retired'
        AND to_jsonb(NEW) - 'state' = to_jsonb(OLD) - 'state' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an approved version stays as it was' USING ERRCODE = 'CU012';
END $$;
CREATE TRIGGER kept_rule BEFORE UPDATE OR DELETE ON crm_workflow FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION custode.keep_rule();
ALTER TABLE crm_workflow ENABLE ALWAYS TRIGGER kept_rule;
CREATE TRIGGER kept_rule BEFORE UPDATE OR DELETE ON crm_webform FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION custode.keep_rule();
ALTER TABLE crm_webform ENABLE ALWAYS TRIGGER kept_rule;
"""
UNGUARD = """
DROP TRIGGER kept_rule ON crm_webform;
DROP TRIGGER kept_rule ON crm_workflow;
DROP TRIGGER kept_move ON crm_opportunitymove;
DROP TRIGGER kept_order_state ON crm_order;
DROP FUNCTION custode.keep_rule();
DROP FUNCTION custode.keep_move();
DROP FUNCTION custode.keep_order_state();
"""


class Migration(migrations.Migration):
    dependencies = [("crm", "0005_trade_sales_workflows")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
