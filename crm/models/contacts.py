"""People and companies: contacts, ways to reach them, memberships."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.models.base import CrmRow
from governance.policy.lifecycle import LifeStage
from registry.sealed import SealedDate, SealedText


class Contact(CrmRow):
    """A person, from lead to advocate: one id and one history."""

    stage = models.CharField(max_length=12, default="customer")
    external_id = SealedText()
    title = SealedText()
    given_name = SealedText()
    middle_name = SealedText()
    family_name = SealedText()
    birth_date = SealedDate()
    birth_day = SealedText()  # MM-DD, where the year is not known or not wanted
    gender = SealedText()
    language = SealedText()
    company_name = SealedText()
    job_title = SealedText()
    hire_date = SealedDate()
    education = SealedText()
    marital_status = SealedText()
    children = SealedText()
    home_owner = SealedText()
    income = SealedText()
    fiscal_code = SealedText()
    vat_number = SealedText()
    iban = SealedText()
    username = SealedText()
    interests = SealedText()
    note = SealedText()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(fields=["controller", "subject"], name="one_contact"),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_contact_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(stage__in=[*LifeStage, "employee"]),
                name="known_contact_stage",
            ),
        ]

    @property
    def full_name(self) -> str:
        """The name as it is written on an envelope."""
        parts = (self.title, self.given_name, self.middle_name, self.family_name)
        return " ".join(part for part in parts if part)


class ContactPoint(CrmRow):
    """One way to reach a person: an address of one kind."""

    kind = models.CharField(max_length=8)
    label = models.CharField(max_length=20, blank=True)
    is_primary = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)  # the address itself
    email = SealedText()
    phone = SealedText()
    street = SealedText()
    city = SealedText()
    region = SealedText()
    postal_code = SealedText()
    country = SealedText()
    handle = SealedText()

    class Meta:
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_point_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["email", "phone", "fax", "post", "social", "web"]),
                name="known_point_kind",
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="point_by_subject")]


class Account(CrmRow):
    """A company, a household or a sole trader; its own subject, sealed alike (docs/adr/0003)."""

    kind = models.CharField(max_length=12, default="company")
    external_id = SealedText()
    name = SealedText()
    vat_number = SealedText()
    phone = SealedText()
    website = SealedText()
    street = SealedText()
    city = SealedText()
    region = SealedText()
    postal_code = SealedText()
    country = SealedText()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_account_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["company", "household", "sole_trader"]),
                name="known_account_kind",
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="account_by_subject")]


class Membership(CrmRow):
    """A person's place in an account, from one day to another."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="memberships")
    active_from = models.DateField(null=True, blank=True)
    active_to = models.DateField(null=True, blank=True)
    job_title = SealedText()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "subject", "account"], name="one_membership_per_account"
            ),
            models.CheckConstraint(
                condition=Q(active_to__isnull=True)
                | Q(active_from__isnull=True)
                | Q(active_to__gte=F("active_from")),
                name="membership_ends_after_it_began",
            ),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_membership_per_origin"
            ),
        ]
