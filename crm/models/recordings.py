"""What was heard on calls, kept apart from what was noted of them."""

from base64 import b64decode, b64encode

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.models.base import CrmRow
from crm.models.conversations import Call
from registry.sealed import Sealed, SealedText

MEDIA = ("audio/wav", "audio/ogg", "audio/mpeg")


class SealedSound(Sealed[bytes]):
    """Sound, as the bytes of its file."""

    def to_json(self, value: bytes) -> str:
        """Return the bytes as base64."""
        return b64encode(value).decode("ascii")

    def from_json(self, value: str) -> bytes:
        """Return the bytes of base64."""
        return b64decode(value)


class CallRecording(CrmRow):
    """The recording of a call: under a purpose of its own, which was announced before (Art. 13).

    What was announced stays with the call when the sound has gone.
    """

    call = models.OneToOneField(Call, on_delete=models.PROTECT, related_name="recording")
    purpose = models.CharField(max_length=40)
    announced_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    media_type = models.CharField(max_length=20)
    announcement = SealedText()
    sound = SealedSound()

    class Meta:
        verbose_name = _("recording of a call")
        verbose_name_plural = _("recordings of calls")
        constraints = [
            models.CheckConstraint(
                condition=Q(announced_at__lte=F("recorded_at")), name="announced_before_recorded"
            ),
            models.CheckConstraint(condition=Q(media_type__in=MEDIA), name="known_kind_of_sound"),
        ]
        indexes = [models.Index(fields=["subject"], name="recordings_of_subject")]
