"""Entries of the audit log by which the keystore lets go of what it kept for a hold."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.models.parties import Controller


class StopEntry(models.Model):
    """What the log said of a hold or a restriction, until the keystore was shown it.

    Shown it can be when it is under a witnessed checkpoint (docs/spec/field-encryption.md, section
    4). `reference` is the hold or the restriction, which may be gone before.
    """

    reference = models.UUIDField(primary_key=True)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    entry = models.UUIDField()
    is_lift = models.BooleanField()  # else its rows were sealed anew

    class Meta:
        verbose_name = _("entry about a stop")
        verbose_name_plural = _("entries about stops")

    def __str__(self) -> str:
        return f"entry {self.entry}"
