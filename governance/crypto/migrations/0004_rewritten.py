"""The bytes of a dropped column stay in its table, and in statistics, until these are written anew."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("crypto", "0003_epochs")]
    operations = [
        migrations.RunSQL(f"VACUUM (FULL) {table}", migrations.RunSQL.noop)
        for table in ("crypto_subjectkey", "crypto_controllerkey", "pg_statistic")
    ]
