"""Search tokens have the version of the index key they were made with; all are of the first.

See docs/spec/field-encryption.md, section 8.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0008_lift_entry")]
    operations = [
        migrations.AddField(
            "searchtoken", "version", models.PositiveSmallIntegerField(default=1, db_default=1)
        ),
    ]
