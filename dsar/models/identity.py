"""How we know who asks: signs that it is they, codes that were sent, documents that were seen."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dsar.models.requests import SubjectRequest
from governance.policy.identity import Means
from registry.models import SubjectRow
from registry.sealed import SealedText

DOCUMENTS = ["identity", "mandate", "certificate", "other"]


class IdentityProof(SubjectRow):
    """One sign that the person asks, or somebody who may (Art. 12(6)). Never changed.

    Attributes
    ----------
    point : keyed hash of the contact point it came by; empty where by none
    by : whose word it is; empty where a machine compared
    place : in the order in which things happened to the request
    reason : in words, of a decision
    """

    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="proofs")
    means = models.CharField(max_length=16)
    point = models.BinaryField(default=bytes)
    by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    place = models.PositiveSmallIntegerField()
    closed_on = models.DateField(null=True, blank=True)  # of its request: retention runs from it
    reason = SealedText()

    class Meta:
        verbose_name = _("sign of identity")
        verbose_name_plural = _("signs of identity")
        indexes = [
            models.Index(fields=["request"], name="proofs_of_request"),
            models.Index(fields=["subject"], name="proofs_of_subject"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(means__in=list(Means)), name="known_means_of_proof"),
            models.CheckConstraint(
                condition=~Q(means=Means.CODE) | Q(by__isnull=True), name="machine_compares_codes"
            ),
        ]


class RefusedAttempt(SubjectRow):
    """Somebody asked for data to leave before we knew who asks. Their word counts no more."""

    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="attempts")
    by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    place = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("refused attempt")
        verbose_name_plural = _("refused attempts")
        indexes = [
            models.Index(fields=["request"], name="attempts_of_request"),
            models.Index(fields=["subject"], name="attempts_of_subject"),
        ]


class IdentityCode(SubjectRow):
    """A code that was sent to a contact point on file, and comes back once.

    Attributes
    ----------
    point : keyed hash of where it went
    challenge : hash of the code; empty once it came back
    to_person : it asks whether somebody may act for them
    tries : wrong codes
    """

    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="codes")
    point = models.BinaryField()
    challenge = models.BinaryField(default=bytes)
    to_person = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("code sent to a contact point")
        verbose_name_plural = _("codes sent to contact points")
        indexes = [
            models.Index(fields=["subject"], name="codes_of_subject"),
            models.Index(fields=["point", "asked_at"], name="codes_to_point"),
        ]


class IdentityEvidence(SubjectRow):
    """A document that shows who somebody is: seen, then destroyed.

    Attributes
    ----------
    was_asked : we asked for it, with `reason`; else the person sent it unasked
    content : the document, base64; gone when it was seen, at the latest on `destroy_on`
    """

    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=12)
    was_asked = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    destroy_on = models.DateField()
    destroyed_at = models.DateTimeField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    reason = SealedText()
    content = SealedText()

    class Meta:
        verbose_name = _("document of identity")
        verbose_name_plural = _("documents of identity")
        indexes = [
            models.Index(fields=["subject"], name="documents_of_subject"),
            models.Index(
                fields=["destroy_on"], condition=Q(destroyed_at__isnull=True),
                name="documents_to_destroy",
            ),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DOCUMENTS), name="known_kind_of_document"),
            models.CheckConstraint(
                condition=Q(seen_at__isnull=True) | Q(destroyed_at__isnull=False),
                name="seen_is_destroyed",  # Art. 12(6), recital 64
            ),
        ]
