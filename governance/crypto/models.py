"""Wrapped keys: one per subject and retention scope, one per controller and use.

The application database never holds a row of these tables, and these tables never hold
a personal value. Identifiers are the random ids of the application database.
"""

from django.db import models

from governance.crypto.ids import uuid7


class SubjectKey(models.Model):  # noqa: DJ008 - a key does not show itself
    """The root key of one data subject for one retention scope, wrapped.

    A destroyed key leaves its row behind with `wrapped` null: the unique constraint then
    refuses that a straggler makes a new key for an erased person. `ordered_by` is the id of the
    audit entry under which it was destroyed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller_id = models.UUIDField()
    subject_id = models.UUIDField()
    scope = models.CharField(max_length=16)
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True)
    ordered_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["controller_id", "subject_id", "scope"],
                name="one_key_per_subject_and_scope",
            ),
            models.CheckConstraint(
                condition=models.Q(wrapped__isnull=True, destroyed_at__isnull=False)
                | models.Q(wrapped__isnull=False, destroyed_at__isnull=True),
                name="destroyed_or_alive",
            ),
        ]
        indexes = [models.Index(fields=["subject_id"], name="subject_key_by_subject")]


class ControllerKey(models.Model):  # noqa: DJ008 - a key does not show itself
    """A key of a controller for one use: index, account, staging, suppression, intake."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller_id = models.UUIDField()
    use = models.CharField(max_length=48)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["controller_id", "use"], name="one_key_per_controller_and_use"
            ),
        ]
