"""The ledger of consent, and what stands after it.

Lines of the ledger are never changed (a trigger refuses it); the standing derives from them and
can be rebuilt. A line says with plain words what it was said under, not by links: after a restore
it is put in again as it was told, also where the row it was about is younger than the backup.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.policy.consents import Mechanism
from governance.policy.vocabulary import ConsentState
from registry.models.activities import Purpose
from registry.models.subjects import SubjectRow
from registry.sealed import SealedText


class ConsentEvent(SubjectRow):
    """One line of the consent ledger (Art. 7(1)): asked, given, refused, withdrawn, expired."""

    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    activity = models.CharField(
        max_length=60, blank=True, db_default=""
    )  # its version then: data, recipients
    channel = models.CharField(max_length=12)
    state = models.CharField(max_length=12)
    at = models.DateTimeField()
    method = models.CharField(max_length=20)
    door = models.CharField(
        max_length=8, blank=True, db_default=""
    )  # who brought it: registry.suppression.Door
    recorded_by = models.UUIDField(null=True, blank=True)  # the member of staff, where it was one
    notice = models.CharField(max_length=80, blank=True)
    notice_digest = models.CharField(max_length=64, blank=True, db_default="")
    expires_on = models.DateField(null=True, blank=True)
    request = models.UUIDField(null=True, blank=True)  # by which it was said, where it was one
    previous = models.UUIDField(null=True, blank=True)  # the line that stood before, or was asked
    statement = SealedText()
    proof = SealedText()
    guardian = SealedText()

    class Meta:
        verbose_name = _("consent event")
        verbose_name_plural = _("consent ledger")
        indexes = [
            models.Index(fields=["subject", "purpose", "at"], name="consent_history"),
            models.Index(
                fields=["request"], condition=Q(request__isnull=False), name="consent_by_request"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(ConsentState)), name="known_consent_event"
            ),
            models.CheckConstraint(
                condition=Q(method__in=list(Mechanism)), name="known_consent_mechanism"
            ),
        ]


class ConsentStanding(SubjectRow):
    """The state of one purpose on one channel for one person, derived from the ledger."""

    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=12)
    state = models.CharField(max_length=12)
    since = models.DateTimeField()
    expires_on = models.DateField(null=True, blank=True)
    unproven = models.UUIDField(null=True, blank=True)  # the request, until its identity is known

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [
            models.Index(
                fields=["unproven"], condition=Q(unproven__isnull=False), name="unproven_consent"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "subject", "purpose", "channel"], name="one_standing"
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(ConsentState)), name="known_consent_standing"
            ),
        ]
