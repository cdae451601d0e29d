"""What the public page takes in, sealed, and the key it seals to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from registry.models import Controller


class Intake(models.Model):
    """What a person sent through the public page, sealed to the controller's public key.

    The page's database role can insert here and read nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    blob = models.BinaryField()

    class Meta:
        verbose_name = _("intake")
        verbose_name_plural = _("intakes")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "reference"], name="one_intake_per_reference"
            )
        ]

    def __str__(self) -> str:
        return self.reference


class IntakeKey(models.Model):
    """The public half of a controller's intake key, which the public page seals to.

    Published here because the page must not be able to derive it: that takes the private
    half, which only the keystore gives out.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.OneToOneField(Controller, on_delete=models.PROTECT, related_name="+")
    public = models.BinaryField()
    published_at = models.DateTimeField()

    class Meta:
        verbose_name = _("intake key")
        verbose_name_plural = _("intake keys")

    def __str__(self) -> str:
        return f"intake key of {self.controller_id}"
