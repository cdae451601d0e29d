"""Free text on its way to discovery, and what of it is masked as it is written."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from governance.policy.vocabulary import Channel
from registry.models.parties import Controller


class WaitingText(models.Model):
    """A row whose free text was written and waits to be read: noted in the same transaction.

    Each write adds one, also of a row that waits already: whoever reads it deletes what it took,
    and a text that is written meanwhile is still waiting. Nobody waits for anybody's lock.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=80)  # the model, as the data map names it
    row = models.UUIDField()
    noted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("text to be read")
        verbose_name_plural = _("texts to be read")
        indexes = [models.Index(fields=["controller", "id"], name="waiting_texts_in_order")]

    def __str__(self) -> str:
        return f"{self.place} {self.row}"


class TextRule(models.Model):
    """What is masked in free text before it is kept, of what kind of row and on which channel.

    A measure of the register (Art. 25(1), 32): no card number in an e-mail, no health in the note
    of a call. `place` is a model of the data map, `channel` a way of contact, "" for all.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(_("where"), max_length=80)
    channel = models.CharField(_("channel"), max_length=12, blank=True)
    category = models.CharField(_("data category"), max_length=40)
    entered_by = models.ForeignKey("registry.Staff", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(_("entered at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("masking of free text")
        verbose_name_plural = _("masking of free text")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "place", "channel", "category"],
                condition=Q(ended_at__isnull=True),
                name="one_text_rule",
            ),
            models.CheckConstraint(
                condition=Q(channel="") | Q(channel__in=list(Channel)), name="known_text_channel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.channel} {self.category}".strip()
