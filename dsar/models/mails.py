"""Mails that came in, and what was read of the mailbox."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from registry.models import Controller, SubjectRow
from registry.sealed import SealedText

MAIL_STATES = ["waiting", "declined"]


class InboundMail(SubjectRow):
    """A mail that waits for a person to say whether it is a request, or was found to be none.

    An accepted one becomes requests and a letter in their file, and this row goes.

    Attributes
    ----------
    reference : of the first request made of it, so that accepting twice makes one
    received_at : when our own server took it, as `dated_by` says: `received` by its trace in the
        message, `mailbox` by the date of the mailbox, `now` where neither is known
    automatic : why a machine seems to have written it; "" for a person
    verdict, rights, on_behalf : what the rules propose (`governance.policy.letters`)
    letter : ours that it answers
    is_whole : whether all of it was read, or it was cut at the limit
    """

    reference = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    dated_by = models.CharField(max_length=8)
    state = models.CharField(max_length=8, default="waiting")
    automatic = models.CharField(max_length=12, blank=True)
    verdict = models.CharField(max_length=8)
    rights = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=5)
    on_behalf = models.BooleanField(default=False)
    is_whole = models.BooleanField(default=True)
    letter = models.UUIDField(null=True, blank=True)
    decided_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=12, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    sender_name = SealedText()
    sender_address = SealedText()
    subject_line = SealedText()
    body = SealedText()
    message_id = SealedText()

    class Meta:
        verbose_name = _("mail that came in")
        verbose_name_plural = _("mails that came in")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=MAIL_STATES), name="known_state_of_mail"),
            models.CheckConstraint(
                condition=Q(state="waiting", closed_on__isnull=True, reason="")
                | Q(state="declined", closed_on__isnull=False) & ~Q(reason=""),
                name="mail_is_declined_for_a_reason",
            ),
            models.UniqueConstraint(
                fields=["controller", "reference"], name="one_mail_per_reference"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "received_at"], name="mails_by_receipt"),
            models.Index(fields=["subject"], name="mails_of_subject"),
        ]


class MailMark(models.Model):
    """That a message was taken, by a keyed hash: the same one is taken once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField()
    taken_on = models.DateField()

    class Meta:
        verbose_name = _("mark of a mail")
        verbose_name_plural = _("marks of mails")
        constraints = [
            models.UniqueConstraint(fields=["controller", "digest"], name="one_mark_per_mail")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Mailbox(models.Model):
    """How far a mailbox was read; the mailbox itself is not changed (RFC 9051, 2.3.1.1)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.OneToOneField(Controller, on_delete=models.PROTECT, related_name="+")
    validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")

    def __str__(self) -> str:
        return f"mailbox of {self.controller_id}"
