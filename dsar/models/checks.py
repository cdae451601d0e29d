"""What a person shows and gets with the code of their case."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dsar.models.packages import AccessPackage
from dsar.models.requests import SubjectRequest
from registry.models import SubjectRow


class AddressCheck(SubjectRow):
    """Whether the e-mail address on a request is the asker's: a code is mailed and comes back.

    Attributes
    ----------
    address : keyed hash of the address, by which the mails to one address are counted
    challenge : hash of the code that was mailed; empty before, and once it came back
    tries : wrong codes
    """

    request = models.OneToOneField(
        SubjectRequest, on_delete=models.CASCADE, related_name="address_check"
    )
    address = models.BinaryField()
    asked_at = models.DateTimeField(null=True, blank=True)
    challenge = models.BinaryField(default=bytes)
    tries = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("check of an address")
        verbose_name_plural = _("checks of addresses")
        indexes = [
            models.Index(fields=["subject"], name="address_checks_of_subject"),
            models.Index(
                fields=["address", "asked_at"], condition=Q(asked_at__isnull=False),
                name="mails_to_address",
            ),
        ]  # fmt: skip


class CasePackage(SubjectRow):
    """A copy for download with the code of a case; it goes with the copy it was made of."""

    package = models.OneToOneField(
        AccessPackage, on_delete=models.CASCADE, related_name="case_package"
    )
    digest = models.BinaryField()
    blob = models.BinaryField()
    expires_at = models.DateTimeField()
    downloads_left = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("copy for download")
        verbose_name_plural = _("copies for download")
        indexes = [
            models.Index(fields=["subject"], name="case_packages_of_subject"),
            models.Index(fields=["controller", "digest"], name="case_packages_by_token"),
        ]
