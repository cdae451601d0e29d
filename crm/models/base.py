"""What every operational row has besides a controller and a subject."""

from django.db import models

from registry.models import SubjectRow


class CrmRow(SubjectRow):
    """A row that may have come from an import: the same row of the same source is one row.

    `origin_key` is a keyed hash of (source, entity, the source's own id), so that a second run of
    an import changes nothing; it goes with the row.
    """

    origin_key = models.BinaryField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True
