"""Files that belong to a request, or to a mail that waits."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dsar.models.mails import InboundMail
from dsar.models.requests import SubjectRequest
from registry.models import SubjectRow
from registry.sealed import SealedText


class Attachment(SubjectRow):
    """A file that came with a mail or was added by staff: kept, or refused and why.

    Attributes
    ----------
    type : what it is by its content; "" for one that was refused
    refused : why its content was not kept; "" for one that was
    closed_on : the day its request was closed, from which its retention runs
    """

    request = models.ForeignKey(
        SubjectRequest, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    mail = models.ForeignKey(
        InboundMail, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    type = models.CharField(max_length=8, blank=True)
    refused = models.CharField(max_length=12, blank=True)
    size = models.BigIntegerField()
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_on = models.DateField(null=True, blank=True)
    name = SealedText()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(
                condition=Q(request__isnull=False, mail__isnull=True)
                | Q(request__isnull=True, mail__isnull=False),
                name="attachment_belongs_to_one",
            ),
            models.CheckConstraint(
                condition=Q(type="") ^ Q(refused=""), name="attachment_is_kept_or_refused"
            ),
        ]
        indexes = [
            models.Index(fields=["request"], name="attachments_of_request"),
            models.Index(fields=["subject"], name="attachments_of_subject"),
        ]


class AttachmentPart(SubjectRow):
    """A mebibyte of a file, sealed."""

    attachment = models.ForeignKey(Attachment, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField()
    closed_on = models.DateField(null=True, blank=True)  # of its request, as for the attachment
    content = SealedText()

    class Meta:
        verbose_name = _("part of an attachment")
        verbose_name_plural = _("parts of attachments")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "attachment", "number"], name="one_part_of_a_number"
            )
        ]
        indexes = [models.Index(fields=["subject"], name="parts_of_subject")]
