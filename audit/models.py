"""The log as the ORM reads it. Nothing is ever written through these models."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One entry: the stored bytes, their leaf hash, and columns to search by.

    The columns repeat what the bytes say; `verify_audit_log` compares them.
    """

    id = models.UUIDField(primary_key=True)
    month = models.DateField()
    at = models.DateTimeField()
    controller_id = models.UUIDField(null=True)
    action = models.TextField()
    outcome = models.TextField()
    actor = models.TextField()
    entry = models.BinaryField()
    leaf_hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = 'audit"."entry'
        ordering = ["-at"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")

    def __str__(self) -> str:
        return f"{self.action} {self.id}"
