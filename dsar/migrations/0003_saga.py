"""Steps and certificates of erasures get tables of their own; what exists becomes round 1."""

import django.db.models.deletion
import governance.crypto.ids
from django.conf import settings
from django.db import migrations, models

# Forced row-level security, which `prepare` puts back, would hide the rows from their owner.
MOVE = """
SELECT set_config('custode.duty', 'erasing', true);
ALTER TABLE dsar_erasure NO FORCE ROW LEVEL SECURITY;
INSERT INTO dsar_erasurestep (id, controller_id, erasure_id, round, pass_no, step, at, fence, result)
SELECT gen_random_uuid(), controller_id, id, 1, 1, 'planned', planned_at, 0,
       jsonb_build_object('plan', plan, 'hash', plan_hash)
FROM dsar_erasure WHERE steps <> '{}';
INSERT INTO dsar_erasurestep (id, controller_id, erasure_id, round, pass_no, step, at, fence, result)
SELECT gen_random_uuid(), e.controller_id, e.id, 1, 1, s.key,
       coalesce((s.value ->> 'at')::timestamptz, e.planned_at), 0, s.value - 'at'
FROM dsar_erasure AS e, jsonb_each(e.steps) AS s;
INSERT INTO dsar_certificate (id, controller_id, erasure_id, round, body, receipt)
SELECT gen_random_uuid(), controller_id, id, 1, certificate, coalesce(certificate ->> 'receipt', '')
FROM dsar_erasure WHERE certificate <> '{}';
UPDATE dsar_erasure SET fence = attempts, attempts = 0,
    state = CASE state WHEN 'failed' THEN 'partial' ELSE state END,
    not_before = CASE WHEN state = 'planned' THEN NULL ELSE now() END;
SELECT set_config('custode.duty', '', true);
"""
# A marker is written with its effect: changed afterwards, it would say what did not happen.
GUARD = """
CREATE FUNCTION public.dsar_marker_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'what an erasure did is not changed' USING ERRCODE = '42501';
END $$;
ALTER TABLE dsar_erasurestep ADD CONSTRAINT with_their_erasure
    FOREIGN KEY (erasure_id) REFERENCES dsar_erasure (id) ON DELETE CASCADE;
ALTER TABLE dsar_certificate ADD CONSTRAINT with_its_erasure
    FOREIGN KEY (erasure_id) REFERENCES dsar_erasure (id) ON DELETE CASCADE;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON dsar_erasurestep
    FOR EACH ROW EXECUTE FUNCTION public.dsar_marker_stays();
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON dsar_certificate
    FOR EACH ROW EXECUTE FUNCTION public.dsar_marker_stays();
"""
UNGUARD = """
DROP TRIGGER stays ON dsar_erasurestep;
DROP TRIGGER stays ON dsar_certificate;
DROP FUNCTION public.dsar_marker_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dsar", "0002_initial"),
        ("registry", "0002_access_log_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ErasureCertificate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=governance.crypto.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("round", models.PositiveSmallIntegerField()),
                ("body", models.JSONField()),
                ("receipt", models.CharField(max_length=101)),
            ],
            options={
                "verbose_name": "certificate of an erasure",
                "verbose_name_plural": "certificates of erasures",
                "db_table": "dsar_certificate",
            },
        ),
        migrations.CreateModel(
            name="ErasureStep",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=governance.crypto.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("round", models.PositiveSmallIntegerField()),
                ("pass_no", models.PositiveSmallIntegerField()),
                ("step", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("fence", models.PositiveIntegerField()),
                ("result", models.JSONField(default=dict)),
            ],
            options={
                "verbose_name": "step of an erasure",
                "verbose_name_plural": "steps of erasures",
            },
        ),
        migrations.RemoveConstraint(
            model_name="erasure",
            name="known_erasure_state",
        ),
        migrations.AddField(
            model_name="erasure",
            name="approval",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="erasure",
            name="difference",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="erasure",
            name="fence",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="erasure",
            name="logical_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="erasure",
            name="not_before",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="erasure",
            name="pass_no",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="erasure",
            name="physical_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="erasure",
            name="reason",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="erasure",
            name="round",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="erasure",
            name="second_approval",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="erasure",
            name="second_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="erasure",
            name="second_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(
                condition=models.Q(("not_before__isnull", False)),
                fields=["not_before"],
                name="erasures_due",
            ),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(fields=["subject"], name="erasures_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("second_by__isnull", True),
                    models.Q(("second_by", models.F("approved_by")), _negated=True),
                    _connector="OR",
                ),
                name="approved_by_two",
            ),
        ),
        migrations.AddField(
            model_name="erasurecertificate",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="erasurecertificate",
            name="erasure",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="certificates",
                to="dsar.erasure",
            ),
        ),
        migrations.AddField(
            model_name="erasurestep",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="erasurestep",
            name="erasure",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="markers",
                to="dsar.erasure",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasurecertificate",
            constraint=models.UniqueConstraint(
                fields=("controller", "erasure", "round"), name="one_certificate_per_round"
            ),
        ),
        migrations.AddConstraint(
            model_name="erasurestep",
            constraint=models.UniqueConstraint(
                fields=("controller", "erasure", "round", "pass_no", "step"), name="one_marker"
            ),
        ),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name="erasure",
            name="certificate",
        ),
        migrations.RemoveField(
            model_name="erasure",
            name="steps",
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "planned",
                            "approved",
                            "running",
                            "waiting",
                            "partial",
                            "certified",
                            "closed",
                        ],
                    )
                ),
                name="known_erasure_state",
            ),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
