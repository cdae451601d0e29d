"""Free text on its way to discovery."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
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
