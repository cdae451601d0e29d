"""What people are told about their cases, sealed to the code that they alone have."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from registry.models import Controller


class CaseDocument(models.Model):
    """One document for the person of a request, which we can renew and not open.

    `request` is no foreign key: the document outlives no request for long, and hinders none
    from being removed. The public page finds a document by the hash of a token (`dsar.case`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    request = models.UUIDField()
    digest = models.BinaryField()
    public = models.BinaryField()
    blob = models.BinaryField(default=b"")
    told = models.CharField(max_length=64, blank=True)
    expires_on = models.DateField()

    class Meta:
        verbose_name = _("case document")
        verbose_name_plural = _("case documents")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "digest"], name="one_case_document_per_token"
            ),
            models.UniqueConstraint(
                fields=["controller", "request"], name="one_case_document_per_request"
            ),
        ]

    def __str__(self) -> str:
        return f"document of case {self.request}"
