from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dsar", "0003_saga")]
    operations = [
        migrations.AddField("erasure", "r", models.BinaryField(default=bytes)),
        migrations.AddField(
            "erasure", "physical_receipt", models.CharField(blank=True, max_length=101)
        ),
    ]
