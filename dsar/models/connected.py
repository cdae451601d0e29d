"""Requests that connected systems handed in by OpenDSR, and whom to tell how they stand."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsar.models.requests import SubjectRequest
from registry.models import SubjectRow


class ConnectedRequest(SubjectRow):
    """A request under the number that the system which handed it in has given it.

    Attributes
    ----------
    client : the token of the system; nobody else sees the request
    number : its `subject_request_id`
    digest : of the call, so that the same number with another content is refused
    cancelled_at : when the system took it back
    """

    request = models.OneToOneField(
        SubjectRequest, on_delete=models.CASCADE, related_name="connected"
    )
    client = models.UUIDField()
    number = models.UUIDField()
    digest = models.CharField(max_length=64)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("request of a connected system")
        verbose_name_plural = _("requests of connected systems")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "client", "number"], name="one_request_per_number"
            )
        ]
        indexes = [models.Index(fields=["subject"], name="connected_of_subject")]


class StatusCallback(SubjectRow):
    """An address that is told when the state of a request changes.

    Attributes
    ----------
    told : the state it was told last; that it is pending was the answer to the call
    attempts : since then; a worker with an older number notes nothing
    not_before : the next attempt; None once it was given up, or nothing more can change
    """

    connected = models.ForeignKey(
        ConnectedRequest, on_delete=models.CASCADE, related_name="callbacks"
    )
    url = models.CharField(max_length=500)
    told = models.CharField(max_length=12, default="pending")
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=40, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("callback of a connected system")
        verbose_name_plural = _("callbacks of connected systems")
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=models.Q(not_before__isnull=False),
                name="callbacks_to_make",
            ),
            models.Index(fields=["subject"], name="callbacks_of_subject"),
        ]
