"""A person can take a request back, and say what an objection is about."""

from django.db import migrations, models
from django.db.models import Q

STATES = ["received", "identified", "fulfilled", "refused", "failed", "withdrawn"]


class Migration(migrations.Migration):
    dependencies = [("dsar", "0019_readings")]

    operations = [
        migrations.RemoveConstraint(model_name="subjectrequest", name="known_request_state"),
        migrations.AddConstraint(
            model_name="subjectrequest",
            constraint=models.CheckConstraint(
                condition=Q(state__in=STATES), name="known_request_state"
            ),
        ),
        migrations.AddField(
            model_name="subjectrequest",
            name="objects_to",
            field=models.CharField(blank=True, default="", max_length=9),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="subjectrequest",
            constraint=models.CheckConstraint(
                condition=Q(objects_to__in=["", "marketing", "other", "both"]),
                name="known_object_of_objection",
            ),
        ),
    ]
