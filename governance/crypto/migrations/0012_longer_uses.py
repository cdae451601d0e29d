"""The use of a key of a controller can name a source and a kind of record: `origin:…`."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crypto", "0011_lock")]
    operations = [
        migrations.AlterField("controllerkey", "use", models.CharField(max_length=64)),
    ]
