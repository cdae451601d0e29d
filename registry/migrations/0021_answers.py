from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0018_emergency_review")]

    operations = [
        migrations.AddField(
            model_name="activityversion",
            name="answers",
            field=models.JSONField(
                blank=True, default=dict, verbose_name="further questions of authorities"
            ),
        ),
    ]
