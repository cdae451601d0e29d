"""Shipments and more states of orders; opportunities, quotes, tasks; workflows; ways in; tiers."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import governance.crypto.ids
import governance.policy.sales
import governance.policy.tiers
import governance.policy.trade
import governance.policy.vocabulary
import governance.policy.workflows
import registry.sealed
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0004_conversations"),
        ("registry", "0027_history_of_parts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerTier",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("computed_on", models.DateField()),
                ("recency", models.PositiveSmallIntegerField()),
                ("frequency", models.PositiveSmallIntegerField()),
                ("monetary", models.PositiveSmallIntegerField()),
                ("tier", models.CharField(max_length=12)),
            ],
            options={
                "verbose_name": "customer tier",
                "verbose_name_plural": "customer tiers",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="MessageTemplate",
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
                ("key", models.SlugField(max_length=40)),
                ("kind", models.CharField(max_length=10)),
                ("topic_it", models.CharField(max_length=200)),
                ("topic_en", models.CharField(max_length=200)),
                ("body_it", models.TextField()),
                ("body_en", models.TextField()),
            ],
            options={
                "verbose_name": "message template",
                "verbose_name_plural": "message templates",
            },
        ),
        migrations.CreateModel(
            name="Opportunity",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                (
                    "stage",
                    models.CharField(default=governance.policy.sales.Stage["NEW"], max_length=12),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14)),
                ("currency", models.CharField(default="EUR", max_length=3)),
                ("probability", models.PositiveSmallIntegerField()),
                ("expected_on", models.DateField(blank=True, null=True)),
                ("moved_on", models.DateField()),
            ],
            options={
                "verbose_name": "opportunity",
                "verbose_name_plural": "opportunities",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="OpportunityMove",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("stage", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "stage of an opportunity",
                "verbose_name_plural": "stages of opportunities",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="Quote",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("number", models.CharField(max_length=60)),
                (
                    "state",
                    models.CharField(
                        default=governance.policy.sales.QuoteState["DRAFT"], max_length=12
                    ),
                ),
                ("quoted_on", models.DateField()),
                ("valid_until", models.DateField()),
                ("total", models.DecimalField(decimal_places=2, max_digits=14)),
                ("currency", models.CharField(default="EUR", max_length=3)),
            ],
            options={
                "verbose_name": "quote",
                "verbose_name_plural": "quotes",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="QuoteLine",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("quoted_on", models.DateField()),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=12)),
                ("unit_price", models.DecimalField(decimal_places=4, max_digits=14)),
            ],
            options={
                "verbose_name": "quote line",
                "verbose_name_plural": "quote lines",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="ReferralLink",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("digest", models.BinaryField()),
                ("expires_on", models.DateField()),
                ("arrivals", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "referral link",
                "verbose_name_plural": "referral links",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="Shipment",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("shipped_on", models.DateField()),
                ("delivered_on", models.DateField(blank=True, null=True)),
                ("carrier", models.CharField(blank=True, max_length=40)),
            ],
            options={
                "verbose_name": "shipment",
                "verbose_name_plural": "shipments",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="ShipmentLine",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("shipped_on", models.DateField()),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=12)),
            ],
            options={
                "verbose_name": "shipment line",
                "verbose_name_plural": "shipment lines",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="Task",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("do_by", models.DateField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("role", models.CharField(blank=True, max_length=20)),
                (
                    "about_kind",
                    models.CharField(
                        default=governance.policy.sales.About["PERSON"], max_length=12
                    ),
                ),
                ("about", models.UUIDField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="WebForm",
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
                ("slug", models.SlugField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        default=governance.policy.workflows.VersionState["DRAFT"], max_length=10
                    ),
                ),
                ("title_it", models.CharField(max_length=120)),
                ("title_en", models.CharField(max_length=120)),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), size=None
                    ),
                ),
                (
                    "required",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("boxes", models.JSONField(default=list)),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "web form",
                "verbose_name_plural": "web forms",
            },
        ),
        migrations.CreateModel(
            name="Workflow",
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
                ("key", models.SlugField(max_length=40)),
                ("number", models.PositiveIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        default=governance.policy.workflows.VersionState["DRAFT"], max_length=10
                    ),
                ),
                ("title_it", models.CharField(max_length=120)),
                ("title_en", models.CharField(max_length=120)),
                ("definition", models.JSONField()),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "workflow",
                "verbose_name_plural": "workflows",
            },
        ),
        migrations.CreateModel(
            name="WorkflowRun",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                (
                    "about_kind",
                    models.CharField(
                        default=governance.policy.sales.About["PERSON"], max_length=12
                    ),
                ),
                ("about", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        default=governance.policy.workflows.RunState["WAITING"], max_length=10
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("wake_at", models.DateTimeField(blank=True, null=True)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "run of a workflow",
                "verbose_name_plural": "runs of workflows",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="WorkflowStep",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("position", models.PositiveSmallIntegerField()),
                ("action", models.CharField(max_length=20)),
                ("outcome", models.CharField(max_length=10)),
                ("refused_as", models.CharField(blank=True, max_length=60)),
                ("role", models.CharField(blank=True, max_length=20)),
                ("at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "step of a workflow",
                "verbose_name_plural": "steps of workflows",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="known_order_state",
        ),
        migrations.AddField(
            model_name="order",
            name="promised_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="orderline",
            name="warranty_until",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="order",
            name="state",
            field=models.CharField(default="confirmed", max_length=16),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            governance.policy.trade.OrderState["DRAFT"],
                            governance.policy.trade.OrderState["CONFIRMED"],
                            governance.policy.trade.OrderState["PARTLY_FULFILLED"],
                            governance.policy.trade.OrderState["FULFILLED"],
                            governance.policy.trade.OrderState["CLOSED"],
                            governance.policy.trade.OrderState["CANCELLED"],
                        ],
                    )
                ),
                name="known_order_state",
            ),
        ),
        migrations.AddField(
            model_name="customertier",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="customertier",
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
            model_name="customertier",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="messagetemplate",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="messagetemplate",
            name="purpose",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.purpose"
            ),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="opportunity",
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
            model_name="opportunity",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="opportunitymove",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="opportunitymove",
            name="moved_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="opportunitymove",
            name="opportunity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="moves",
                to="crm.opportunity",
            ),
        ),
        migrations.AddField(
            model_name="opportunitymove",
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
            model_name="opportunitymove",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="quote",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="quote",
            name="opportunity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="quotes",
                to="crm.opportunity",
            ),
        ),
        migrations.AddField(
            model_name="quote",
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
            model_name="quote",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="quoteline",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="quoteline",
            name="product",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="crm.product",
            ),
        ),
        migrations.AddField(
            model_name="quoteline",
            name="quote",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="crm.quote"
            ),
        ),
        migrations.AddField(
            model_name="quoteline",
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
            model_name="quoteline",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="referrallink",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="referrallink",
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
            model_name="referrallink",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="shipment",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="shipment",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="shipments",
                to="crm.order",
            ),
        ),
        migrations.AddField(
            model_name="shipment",
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
            model_name="shipment",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="shipmentline",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="shipmentline",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="shipped",
                to="crm.orderline",
            ),
        ),
        migrations.AddField(
            model_name="shipmentline",
            name="shipment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="crm.shipment"
            ),
        ),
        migrations.AddField(
            model_name="shipmentline",
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
            model_name="shipmentline",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="assignee",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="task",
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
            model_name="task",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="webform",
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
            model_name="webform",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="webform",
            name="drafted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="webform",
            name="purpose",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.purpose"
            ),
        ),
        migrations.AddField(
            model_name="referrallink",
            name="form",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.webform"
            ),
        ),
        migrations.AddField(
            model_name="workflow",
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
            model_name="workflow",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="workflow",
            name="drafted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="workflowrun",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="workflowrun",
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
            model_name="workflowrun",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="workflowrun",
            name="workflow",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="crm.workflow"
            ),
        ),
        migrations.AddField(
            model_name="workflowstep",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="workflowstep",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="workflowstep",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="steps",
                to="crm.workflowrun",
            ),
        ),
        migrations.AddField(
            model_name="workflowstep",
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
            model_name="workflowstep",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddConstraint(
            model_name="customertier",
            constraint=models.UniqueConstraint(fields=("controller", "subject"), name="one_tier"),
        ),
        migrations.AddConstraint(
            model_name="customertier",
            constraint=models.UniqueConstraint(
                fields=("controller", "origin_key"), name="one_tier_per_origin"
            ),
        ),
        migrations.AddConstraint(
            model_name="customertier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "tier__in",
                        [
                            governance.policy.tiers.Tier["CHAMPION"],
                            governance.policy.tiers.Tier["LOYAL"],
                            governance.policy.tiers.Tier["NEW"],
                            governance.policy.tiers.Tier["OCCASIONAL"],
                            governance.policy.tiers.Tier["AT_RISK"],
                            governance.policy.tiers.Tier["DORMANT"],
                        ],
                    )
                ),
                name="known_tier",
            ),
        ),
        migrations.AddConstraint(
            model_name="customertier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("frequency__range", (1, 5)),
                    ("monetary__range", (1, 5)),
                    ("recency__range", (1, 5)),
                ),
                name="scores_in_fifths",
            ),
        ),
        migrations.AddConstraint(
            model_name="messagetemplate",
            constraint=models.UniqueConstraint(
                fields=("controller", "key"), name="one_template_per_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="messagetemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["service", "marketing"])),
                name="known_template_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(fields=["controller", "stage"], name="opportunity_by_stage"),
        ),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(fields=["subject"], name="opportunity_by_subject"),
        ),
        migrations.AddConstraint(
            model_name="opportunity",
            constraint=models.UniqueConstraint(
                fields=("controller", "origin_key"), name="one_opportunity_per_origin"
            ),
        ),
        migrations.AddConstraint(
            model_name="opportunity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "stage__in",
                        [
                            governance.policy.sales.Stage["NEW"],
                            governance.policy.sales.Stage["QUALIFIED"],
                            governance.policy.sales.Stage["PROPOSAL"],
                            governance.policy.sales.Stage["NEGOTIATION"],
                            governance.policy.sales.Stage["WON"],
                            governance.policy.sales.Stage["LOST"],
                        ],
                    )
                ),
                name="known_opportunity_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="opportunity",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0)), name="opportunity_is_worth"
            ),
        ),
        migrations.AddConstraint(
            model_name="opportunity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stage", "won"), ("probability", 100)),
                    models.Q(("stage", "lost"), ("probability", 0)),
                    models.Q(
                        models.Q(("stage__in", ["won", "lost"]), _negated=True),
                        ("probability__lte", 100),
                    ),
                    _connector="OR",
                ),
                name="probability_of_stage",
            ),
        ),
        migrations.AddIndex(
            model_name="opportunitymove",
            index=models.Index(fields=["opportunity", "at"], name="moves_of_opportunity"),
        ),
        migrations.AddIndex(
            model_name="opportunitymove",
            index=models.Index(fields=["subject"], name="moves_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="opportunitymove",
            constraint=models.UniqueConstraint(
                fields=("controller", "origin_key"), name="one_move_per_origin"
            ),
        ),
        migrations.AddConstraint(
            model_name="opportunitymove",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "stage__in",
                        [
                            governance.policy.sales.Stage["NEW"],
                            governance.policy.sales.Stage["QUALIFIED"],
                            governance.policy.sales.Stage["PROPOSAL"],
                            governance.policy.sales.Stage["NEGOTIATION"],
                            governance.policy.sales.Stage["WON"],
                            governance.policy.sales.Stage["LOST"],
                        ],
                    )
                ),
                name="known_move_stage",
            ),
        ),
        migrations.AddIndex(
            model_name="quote",
            index=models.Index(fields=["opportunity"], name="quotes_of_opportunity"),
        ),
        migrations.AddIndex(
            model_name="quote",
            index=models.Index(fields=["subject"], name="quotes_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.UniqueConstraint(
                fields=("controller", "number"), name="one_quote_per_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.UniqueConstraint(
                fields=("controller", "origin_key"), name="one_quote_per_origin"
            ),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            governance.policy.sales.QuoteState["DRAFT"],
                            governance.policy.sales.QuoteState["SENT"],
                            governance.policy.sales.QuoteState["ACCEPTED"],
                            governance.policy.sales.QuoteState["DECLINED"],
                        ],
                    )
                ),
                name="known_quote_state",
            ),
        ),
        migrations.AddIndex(
            model_name="quoteline",
            index=models.Index(fields=["quote"], name="lines_of_quote"),
        ),
        migrations.AddIndex(
            model_name="quoteline",
            index=models.Index(fields=["subject"], name="quote_lines_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="quoteline",
            constraint=models.UniqueConstraint(
                fields=("controller", "origin_key"), name="one_quote_line_per_origin"
            ),
        ),
        migrations.AddIndex(
            model_name="shipment",
            index=models.Index(fields=["order"], name="shipments_of_order"),
        ),
        migrations.AddIndex(
            model_name="shipment",
            index=models.Index(fields=["subject"], name="shipments_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="shipment",
            constraint=models.UniqueConstraint(
                fields=("controller", "origin_key"), name="one_shipment_per_origin"
            ),
        ),
        migrations.AddConstraint(
            model_name="shipment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("delivered_on__isnull", True),
                    ("delivered_on__gte", models.F("shipped_on")),
                    _connector="OR",
                ),
                name="shipped_before_delivered",
            ),
        ),
        migrations.AddIndex(
            model_name="shipmentline",
            index=models.Index(fields=["line"], name="shipped_of_line"),
        ),
        migrations.AddIndex(
            model_name="shipmentline",
            index=models.Index(fields=["subject"], name="shipped_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="shipmentline",
            constraint=models.UniqueConstraint(
                fields=("controller", "shipment", "line"), name="one_shipment_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="shipmentline",
            constraint=models.UniqueConstraint(
                fields=("controller", "origin_key"), name="one_shipment_line_per_origin"
            ),
        ),
        migrations.AddConstraint(
            model_name="shipmentline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="something_is_shipped"
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True)),
                fields=["controller", "do_by"],
                name="tasks_to_do",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["subject"], name="tasks_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.UniqueConstraint(
                fields=("controller", "origin_key"), name="one_task_per_origin"
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "about_kind__in",
                        [
                            governance.policy.sales.About["PERSON"],
                            governance.policy.sales.About["ORDER"],
                            governance.policy.sales.About["OPPORTUNITY"],
                            governance.policy.sales.About["CASE"],
                            governance.policy.sales.About["INTERACTION"],
                        ],
                    )
                ),
                name="known_task_about",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("about__isnull", True), ("about_kind", "person")),
                    models.Q(
                        models.Q(("about_kind", "person"), _negated=True), ("about__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="task_is_about_what_it_says",
            ),
        ),
        migrations.AddConstraint(
            model_name="webform",
            constraint=models.UniqueConstraint(
                fields=("controller", "slug"), name="one_form_per_slug"
            ),
        ),
        migrations.AddConstraint(
            model_name="webform",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            governance.policy.workflows.VersionState["DRAFT"],
                            governance.policy.workflows.VersionState["APPROVED"],
                            governance.policy.workflows.VersionState["RETIRED"],
                        ],
                    )
                ),
                name="known_form_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="webform",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_by__isnull", True), ("state", "draft")),
                    models.Q(
                        models.Q(("state", "draft"), _negated=True),
                        ("approved_at__isnull", False),
                        ("approved_by__isnull", False),
                        models.Q(("approved_by", models.F("drafted_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="form_approved_by_another",
            ),
        ),
        migrations.AddIndex(
            model_name="referrallink",
            index=models.Index(fields=["subject"], name="referrals_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="referrallink",
            constraint=models.UniqueConstraint(
                fields=("controller", "digest"), name="one_referral_link"
            ),
        ),
        migrations.AddConstraint(
            model_name="referrallink",
            constraint=models.UniqueConstraint(
                fields=("controller", "origin_key"), name="one_referral_per_origin"
            ),
        ),
        migrations.AddConstraint(
            model_name="workflow",
            constraint=models.UniqueConstraint(
                fields=("controller", "key", "number"), name="one_workflow_per_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="workflow",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "approved")),
                fields=("controller", "key"),
                name="one_workflow_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="workflow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            governance.policy.workflows.VersionState["DRAFT"],
                            governance.policy.workflows.VersionState["APPROVED"],
                            governance.policy.workflows.VersionState["RETIRED"],
                        ],
                    )
                ),
                name="known_workflow_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="workflow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_by__isnull", True), ("state", "draft")),
                    models.Q(
                        models.Q(("state", "draft"), _negated=True),
                        ("approved_at__isnull", False),
                        ("approved_by__isnull", False),
                        models.Q(("approved_by", models.F("drafted_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="workflow_approved_by_another",
            ),
        ),
        migrations.AddIndex(
            model_name="workflowrun",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["controller", "wake_at"],
                name="runs_to_wake",
            ),
        ),
        migrations.AddIndex(
            model_name="workflowrun",
            index=models.Index(fields=["subject"], name="runs_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="workflowrun",
            constraint=models.UniqueConstraint(
                fields=("controller", "workflow", "about"), name="one_run_per_thing"
            ),
        ),
        migrations.AddConstraint(
            model_name="workflowrun",
            constraint=models.UniqueConstraint(
                fields=("controller", "origin_key"), name="one_run_per_origin"
            ),
        ),
        migrations.AddConstraint(
            model_name="workflowrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            governance.policy.workflows.RunState["WAITING"],
                            governance.policy.workflows.RunState["BLOCKED"],
                            governance.policy.workflows.RunState["DONE"],
                            governance.policy.workflows.RunState["FAILED"],
                        ],
                    )
                ),
                name="known_workflow_run_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="workflowrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "about_kind__in",
                        [
                            governance.policy.sales.About["PERSON"],
                            governance.policy.sales.About["ORDER"],
                            governance.policy.sales.About["OPPORTUNITY"],
                            governance.policy.sales.About["CASE"],
                            governance.policy.sales.About["INTERACTION"],
                        ],
                    )
                ),
                name="known_run_about",
            ),
        ),
        migrations.AddIndex(
            model_name="workflowstep",
            index=models.Index(
                condition=models.Q(("outcome", "blocked")),
                fields=["controller", "role"],
                name="steps_to_decide",
            ),
        ),
        migrations.AddIndex(
            model_name="workflowstep",
            index=models.Index(fields=["subject"], name="steps_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="workflowstep",
            constraint=models.UniqueConstraint(
                fields=("controller", "run", "position"), name="one_step_per_position"
            ),
        ),
        migrations.AddConstraint(
            model_name="workflowstep",
            constraint=models.UniqueConstraint(
                fields=("controller", "origin_key"), name="one_step_per_origin"
            ),
        ),
        migrations.AddConstraint(
            model_name="workflowstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "outcome__in",
                        [
                            governance.policy.workflows.Outcome["DONE"],
                            governance.policy.workflows.Outcome["DENIED"],
                            governance.policy.workflows.Outcome["WAITED"],
                            governance.policy.workflows.Outcome["BLOCKED"],
                            governance.policy.workflows.Outcome["AGREED"],
                            governance.policy.workflows.Outcome["DECLINED"],
                            governance.policy.workflows.Outcome["FAILED"],
                        ],
                    )
                ),
                name="known_step_outcome",
            ),
        ),
    ]
