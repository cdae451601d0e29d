"""Slots of keys: one row per subject and retention scope, one per controller and use.

The wrapped keys themselves lie in a table for each epoch (`governance.crypto.epochs`). The
application database never holds a row of these tables, and these tables never hold a personal
value. Identifiers are the random ids of the application database.
"""

from django.db import models

from governance.crypto.ids import uuid7


class SubjectKey(models.Model):
    """The slot of one version of the root key of one data subject for one retention scope.

    It stays when its key is destroyed: the unique constraint then refuses that a straggler makes
    a new key for an erased person. `ordered_by` is the id of the audit entry under which it was
    destroyed. A version that no row is sealed under any more is retired, and ends later.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller_id = models.UUIDField()
    subject_id = models.UUIDField()
    scope = models.CharField(max_length=16)
    version = models.PositiveSmallIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True)
    ordered_by = models.UUIDField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["controller_id", "subject_id", "scope", "version"],
                name="one_key_per_subject_scope_and_version",
            ),
        ]
        indexes = [models.Index(fields=["subject_id"], name="subject_key_by_subject")]

    def __str__(self) -> str:
        return f"slot {self.pk}"


class ControllerKey(models.Model):
    """The slot of one version of a key of a controller for one use: index, staging, intake."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller_id = models.UUIDField()
    use = models.CharField(max_length=64)
    version = models.PositiveSmallIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["controller_id", "use", "version"],
                name="one_key_per_controller_use_and_version",
            ),
        ]

    def __str__(self) -> str:
        return f"slot {self.pk}"
