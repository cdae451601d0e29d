"""How far the mailbox of customer care was read; nothing in it is changed (RFC 9051, 2.3.1.1)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7


class CareMailbox(models.Model):
    """Where reading a company's mailbox goes on, and what was wrong the last time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.OneToOneField(
        "registry.Controller", on_delete=models.PROTECT, related_name="+"
    )
    validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True)
    not_taken = models.PositiveIntegerField(default=0)  # messages that nobody can answer
    trouble = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("mailbox of customer care")
        verbose_name_plural = _("mailboxes of customer care")

    def __str__(self) -> str:
        return f"mailbox of {self.controller_id}"
