"""Safeguards that were text become transfers; who drafted a version is among its drafters.

Re-runnable: what is there already is not made again.
"""

from django.db import migrations

SAFEGUARDS = """
INSERT INTO registry_transfer
    (id, controller_id, recipient_id, country, organisation, mechanism, document, assessment)
SELECT gen_random_uuid(), r.controller_id, r.id, r.country, '', '', r.safeguard, ''
FROM registry_recipient AS r
WHERE r.safeguard <> '' AND NOT EXISTS (
    SELECT FROM registry_transfer AS t WHERE t.recipient_id = r.id)
"""
DRAFTERS = """
UPDATE registry_activityversion SET drafters = ARRAY[drafted_by_id]
WHERE drafted_by_id IS NOT NULL AND drafters = '{}'
"""
# From now on activities are reviewed; those in force a year after they were approved.
REVIEWS = """
UPDATE registry_processingactivity AS a
SET reviewed_on = v.approved_at::date, reviewed_by_id = v.approved_by_id,
    review_on = (v.approved_at + interval '12 months')::date
FROM registry_activityversion AS v
WHERE v.activity_id = a.id AND v.state = 'approved' AND a.review_on IS NULL
"""
NOOP = migrations.RunSQL.noop


class Migration(migrations.Migration):
    dependencies = [("registry", "0010_register_in_full")]
    operations = [
        migrations.RunSQL(SAFEGUARDS, NOOP),
        migrations.RunSQL(DRAFTERS, NOOP),
        migrations.RunSQL(REVIEWS, NOOP),
    ]
