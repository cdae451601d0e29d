"""Links that people are sent."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models import Purpose, SubjectRow


class PreferenceLink(SubjectRow):
    """A link that lets a person use a page of their own, without a login; it names nobody.

    What is kept is the hash of its token. `dsar.links` makes and finds them.
    """

    digest = models.BinaryField()
    kind = models.CharField(max_length=12)
    purpose = models.ForeignKey(
        Purpose, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    channel = models.CharField(max_length=12, blank=True)
    asked = models.UUIDField(null=True, blank=True)  # the line of the ledger it confirms
    expires_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("preference link")
        verbose_name_plural = _("preference links")
        indexes = [models.Index(fields=["subject"], name="link_by_subject")]
        constraints = [
            models.UniqueConstraint(fields=["controller", "digest"], name="one_link_per_token"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["preferences", "own"], purpose__isnull=True, asked__isnull=True
                )
                | Q(kind="unsubscribe", purpose__isnull=False, asked__isnull=True)
                | Q(kind="confirm", purpose__isnull=False, asked__isnull=False),
                name="link_says_what_it_can_do",
            ),
        ]
