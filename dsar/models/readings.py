"""What a member of staff read before a copy left."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsar.models.requests import SubjectRequest
from registry.models import SubjectRow
from registry.sealed import SealedText


class Reading(SubjectRow):
    """One text of a copy that somebody has read for what it says of others (Art. 15(4), 20(4)).

    Attributes
    ----------
    said : which text it was, as a hash, and its passages by place with what becomes of each. No
        word of the text is in it: another person's words stay where they are, and go with it
    closed_on : the day its request was closed, from which its retention runs
    """

    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="readings")
    read_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    read_at = models.DateTimeField()
    closed_on = models.DateField(null=True, blank=True)
    said = SealedText()

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        indexes = [
            models.Index(fields=["request"], name="readings_of_request"),
            models.Index(fields=["subject"], name="readings_of_subject"),
        ]
