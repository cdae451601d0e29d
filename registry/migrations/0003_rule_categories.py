"""A retention rule may name the data categories it keeps of a row."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_access_log_rules")]
    operations = [
        migrations.AddField(
            "retentionrule",
            "categories",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                blank=True,
                default=list,
                help_text="Of a row kept after an erasure; none means all.",
                size=None,
                verbose_name="data categories kept",
            ),
        ),
    ]
