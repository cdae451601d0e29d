"""When a contact detail was changed: one that is new shows nothing yet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0002_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="contactpoint",
            name="changed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
