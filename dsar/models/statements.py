"""What a person adds to data that is incomplete (Art. 16, second sentence)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.models import SubjectRow
from registry.sealed import SealedText


class Statement(SubjectRow):
    """A supplementary statement: of one record, or of everything where `row` is empty."""

    # No foreign key: it stays with the data it completes, longer than the file of the request.
    request = models.UUIDField()
    record = models.CharField(max_length=60, blank=True)
    row = models.UUIDField(null=True, blank=True)
    statement = SealedText()

    class Meta:
        verbose_name = _("supplementary statement")
        verbose_name_plural = _("supplementary statements")
        indexes = [models.Index(fields=["subject"], name="statements_of_subject")]
