"""Keys of people are destroyed by an order that the log shows, and in no other way."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("crypto", "0008_ledger")]
    operations = [
        migrations.RunSQL(
            "DROP FUNCTION keystore.destroy_subject_keys"
            "(uuid, uuid, uuid[], text[], uuid, timestamptz)"
        ),
    ]
