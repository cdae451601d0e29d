import django.db.models.deletion
import governance.crypto.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0026_processors_tell_and_transfer"),
    ]

    operations = [
        migrations.CreateModel(
            name="PartVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=governance.crypto.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("part", models.CharField(max_length=10)),
                ("row", models.UUIDField()),
                ("page", models.UUIDField()),
                ("content", models.JSONField()),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(null=True)),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.controller",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of a part of the register",
                "verbose_name_plural": "versions of parts of the register",
                "indexes": [models.Index(fields=["controller", "page"], name="part_by_page")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "part__in",
                                [
                                    "controller",
                                    "purpose",
                                    "source",
                                    "recipient",
                                    "transfer",
                                    "on_behalf",
                                ],
                            )
                        ),
                        name="known_part",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("valid_to__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="part_ends_after_it_begins",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to__isnull", True)),
                        fields=("row",),
                        name="one_part_in_force",
                    ),
                ],
            },
        ),
    ]
