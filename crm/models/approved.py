"""What one person drafts and another approves: workflows, forms, segments, campaigns."""

import hashlib

import rfc8785
from django.db import models
from django.db.models import F, Q

from governance.crypto.ids import uuid7
from registry.models import Controller, Staff

APPROVED_BY_ANOTHER = Q(state="draft", approved_by__isnull=True) | (
    ~Q(state="draft")
    & Q(approved_by__isnull=False, approved_at__isnull=False)
    & ~Q(approved_by=F("drafted_by"))
)


class Approved(models.Model):
    """Something of a company with a title, in force only once somebody else approved it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    title_it = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    drafted_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that it says, 64 hex digits: by which a page knows what was read."""
        said = {field.attname: field.value_to_string(self) for field in self._meta.concrete_fields}
        return hashlib.sha256(rfc8785.dumps(said)).hexdigest()
