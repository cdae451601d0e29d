"""A destroyed key names the audit entry that ordered it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crypto", "0001_initial")]
    operations = [
        migrations.AddField("subjectkey", "ordered_by", models.UUIDField(null=True)),
    ]
