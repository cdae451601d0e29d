"""Privacy notices in versions, to whom each was given, and until when it is owed (Art. 13, 14)."""

import django.db.models.deletion
import django.utils.timezone
import governance.crypto.ids
import governance.policy.notifications
import governance.policy.vocabulary
import registry.sealed
from django.conf import settings
from django.db import migrations, models


PROTECT = """
CREATE SCHEMA IF NOT EXISTS custode;
-- What people were told stays as it was: a draft is approved once, and nothing else changes.
CREATE FUNCTION custode.refuse_notice_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.approved_at IS NULL AND NEW.digest = encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex') THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF OLD.approved_at IS NULL AND NEW.approved_at IS NOT NULL
            AND to_jsonb(OLD) - ARRAY['approved_at', 'approved_by_id']
                = to_jsonb(NEW) - ARRAY['approved_at', 'approved_by_id'] THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a version of the notice is written once: % is refused', TG_OP
        USING ERRCODE = '42501';
END $$;
CREATE TRIGGER written_once BEFORE INSERT OR UPDATE OR DELETE ON registry_privacynotice
    FOR EACH ROW EXECUTE FUNCTION custode.refuse_notice_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON registry_privacynotice
    FOR EACH STATEMENT EXECUTE FUNCTION custode.refuse_notice_change();
ALTER TABLE registry_privacynotice ENABLE ALWAYS TRIGGER written_once;
ALTER TABLE registry_privacynotice ENABLE ALWAYS TRIGGER never_truncated;
"""
UNDO = """
DROP TRIGGER never_truncated ON registry_privacynotice;
DROP TRIGGER written_once ON registry_privacynotice;
DROP FUNCTION custode.refuse_notice_change();
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0021_answers")]
    operations = [
        migrations.CreateModel(
            name="NoticeGiven",
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
                (
                    "scope",
                    models.CharField(
                        default=governance.policy.vocabulary.Scope["ORDINARY"],
                        editable=False,
                        max_length=16,
                    ),
                ),
                ("collected_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sealed", models.BinaryField(default=b"")),
                ("at", models.DateTimeField()),
                ("how", models.CharField(max_length=12)),
            ],
            options={
                "verbose_name": "notice given",
                "verbose_name_plural": "notices given",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="PrivacyNotice",
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
                ("number", models.PositiveIntegerField(verbose_name="version")),
                ("language", models.CharField(max_length=2, verbose_name="language")),
                ("text", models.TextField(verbose_name="text")),
                ("digest", models.CharField(max_length=64)),
                ("drafted_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "privacy notice",
                "verbose_name_plural": "privacy notices",
            },
        ),
        migrations.AddField(
            model_name="datasubject",
            name="notice_due_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="datasubject",
            index=models.Index(
                condition=models.Q(("notice_due_on__isnull", False)),
                fields=["controller", "notice_due_on"],
                name="subject_by_notice_due",
            ),
        ),
        migrations.AddField(
            model_name="noticegiven",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="noticegiven",
            name="source",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasource",
            ),
        ),
        migrations.AddField(
            model_name="noticegiven",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="privacynotice",
            name="approved_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="privacynotice",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="privacynotice",
            name="drafted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="noticegiven",
            name="notice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.privacynotice",
            ),
        ),
        migrations.AddConstraint(
            model_name="privacynotice",
            constraint=models.UniqueConstraint(
                fields=("controller", "number", "language"), name="one_notice_per_language"
            ),
        ),
        migrations.AddConstraint(
            model_name="privacynotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at__isnull", True), ("approved_by__isnull", True)),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("approved_by__isnull", False),
                        ("drafted_by__isnull", False),
                        models.Q(("approved_by", models.F("drafted_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="notice_approved_by_somebody_else",
            ),
        ),
        migrations.AddIndex(
            model_name="noticegiven",
            index=models.Index(fields=["subject"], name="notice_by_subject"),
        ),
        migrations.AddConstraint(
            model_name="noticegiven",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "how__in",
                        [
                            governance.policy.notifications.Telling["FORM"],
                            governance.policy.notifications.Telling["EMAIL"],
                            governance.policy.notifications.Telling["SMS"],
                            governance.policy.notifications.Telling["POST"],
                            governance.policy.notifications.Telling["PHONE"],
                            governance.policy.notifications.Telling["IN_PERSON"],
                            governance.policy.notifications.Telling["WEB"],
                        ],
                    )
                ),
                name="known_way_of_telling",
            ),
        ),
        migrations.RunSQL(PROTECT, UNDO),
    ]
