"""Tokens of connected systems, and what was already answered to a repeated write."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from governance.policy.vocabulary import Role
from registry.models import Controller


class ApiToken(models.Model):
    """A token of one system: a role and the purposes it may act for. The secret is not stored."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("system"), max_length=80)
    role = models.CharField(_("role"), max_length=20)
    purposes = ArrayField(models.CharField(max_length=40), verbose_name=_("purposes"))
    secret_hash = models.BinaryField(null=True)  # null: an OAuth client, with `ClientSecret`
    issued_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    issued_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.UniqueConstraint(fields=["controller", "name"], name="one_token_per_system"),
            models.UniqueConstraint(fields=["secret_hash"], name="one_token_per_secret"),
            models.CheckConstraint(condition=Q(role__in=list(Role)), name="known_token_role"),
        ]

    def __str__(self) -> str:
        return self.name


class ClientSecret(models.Model):
    """A secret of an OAuth client. It lives until `ends_at`, or as long as the client."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="secrets")
    secret_hash = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("secret of an OAuth client")
        verbose_name_plural = _("secrets of OAuth clients")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "secret_hash"], name="one_client_per_secret"
            )
        ]

    def __str__(self) -> str:
        return str(self.made_at)

    def is_live(self, now: datetime) -> bool:
        """Whether it can be exchanged, and what it was exchanged for still opens."""
        return self.ends_at is None or self.ends_at > now


class IdempotentWrite(models.Model):
    """What a write with an idempotency key made, so that a retry makes nothing twice."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    request_digest = models.CharField(max_length=64)
    resource = models.UUIDField()
    status = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("idempotent write")
        verbose_name_plural = _("idempotent writes")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "token", "key"], name="one_write_per_idempotency_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.status}"
