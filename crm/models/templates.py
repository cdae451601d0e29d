"""Texts for messages, of the house and about nobody."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from registry.models import Controller, Purpose


class MessageTemplate(models.Model):
    """What is written to people in both languages; a service message offers nothing (C4)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    key = models.SlugField(max_length=40)
    kind = models.CharField(max_length=10)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    topic_it = models.CharField(max_length=200)
    topic_en = models.CharField(max_length=200)
    body_it = models.TextField()
    body_en = models.TextField()

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        constraints = [
            models.UniqueConstraint(fields=["controller", "key"], name="one_template_per_key"),
            models.CheckConstraint(
                condition=Q(kind__in=["service", "marketing"]), name="known_template_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.key
