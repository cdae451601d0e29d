"""People who work with Custode. They are data subjects too."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from governance.policy.actors import Actor
from governance.policy.vocabulary import Role
from registry.models.parties import Controller
from registry.models.subjects import DataSubject


class StaffManager(BaseUserManager["Staff"]):
    """Creates members of staff; the subject comes first (its key is committed before it)."""

    def get_by_natural_key(self, username: str | None) -> "Staff":
        """Look a member of staff up by login name, as Django's authentication asks."""
        return self.get(username=username)


class Staff(AbstractBaseUser, PermissionsMixin):
    """A member of staff of one controller, with one role; the login name need not name them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="staff")
    subject = models.OneToOneField(DataSubject, on_delete=models.PROTECT, related_name="+")
    username = models.CharField(_("login name"), max_length=80, unique=True)
    # The authentication library wants the column; a constraint keeps it empty, so that no
    # address of anybody rests in clear.
    email = models.CharField(max_length=1, blank=True, default="", editable=False)
    role = models.CharField(_("role"), max_length=20)
    language = models.CharField(_("language"), max_length=5, default="it")
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(default=timezone.now)
    left_on = models.DateField(_("left on"), null=True, blank=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[Any] = StaffManager()

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=list(Role)), name="known_role"),
            models.CheckConstraint(condition=models.Q(email=""), name="no_address_in_clear"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def is_staff(self) -> bool:
        """Whether the portal of the company may be entered at all: every active role may."""
        return self.is_active

    def actor(self) -> Actor:
        """Return this member of staff as the gate and the log know them."""
        return Actor(
            controller=self.controller_id,
            kind="staff",
            role=Role(self.role),
            subject=self.subject_id,
            staff=self.pk,
        )
