"""Counts of the public pages, which end within a day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dsar", "0017_refusal_of_a_field"),
    ]

    operations = [
        migrations.CreateModel(
            name="PortalCount",
            fields=[
                ("digest", models.BinaryField(primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "count of the public pages",
                "verbose_name_plural": "counts of the public pages",
                "indexes": [models.Index(fields=["ends_at"], name="portal_counts_by_end")],
            },
        ),
    ]
