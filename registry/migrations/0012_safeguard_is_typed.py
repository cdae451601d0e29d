"""The text of a safeguard is gone: transfers say it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0011_safeguards_and_drafters")]
    operations = [migrations.RemoveField("recipient", "safeguard")]
