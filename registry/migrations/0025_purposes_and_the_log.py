from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0024_house_holidays")]

    operations = [
        migrations.AddConstraint(
            model_name="purpose",
            constraint=models.CheckConstraint(
                condition=models.Q(("key__in", ("emergency", "unknown")), _negated=True),
                name="purpose_is_no_word_of_the_log",
            ),
        ),
    ]
