"""What marketing by a channel rests on: messages that left, and answers of the public register."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from governance.policy.vocabulary import Channel
from registry.models.activities import Purpose
from registry.models.parties import Controller
from registry.models.subjects import SubjectRow


class Sending(SubjectRow):
    """One marketing message that left, as the gate counts them; written by the gate alone."""

    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=12)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("message sent")
        verbose_name_plural = _("messages sent")
        indexes = [models.Index(fields=["subject", "channel", "at"], name="sending_by_subject")]


class OppositionList(models.Model):
    """An answer of the Registro pubblico delle opposizioni, as imported: the proof of a check."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(_("channel"), max_length=12)
    sha256 = models.CharField(
        _("SHA-256 of the file"), max_length=64, validators=[RegexValidator("^[0-9a-f]{64}$")]
    )
    checked_on = models.DateField(_("answered on"))
    lines = models.PositiveIntegerField(_("lines"))
    enrolled = models.PositiveIntegerField(_("of these enrolled"))
    matched = models.PositiveIntegerField(_("of these of people held"))
    imported_by = models.ForeignKey("registry.Staff", on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField(_("imported at"), default=timezone.now)

    class Meta:
        verbose_name = _("check of the register of oppositions")
        verbose_name_plural = _("checks of the register of oppositions")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "channel", "sha256", "checked_on"], name="one_list_per_file"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[Channel.PHONE, Channel.POST]),
                name="register_of_phone_and_post",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.checked_on}"


class OppositionCheck(SubjectRow):
    """The newest answer about one number of one person.

    `token` is the search token of the number: whoever changes the number has it no longer checked.
    """

    list = models.ForeignKey(OppositionList, on_delete=models.PROTECT, related_name="checks")
    channel = models.CharField(max_length=12)
    token = models.UUIDField()
    checked_on = models.DateField()
    enrolled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("answer of the register of oppositions")
        verbose_name_plural = _("answers of the register of oppositions")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "channel", "token"], name="one_answer_per_number"
            )
        ]
        indexes = [models.Index(fields=["subject", "channel"], name="opposition_by_subject")]
