"""How people stand to the house: stages, roles of accounts, handles, where fields came from."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.models.base import CrmRow
from crm.models.contacts import Account, ContactPoint
from crm.models.conversations import NETWORKS
from governance.policy.lifecycle import LifeStage, Needs
from registry.models import Staff
from registry.sealed import SealedDate, SealedText

RELATIONS = ("customer", "supplier", "partner", "press", "other")
SHOWN_BY = ("code", "oauth", "agent")


class StageEvent(CrmRow):
    """A person reached a stage of the relation on a day; never changed (a trigger refuses it)."""

    stage = models.CharField(max_length=12)
    came_from = models.CharField(max_length=12, blank=True)
    ground = models.CharField(max_length=20, blank=True)  # what the stage was entered on
    at = models.DateTimeField()
    moved_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("stage of a relation")
        verbose_name_plural = _("stages of relations")
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=list(LifeStage)), name="known_life_stage"),
            models.CheckConstraint(
                condition=Q(came_from__in=["", *LifeStage]), name="known_earlier_stage"
            ),
            models.CheckConstraint(
                condition=Q(came_from="", ground="")
                | (~Q(came_from="") & Q(ground__in=list(Needs))),
                name="known_ground_of_a_move",
            ),
        ]
        indexes = [models.Index(fields=["subject", "at"], name="stages_of_subject")]


class AccountRole(CrmRow):
    """What an account is to the house, from one day to another; several things at once, perhaps."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="roles")
    stands_as = models.CharField(max_length=10)
    active_from = models.DateField()
    active_to = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("role of an account")
        verbose_name_plural = _("roles of accounts")
        constraints = [
            models.CheckConstraint(
                condition=Q(stands_as__in=RELATIONS), name="known_role_of_account"
            ),
            models.CheckConstraint(
                condition=Q(active_to__isnull=True) | Q(active_to__gte=F("active_from")),
                name="account_role_ends_after_it_began",
            ),
            models.UniqueConstraint(
                fields=["controller", "account", "stands_as"],
                condition=Q(active_to__isnull=True),
                name="one_running_role_of_a_kind",
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="roles_of_subject")]


class AccountUser(CrmRow):
    """A user of the house's system who works for an account: a partner, who sees what is shared."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="users")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    active_to = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("user of an account")
        verbose_name_plural = _("users of accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "staff"],
                condition=Q(active_to__isnull=True),
                name="one_account_per_user",  # so that nobody sees across two companies
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="users_of_subject")]


class SharedCase(CrmRow):
    """A case of a person that an account may see, until it is shared no more."""

    case = models.ForeignKey("crm.Case", on_delete=models.CASCADE, related_name="shared")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    shared_at = models.DateTimeField()
    shared_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("shared case")
        verbose_name_plural = _("shared cases")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "case", "account"],
                condition=Q(ended_at__isnull=True),
                name="shared_once_with_an_account",
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="shared_of_subject")]


class HandleLink(CrmRow):
    """That a handle of a network is a person's, and what shows it.

    Without `linked_at` it was asked for, by a code that was sent to the handle. `token` is a keyed
    hash of network and handle, by which a message from it finds its person.
    """

    network = models.CharField(max_length=12)
    shown_by = models.CharField(max_length=6)
    token = models.BinaryField()
    code = models.BinaryField(default=b"")  # keyed hash, until it was said
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)
    linked_at = models.DateTimeField(null=True, blank=True)
    linked_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    point = models.ForeignKey(
        ContactPoint, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    handle = SealedText()
    proof = SealedText()  # the reason of an agent, or the id that the network vouched for

    class Meta:
        verbose_name = _("linked handle")
        verbose_name_plural = _("linked handles")
        constraints = [
            models.CheckConstraint(condition=Q(network__in=NETWORKS), name="network_of_handle"),
            models.CheckConstraint(condition=Q(shown_by__in=SHOWN_BY), name="known_way_to_show"),
            models.CheckConstraint(
                condition=Q(linked_at__isnull=True) | Q(point__isnull=False),
                name="linked_handle_has_its_point",
            ),
            models.CheckConstraint(
                condition=~Q(shown_by="agent") | Q(linked_by__isnull=False),
                name="handle_shown_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(linked_at__isnull=False) | Q(shown_by="code", expires_at__isnull=False),
                name="only_a_code_is_waited_for",
            ),
            models.UniqueConstraint(
                fields=["controller", "token"],
                condition=Q(linked_at__isnull=False),
                name="one_person_per_handle",
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="handles_of_subject")]


class FieldOrigin(CrmRow):
    """Where the present value of one field came from, where it is not where its row came from.

    `source` and `collected_at` are those of the value; without a source our staff wrote it.
    """

    row = models.UUIDField()
    field = models.CharField(max_length=40)
    noted_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("origin of a field")
        verbose_name_plural = _("origins of fields")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "row", "field"], name="one_origin_per_field"
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="origins_of_subject")]


class OtherContact(CrmRow):
    """What another source says about a person, where what stands came from elsewhere (A16).

    The attributes are those of `Contact` that an import brings, each under its own category; only
    those are set in which the two differ. Nothing acts on it.
    """

    row = models.UUIDField()  # of the contact
    external_id = SealedText()
    title = SealedText()
    given_name = SealedText()
    middle_name = SealedText()
    family_name = SealedText()
    birth_date = SealedDate()
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
    note = SealedText()

    class Meta:
        verbose_name = _("value of another source")
        verbose_name_plural = _("values of other sources")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "row", "source"], name="one_other_contact_per_source"
            ),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_other_contact_per_origin"
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="other_values_of_subject")]
