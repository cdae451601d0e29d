"""Public forms in versions: a draft stands beside the form that is open, and takes its place."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("crm", "0016_goals_and_improvements")]

    operations = [
        migrations.AddField(
            model_name="webform",
            name="number",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.RemoveConstraint(model_name="webform", name="one_form_per_slug"),
        migrations.AddConstraint(
            model_name="webform",
            constraint=models.UniqueConstraint(
                fields=["controller", "slug", "number"], name="one_form_per_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="webform",
            constraint=models.UniqueConstraint(
                fields=["controller", "slug"],
                condition=Q(state="approved"),
                name="one_form_open_at_an_address",
            ),
        ),
    ]
