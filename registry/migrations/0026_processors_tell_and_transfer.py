import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0025_purposes_and_the_log"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="breachnotification",
            name="known_addressee",
        ),
        migrations.AddField(
            model_name="breachnotification",
            name="principal",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.processingonbehalf",
            ),
        ),
        migrations.AddField(
            model_name="breachreport",
            name="is_ours",
            field=models.BooleanField(default=True, verbose_name="data of our own"),
        ),
        migrations.AddField(
            model_name="breachreport",
            name="principals",
            field=models.ManyToManyField(
                related_name="+",
                to="registry.processingonbehalf",
                verbose_name="controllers we act for",
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="on_behalf",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="third_country_transfers",
                to="registry.processingonbehalf",
            ),
        ),
        migrations.AlterField(
            model_name="processingonbehalf",
            name="transfers",
            field=models.TextField(
                blank=True,
                help_text="What the list of transfers does not say.",
                verbose_name="about the transfers",
            ),
        ),
        migrations.AlterField(
            model_name="transfer",
            name="recipient",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="transfers",
                to="registry.recipient",
            ),
        ),
        migrations.AddConstraint(
            model_name="breachnotification",
            constraint=models.CheckConstraint(
                condition=models.Q(("told__in", ["authority", "controller", "people"])),
                name="known_addressee",
            ),
        ),
        migrations.AddConstraint(
            model_name="breachnotification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("principal__isnull", False), ("told", "controller")),
                    models.Q(
                        models.Q(("told", "controller"), _negated=True), ("principal__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="controller_is_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("on_behalf__isnull", False), ("recipient__isnull", True)),
                    models.Q(("on_behalf__isnull", True), ("recipient__isnull", False)),
                    _connector="OR",
                ),
                name="transfer_of_one",
            ),
        ),
    ]
