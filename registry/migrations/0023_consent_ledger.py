"""The ledger of consent says under what it was said, by whom, and knows every state of DPV."""

import governance.policy.consents
import governance.policy.vocabulary
from django.db import migrations, models


PROTECT = """
CREATE SCHEMA IF NOT EXISTS custode;
-- A line of the ledger is never changed. It is sealed anew under another key, and put in again as it
-- was told after a restore; retention and erasures remove it whole.
CREATE FUNCTION custode.refuse_ledger_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF to_jsonb(OLD) - ARRAY['sealed', 'scope'] = to_jsonb(NEW) - ARRAY['sealed', 'scope']
        OR coalesce(current_setting('custode.repeating', true), '') = 'on' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the ledger of consent is append-only' USING ERRCODE = '42501';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE ON registry_consentevent
    FOR EACH ROW EXECUTE FUNCTION custode.refuse_ledger_change();
ALTER TABLE registry_consentevent ENABLE ALWAYS TRIGGER append_only;
"""
UNDO = """
DROP TRIGGER append_only ON registry_consentevent;
DROP FUNCTION custode.refuse_ledger_change();
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0022_notices")]
    operations = [
        migrations.RemoveConstraint(
            model_name="consentevent",
            name="known_consent_event",
        ),
        migrations.RemoveConstraint(
            model_name="consentstanding",
            name="known_consent_standing",
        ),
        migrations.AddField(
            model_name="consentevent",
            name="activity",
            field=models.CharField(blank=True, db_default="", max_length=60),
        ),
        migrations.AddField(
            model_name="consentevent",
            name="door",
            field=models.CharField(blank=True, db_default="", max_length=8),
        ),
        migrations.AddField(
            model_name="consentevent",
            name="notice_digest",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.AddField(
            model_name="consentevent",
            name="previous",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consentevent",
            name="recorded_by",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            governance.policy.vocabulary.ConsentState["UNKNOWN"],
                            governance.policy.vocabulary.ConsentState["REQUESTED"],
                            governance.policy.vocabulary.ConsentState["DEFERRED"],
                            governance.policy.vocabulary.ConsentState["GIVEN"],
                            governance.policy.vocabulary.ConsentState["RENEWED"],
                            governance.policy.vocabulary.ConsentState["REFUSED"],
                            governance.policy.vocabulary.ConsentState["WITHDRAWN"],
                            governance.policy.vocabulary.ConsentState["REVOKED"],
                            governance.policy.vocabulary.ConsentState["INVALIDATED"],
                            governance.policy.vocabulary.ConsentState["EXPIRED"],
                        ],
                    )
                ),
                name="known_consent_event",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "method__in",
                        [
                            governance.policy.consents.Mechanism["FORM"],
                            governance.policy.consents.Mechanism["PHONE"],
                            governance.policy.consents.Mechanism["PAPER"],
                            governance.policy.consents.Mechanism["IN_PERSON"],
                            governance.policy.consents.Mechanism["IMPORT"],
                            governance.policy.consents.Mechanism["REQUEST"],
                            governance.policy.consents.Mechanism["DOUBLE_OPT_IN"],
                            governance.policy.consents.Mechanism["PREFERENCES"],
                            governance.policy.consents.Mechanism["ONE_CLICK"],
                        ],
                    )
                ),
                name="known_consent_mechanism",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentstanding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            governance.policy.vocabulary.ConsentState["UNKNOWN"],
                            governance.policy.vocabulary.ConsentState["REQUESTED"],
                            governance.policy.vocabulary.ConsentState["DEFERRED"],
                            governance.policy.vocabulary.ConsentState["GIVEN"],
                            governance.policy.vocabulary.ConsentState["RENEWED"],
                            governance.policy.vocabulary.ConsentState["REFUSED"],
                            governance.policy.vocabulary.ConsentState["WITHDRAWN"],
                            governance.policy.vocabulary.ConsentState["REVOKED"],
                            governance.policy.vocabulary.ConsentState["INVALIDATED"],
                            governance.policy.vocabulary.ConsentState["EXPIRED"],
                        ],
                    )
                ),
                name="known_consent_standing",
            ),
        ),
        migrations.RunSQL(PROTECT, UNDO),
    ]
