"""The copies that are handed over."""

from typing import cast

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsar.models.requests import SubjectRequest
from registry.gate import context
from registry.models import SubjectRow
from registry.sealed import SealedText


class AccessPackage(SubjectRow):
    """The copy handed over (Art. 15(3)), sealed with the request file; gone at its expiry."""

    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="packages")
    made_at = models.DateTimeField()
    expires_on = models.DateField()
    digest = models.CharField(max_length=64)
    content = SealedText()

    class Meta:
        verbose_name = _("access package")
        verbose_name_plural = _("access packages")

    def reseal_inner(self, scope: str) -> None:
        """Seal the copy anew too, which is sealed once more inside the row."""
        from dsar.package import resealed_copy
        from registry.gate.access import Access

        if self.content:
            access = cast(Access, context.current())
            stored = resealed_copy(access, self.subject_id, self.pk, self.content, scope=scope)
            if stored != self.content:
                self.content = stored
