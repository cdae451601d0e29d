"""To whom data of a person went: what Art. 15(1)(c) tells them, and Art. 19 needs later."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.crypto.errors import KeyDestroyedError
from registry.models.recipients import Recipient
from registry.models.subjects import SubjectRow
from registry.sealed import SealedText


class Disclosure(SubjectRow):
    """One person's data given to one recipient in one access; written by the gate alone.

    `external_id` is what the recipient calls the person, where that is not our id of them.
    """

    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="+")
    activity = models.CharField(_("activity"), max_length=120)
    categories = ArrayField(models.CharField(max_length=40), verbose_name=_("data categories"))
    at = models.DateTimeField(_("given on"))
    external_id = SealedText()

    class Meta:
        verbose_name = _("disclosure")
        verbose_name_plural = _("disclosures")
        indexes = [models.Index(fields=["subject"], name="disclosure_by_subject")]

    def unsealed(self, name: str) -> Any:
        """Return an attribute; nothing once its key is gone, as a swept person's is.

        That somebody received data is told as long as a row of the person is kept.
        """
        try:
            return super().unsealed(name)
        except KeyDestroyedError:
            return None
